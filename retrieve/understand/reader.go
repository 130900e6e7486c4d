package understand

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"vitrine"
	"vitrine/titles"
)

// Options are the settings of a [Reader]; a zero field means its default.
type Options struct {
	// Sure is the confidence from which a value that words name becomes a meaning; default 0.5, from 0.3 to 0.9. Too low, and "red tape" is a colour.
	Sure float64
	// Demand is the confidence from which a value that words name must hold and not only ranks higher; default 2, which is never. At 0.95,
	// "men" shows products for men alone.
	Demand float64
	// Near is the cosine similarity from which a kind of product stands for a word that the catalogue does not use for products; default 0.6,
	// by encoder. Too low, and every word means something.
	Near float64
	// Kinds is the number of kinds of product that a query may mean; default 6.
	Kinds int
	// Loose turns parts off: a query that has one of them is read as it stands.
	Loose Parts
}

// Parts are the parts of reading that can be turned off.
type Parts struct {
	Price, Negation, Kinds, Values, Numbers, Translation, Spelling, Weights bool
}

// Reader reads queries with a lexicon. It is immutable and safe for concurrent use.
type Reader struct {
	lexicon  *Lexicon
	embedder Embedder
	options  Options
	kindAt   map[string]int
}

// New returns a reader. The embedder may be nil: then words that the catalogue does not use stand for nothing.
func New(l *Lexicon, e Embedder, o Options) *Reader {
	o.Sure = cmp.Or(o.Sure, 0.5)
	o.Demand = cmp.Or(o.Demand, 2)
	o.Near = cmp.Or(o.Near, 0.6)
	o.Kinds = cmp.Or(o.Kinds, 6)
	r := &Reader{lexicon: l, embedder: e, options: o, kindAt: map[string]int{}}
	for i, k := range l.data.Kinds {
		r.kindAt[k.Word] = i
	}
	return r
}

// token is a word of the query.
type token struct {
	titles.Word
	// text is the word as it was typed, in lower case.
	text string
	// used says that the word became a condition and is no longer looked for.
	used bool
	// told says that the word is a value or a measure.
	told bool
}

// reading is a query on its way to an understanding.
type reading struct {
	*Reader
	// typed is the text as it came, text the same in English.
	typed  string
	text   string
	tokens []token
	result vitrine.Understanding
}

// Understand reads a text. An error is that of the embedder; the understanding then lacks only what the embedder was asked for.
func (r *Reader) Understand(ctx context.Context, text string) (*vitrine.Understanding, error) {
	q := &reading{Reader: r, typed: text, text: text}
	q.result.Language = language(text)
	off := r.options.Loose
	if !off.Translation {
		q.translate()
	}
	q.tokenize()
	if !off.Price {
		q.price()
	}
	if !off.Negation {
		q.negation()
	}
	q.result.Text = q.rest()
	if !off.Spelling {
		q.spell()
	}
	if !off.Numbers {
		q.numbers()
	}
	if !off.Values {
		q.values()
	}
	var err error
	if !off.Kinds {
		err = q.kinds(ctx)
	}
	if !off.Weights {
		q.weigh()
	}
	return &q.result, err
}

// tokenize splits the text. The s of a genitive is no word.
func (q *reading) tokenize() {
	q.tokens = q.tokens[:0]
	for _, w := range titles.Split(q.text) {
		if n := len(q.tokens); n > 0 && w.Stem == "s" && w.Start > 0 && strings.HasSuffix(q.text[:w.Start], "'") {
			q.tokens[n-1].Closed = w.Closed
			continue
		}
		q.tokens = append(q.tokens, token{Word: w, text: strings.ToLower(q.text[w.Start:w.End])})
	}
}

// gap is what stands before a token.
func (q *reading) gap(i int) string {
	from := 0
	if i > 0 {
		from = q.tokens[i-1].End
	}
	return q.text[from:q.tokens[i].Start]
}

// use marks tokens as become a condition.
func (q *reading) use(from, to int) {
	for i := from; i < to; i++ {
		q.tokens[i].used = true
	}
}

// rest is the text without what became a condition. A query of which nothing or everything did stays as it is, and one in the language of the
// catalogue's titles stays in it.
func (q *reading) rest() string {
	if !slices.ContainsFunc(q.tokens, func(t token) bool { return t.used }) {
		const share = 10
		if q.lexicon.data.Spaceless*share >= q.lexicon.data.Products {
			return q.typed
		}
		return q.text
	}
	var b strings.Builder
	end := 0
	dropped := false
	for i := range q.tokens {
		t := &q.tokens[i]
		if t.used {
			dropped = true
			continue
		}
		if b.Len() > 0 {
			if dropped {
				b.WriteByte(' ')
			} else {
				b.WriteString(q.text[end:t.Start])
			}
		}
		b.WriteString(q.text[t.Start:t.End])
		end, dropped = t.End, false
	}
	if b.Len() == 0 {
		return q.text
	}
	return b.String()
}

// left are the tokens that did not become a condition.
func (q *reading) left() []token {
	var list []token
	for _, t := range q.tokens {
		if !t.used {
			list = append(list, t)
		}
	}
	return list
}

// require adds a condition to those that must hold.
func (q *reading) require(f vitrine.Filter) {
	switch have := q.result.Filter; {
	case have == nil:
		q.result.Filter = &f
	case have.And != nil:
		have.And = append(have.And, f)
	default:
		q.result.Filter = &vitrine.Filter{And: []vitrine.Filter{*have, f}}
	}
}

// language is the tag of the script that the text is mostly written in.
func language(text string) string {
	count := map[string]int{}
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "ja"
		case unicode.Is(unicode.Hangul, r):
			count["ko"]++
		case unicode.Is(unicode.Han, r):
			count["zh"] += 3 // a character says as much as a few letters
		case unicode.Is(unicode.Cyrillic, r):
			count["ru"]++
		case unicode.Is(unicode.Arabic, r):
			count["ar"]++
		case unicode.Is(unicode.Latin, r):
			count["en"]++
		}
	}
	best, most := "und", 0
	for _, tag := range []string{"en", "zh", "ko", "ru", "ar"} {
		if count[tag] > most {
			best, most = tag, count[tag]
		}
	}
	return best
}

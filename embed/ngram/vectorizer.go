package ngram

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"vitrine"
	"vitrine/embed/linear"
)

// Options set which n-grams are features. At least one of Words and Chars must be set.
type Options struct {
	// Words is the least and the greatest number of words of a word n-gram, such as {1, 2}.
	Words [2]int
	// Chars is the least and the greatest number of characters of a character n-gram, such as {2, 4}. They are taken inside
	// white-space separated parts of the text, each with a space at both ends, so that beginnings and ends of words are seen.
	Chars [2]int
	// MinCount is the number of texts that an n-gram must occur in. 0 means 1.
	MinCount int
	// MaxFeatures keeps the most frequent word n-grams, and as many character n-grams. 0 keeps all.
	MaxFeatures int
	// Analyze cuts a lower-cased text into words. nil means [Words].
	Analyze func(text string) []string
}

// Vectorizer gives texts their rows. It is safe for concurrent use.
type Vectorizer struct {
	options      Options
	words, chars block
}

// block is one kind of n-gram: where each has its place, and how rare it is.
type block struct {
	place map[string]int32
	idf   []float32 // by place
}

// Fit learns the n-grams of texts. Options that name none, and a range that is empty, are Invalid.
func Fit(texts []string, o Options) (*Vectorizer, error) {
	if o.Words == [2]int{} && o.Chars == [2]int{} {
		return nil, vitrine.Errorf(vitrine.Invalid, "n-grams: neither of words nor of characters")
	}
	for _, r := range [][2]int{o.Words, o.Chars} {
		if r != [2]int{} && (r[0] < 1 || r[1] < r[0]) {
			return nil, vitrine.Errorf(vitrine.Invalid, "n-grams from %d to %d", r[0], r[1])
		}
	}
	v := &Vectorizer{options: o}
	v.words = fit(texts, o, v.wordGrams)
	v.chars = fit(texts, o, v.charGrams)
	return v, nil
}

// fit counts in how many texts each n-gram is and gives those that are kept a place, in alphabetical order.
func fit(texts []string, o Options, grams func(string, func([]byte))) block {
	count := map[string]int{}
	last := map[string]int{}
	for i, t := range texts {
		grams(strings.ToLower(t), func(g []byte) {
			if last[string(g)] != i+1 {
				last[string(g)] = i + 1
				count[string(g)]++
			}
		})
	}
	kept := make([]string, 0, len(count))
	for g, n := range count {
		if n >= o.MinCount {
			kept = append(kept, g)
		}
	}
	slices.Sort(kept)
	if o.MaxFeatures > 0 && len(kept) > o.MaxFeatures {
		slices.SortStableFunc(kept, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
		kept = kept[:o.MaxFeatures]
		slices.Sort(kept)
	}
	b := block{place: make(map[string]int32, len(kept)), idf: make([]float32, len(kept))}
	for i, g := range kept {
		b.place[g] = int32(i)
		b.idf[i] = float32(1 + math.Log(float64(1+len(texts))/float64(1+count[g])))
	}
	return b
}

// Dim is the number of features: word n-grams first, then character n-grams.
func (v *Vectorizer) Dim() int { return len(v.words.idf) + len(v.chars.idf) }

// Row weighs the n-grams of text.
func (v *Vectorizer) Row(text string) linear.Row {
	text = strings.ToLower(text)
	return linear.Join([]int{0, len(v.words.idf)}, v.words.row(text, v.wordGrams), v.chars.row(text, v.charGrams))
}

func (b block) row(text string, grams func(string, func([]byte))) linear.Row {
	var found []int32
	grams(text, func(g []byte) {
		if at, ok := b.place[string(g)]; ok {
			found = append(found, at)
		}
	})
	slices.Sort(found)
	r := linear.Row{Index: found[:0]}
	var square float64
	for i := 0; i < len(found); {
		at, n := found[i], 0
		for ; i < len(found) && found[i] == at; i++ {
			n++
		}
		w := float32(1+math.Log(float64(n))) * b.idf[at]
		r.Index, r.Value = append(r.Index, at), append(r.Value, w)
		square += float64(w) * float64(w)
	}
	for i := range r.Value {
		r.Value[i] /= float32(math.Sqrt(square))
	}
	return r
}

// wordGrams calls use with every word n-gram of a lower-cased text, its words parted by a space. use must not keep it.
func (v *Vectorizer) wordGrams(text string, use func([]byte)) {
	if v.options.Words == [2]int{} {
		return
	}
	analyze := v.options.Analyze
	if analyze == nil {
		analyze = Words
	}
	var joined []byte
	var bounds [][2]int
	for _, w := range analyze(text) {
		if len(joined) > 0 {
			joined = append(joined, ' ')
		}
		bounds = append(bounds, [2]int{len(joined), len(joined) + len(w)})
		joined = append(joined, w...)
	}
	for n := v.options.Words[0]; n <= v.options.Words[1]; n++ {
		for i := 0; i+n <= len(bounds); i++ {
			use(joined[bounds[i][0]:bounds[i+n-1][1]])
		}
	}
}

// charGrams calls use with every character n-gram of a lower-cased text. use must not keep it.
func (v *Vectorizer) charGrams(text string, use func([]byte)) {
	if v.options.Chars == [2]int{} {
		return
	}
	var padded []byte
	var starts []int
	for part := range strings.FieldsSeq(text) {
		padded = append(append(append(padded[:0], ' '), part...), ' ')
		starts = starts[:0]
		for i := range string(padded) {
			starts = append(starts, i)
		}
		starts = append(starts, len(padded))
		for n := v.options.Chars[0]; n <= v.options.Chars[1]; n++ {
			for i := 0; i+n < len(starts); i++ {
				use(padded[starts[i]:starts[i+n]])
			}
		}
	}
}

// Words cuts text into runs of letters, marks and digits; an apostrophe inside one belongs to it.
func Words(text string) []string {
	runes := []rune(text)
	inside := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]) || unicode.IsMark(runes[i]))
	}
	var out []string
	start := -1
	for i := 0; i <= len(runes); i++ {
		apostrophe := i < len(runes) && (runes[i] == '\'' || runes[i] == '’') && inside(i-1) && inside(i+1)
		switch {
		case inside(i) || apostrophe:
			if start < 0 {
				start = i
			}
		case start >= 0:
			out = append(out, string(runes[start:i]))
			start = -1
		}
	}
	return out
}

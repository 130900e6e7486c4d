package opinion

import (
	"context"
	"strings"

	"vitrine"
)

// Sentiment is the feeling of a text in a word.
type Sentiment string

// The sentiments.
const (
	Negative Sentiment = "negative"
	None     Sentiment = "neutral"
	Positive Sentiment = "positive"
)

// Sentence is a sentence of a text with its feeling.
type Sentence struct {
	Text string `json:"text"`
	// Start and End are byte offsets in the text.
	Start     int       `json:"start"`
	End       int       `json:"end"`
	Language  Language  `json:"language"`
	Score     float64   `json:"score" doc:"-1 very negative … 1 very positive."`
	Sentiment Sentiment `json:"sentiment"`
	Aspects   []string  `json:"aspects,omitempty"`
}

// Aspect is what a text says of one aspect of the purchase.
type Aspect struct {
	Aspect    string    `json:"aspect"`
	Score     float64   `json:"score"`
	Sentiment Sentiment `json:"sentiment"`
}

// Opinion is what a text says.
type Opinion struct {
	Text
	Language  Language   `json:"language"`
	Score     float64    `json:"score" doc:"-1 very negative … 1 very positive."`
	Sentiment Sentiment  `json:"sentiment"`
	Sentences []Sentence `json:"sentences"`
	Aspects   []Aspect   `json:"aspects,omitempty"`
	// Spam says why this may not be a shopper's opinion, DuplicateOf which earlier text is nearly the same; a monitor counts neither.
	Spam        []string `json:"spam,omitempty"`
	DuplicateOf string   `json:"duplicate_of,omitempty"`
	// Truncated texts are longer than what is read.
	Truncated bool     `json:"truncated,omitempty"`
	Degraded  []string `json:"degraded,omitempty"`
}

// Counted tells whether the opinion counts: it is neither spam nor a duplicate.
func (o *Opinion) Counted() bool { return len(o.Spam) == 0 && o.DuplicateOf == "" }

// AnalystOptions say how texts are read. The zero value is ready to use.
type AnalystOptions struct {
	// Embedder gives the vectors of English sentences and of topics; nil does without.
	Embedder Embedder
	// Models are the sentiment models; those of [Shipped] when nil.
	Models *Models
	// Aspects are the aspects to look for with the words that name them; [DefaultAspects] when nil.
	Aspects map[string][]string
	// SentenceBytes cuts longer sentences, 600 when 0; Sentences is how many of a text are read, 200 when 0. Both bound the time that one text
	// takes.
	SentenceBytes, Sentences int
	// EnglishNeutral and ChineseNeutral are the scores, 0 to 1, that are neutral on both sides of 0. 0.125 and 0.2 when 0: the first is where
	// people's mean of half a step on a scale of four is, the second is a choice.
	EnglishNeutral, ChineseNeutral float64
}

// Analyst reads texts. It is safe for concurrent use.
type Analyst struct {
	options AnalystOptions
	aspects *aspects
	lexicon lexicon
}

// NewAnalyst makes an analyst; aspects with an empty word are Invalid.
func NewAnalyst(o AnalystOptions) (*Analyst, error) {
	setDefault(&o.SentenceBytes, 600)
	setDefault(&o.Sentences, 200)
	setDefault(&o.EnglishNeutral, 0.125)
	setDefault(&o.ChineseNeutral, 0.2)
	if o.SentenceBytes < 16 || o.Sentences < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "sentences of %d bytes, %d a text: want 16 and 1 or more", o.SentenceBytes, o.Sentences)
	}
	if o.Aspects == nil {
		o.Aspects = DefaultAspects()
	}
	if o.Models == nil {
		shipped, err := Shipped()
		if err != nil {
			return nil, err
		}
		o.Models = shipped
	}
	found, err := newAspects(o.Aspects)
	return &Analyst{options: o, aspects: found, lexicon: newLexicon()}, err
}

// piece is a sentence or clause to be rated.
type piece struct {
	text     string
	language Language
	score    float64
}

// Read tells what each text says, in the order given. A text that is empty or not UTF-8 is Invalid, with its id.
func (a *Analyst) Read(ctx context.Context, texts []Text) ([]Opinion, error) {
	out := make([]Opinion, len(texts))
	var groups [][]*piece
	parts := make([][]*piece, len(texts))
	type clause struct {
		*piece
		aspects []string
	}
	clauseOf := make([][]clause, len(texts))
	for i, t := range texts {
		if err := t.check(); err != nil {
			return nil, err
		}
		setDefault(&t.Kind, Review)
		spans, whole := sentences(t.Text, a.options.SentenceBytes, a.options.Sentences)
		out[i] = Opinion{Text: t, Truncated: !whole, Spam: spamOf(t.Text)}
		for _, s := range spans {
			text := t.Text[s.start:s.end]
			found := a.aspects.find(text)
			p := &piece{text: text, language: languageOf(text)}
			parts[i] = append(parts[i], p)
			out[i].Sentences = append(out[i].Sentences, Sentence{Text: text, Start: s.start, End: s.end, Language: p.language, Aspects: found})
			if len(found) == 0 {
				continue
			}
			// Rating clauses costs as much as rating sentences; where nothing turns, the sentence speaks for its aspect.
			pieces, turns := clauses(text)
			if len(pieces) < 2 || len(found) < 2 && !turns {
				clauseOf[i] = append(clauseOf[i], clause{p, found})
				continue
			}
			for _, c := range pieces {
				if found := a.aspects.find(c); len(found) > 0 {
					q := &piece{text: c, language: languageOf(c)}
					clauseOf[i] = append(clauseOf[i], clause{q, found})
					groups = append(groups, []*piece{q})
				}
			}
		}
		groups = append(groups, parts[i])
	}
	degraded, err := a.rate(ctx, groups)
	if err != nil {
		return nil, err
	}
	for i := range out {
		o := &out[i]
		o.Degraded = degraded
		a.conclude(o, parts[i])
		for j := range o.Sentences {
			s := &o.Sentences[j]
			s.Score = parts[i][j].score
			s.Sentiment = a.name(s.Score, s.Language)
		}
		sums := map[string][2]float64{}
		for _, c := range clauseOf[i] {
			for _, name := range c.aspects {
				s := sums[name]
				sums[name] = [2]float64{s[0] + c.score, s[1] + 1}
			}
		}
		for _, name := range a.aspects.names {
			if s := sums[name]; s[1] > 0 {
				o.Aspects = append(o.Aspects, Aspect{name, s[0] / s[1], a.name(s[0]/s[1], o.Language)})
			}
		}
	}
	return out, nil
}

// conclude sums a text up: English sentences by their mean, Chinese ones as one text, as each model was taught.
func (a *Analyst) conclude(o *Opinion, parts []*piece) {
	var chinese []string
	var sum, weight float64
	counts := map[Language]int{}
	for _, p := range parts {
		counts[p.language]++
		if p.language == LanguageChinese {
			chinese = append(chinese, p.text)
			continue
		}
		if p.language != LanguageNone || p.score != 0 {
			sum += p.score
			weight++
		}
	}
	if len(chinese) > 0 {
		sum += a.options.Models.Chinese.Score(strings.Join(chinese, " ")) * float64(len(chinese))
		weight += float64(len(chinese))
	}
	o.Language = LanguageNone
	switch {
	case counts[LanguageChinese] > counts[LanguageEnglish]:
		o.Language = LanguageChinese
	case counts[LanguageEnglish] > 0:
		o.Language = LanguageEnglish
	}
	o.Score = share(sum, weight)
	o.Sentiment = a.name(o.Score, o.Language)
}

// rate scores the pieces of each group; those of one are read together.
func (a *Analyst) rate(ctx context.Context, groups [][]*piece) (degraded []string, err error) {
	var english [][]*piece
	var texts [][]string
	for _, g := range groups {
		var pieces []*piece
		var of []string
		for _, p := range g {
			switch {
			case p.language == LanguageChinese:
				p.score = a.options.Models.Chinese.Score(p.text)
			case p.language == LanguageNone || a.options.Embedder == nil:
				p.score = a.lexicon.score(p.text)
				if p.language == LanguageEnglish {
					degraded = []string{"encoder"}
				}
			default:
				pieces, of = append(pieces, p), append(of, p.text)
			}
		}
		if len(pieces) > 0 {
			english, texts = append(english, pieces), append(texts, of)
		}
	}
	if len(english) == 0 {
		return degraded, nil
	}
	rates, err := a.options.Models.English.Rate(ctx, a.options.Embedder, texts)
	if err != nil {
		return nil, err
	}
	for i, pieces := range english {
		for j, p := range pieces {
			p.score = rates[i][j] / 4
		}
	}
	return degraded, nil
}

func (a *Analyst) name(score float64, l Language) Sentiment {
	neutral := a.options.EnglishNeutral
	if l == LanguageChinese {
		neutral = a.options.ChineseNeutral
	}
	switch {
	case score >= neutral:
		return Positive
	case score <= -neutral:
		return Negative
	}
	return None
}

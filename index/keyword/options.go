package keyword

import (
	"math"
	"time"

	"vitrine"
)

// Options tune an [Index]; a zero field means its default.
type Options struct {
	// Weights say how much a word counts in each field.
	Weights Weights
	// K1 is how slowly a repeated word saturates, usually 0.5 … 2. Too high: products that repeat a word win. Default 1.2.
	K1 float64
	// B is how much long fields are held back, above 0 … 1. Too high: terse products win; too low: long ones do. Default 0.75.
	// Brand, category and codes are names, not prose, and are never normalised by length.
	B float64
	// MinimumMatch is the share of the query's words that a product must contain to match, above 0 … 1; rounded up to whole words.
	// Too high: long queries find little; too low: totals and facets count products that share one common word. Default 0.6.
	MinimumMatch float64
	// Proximity is how much neighbours among the words of the query count that are neighbours in the title, 0 … 1; negative is off. Too high: titles that start like the
	// query come before better ones. Default 0.1.
	Proximity float64
	// Enough is the number of matching products below which fewer words will do. Too high: totals count loose matches; 1 only helps against no match at all.
	// Default 10.
	Enough int
	// StopWords are left out of queries that have other words; nil means a short English list, an empty list means none.
	StopWords []string
	// MaxWords is the largest number of words of a query that are looked at, 1 … 64; later words are ignored. Default 32.
	MaxWords int
	// ValueLength is the longest attribute value in bytes that filters and facets know; a longer one is searchable text only. Default 256.
	ValueLength int
	// BatchSize is the number of products that are written at once, about 30 kB of memory each. Too small: building is slow, as segments have to be merged
	// more often. Default 2,000.
	BatchSize int
	// Workers is the number of batches that are written side by side and of goroutines that analyse their products; default 2.
	Workers int
	// Yield is called before each product that is analysed and written, from several goroutines at once, so that the caller can let other work go first; nil means never.
	Yield func()
	// ReadOnly opens an index that exists and changes no file of it; Update fails.
	ReadOnly bool
	// LockWait is how long Open waits for another process that has the folder open. Default 1 s.
	LockWait time.Duration
	// CacheBytes bounds the decoded postings and columns kept in memory. Too small: frequent words and facets get slow. Default 256 MiB.
	CacheBytes int
	// Drift is the share by which the mean length of a field may be off before weights kept in memory are computed anew, 0.001 … 0.1; negative means never off.
	// Too low: under steady updates searches keep decoding; too high: scores are off by as much. Default 0.01.
	Drift float64
	// Refresh is the time between looks at what was merged in the background, 10 ms … 1 s. Too long: files of merged segments stay on disk longer. Default 50 ms.
	Refresh time.Duration
	// WarmFrom is the number of products of a segment from which the list of a word is read when the index is opened, as far as half of CacheBytes holds them. Default 256.
	WarmFrom int
	// WarmColumns are the fields whose columns are read then too; nil means brand, category and price.
	WarmColumns []string
	// WarmWait is how long Open waits for that reading; the rest of it goes on beside searches. Default 2 s.
	WarmWait time.Duration
	// SnippetLength is the length of a highlighted description in characters. Default 160.
	SnippetLength int
	// Typos say how misspelt words are matched.
	Typos Typos
	// Completions say how an unfinished last word is matched.
	Completions Completions
	// Synonyms are the first ones, until [Index.SetSynonyms] replaces them.
	Synonyms []vitrine.Synonym
	// MaxSynonyms is the largest number of phrases of one synonym. Too high: a query with one of them reads the postings of all. Default 32.
	MaxSynonyms int
}

// Weights are the factors of a word's frequency in each field; all zero means the defaults. A field of weight 0 beside others is not searched.
type Weights struct {
	Title        float64
	Brand        float64
	Category     float64
	Codes        float64
	Attributes   float64
	Description  float64
	Translations float64
}

// maxWords is the number of bits of a match mask.
const maxWords = 64

// WithDefaults returns the options with every zero field set to its default.
func (o Options) WithDefaults() Options {
	if o.Weights == (Weights{}) {
		o.Weights = Weights{Title: 3, Brand: 1, Category: 1, Codes: 1, Attributes: 0.3, Description: 1, Translations: 2}
	}
	if o.StopWords == nil {
		o.StopWords = englishStopWords()
	}
	setDefault(&o.K1, 1.2)
	setDefault(&o.B, 0.75)
	setDefault(&o.MinimumMatch, 0.6)
	setDefault(&o.Proximity, 0.1)
	setDefault(&o.Enough, 10)
	setDefault(&o.MaxWords, 32)
	o.MaxWords = min(max(o.MaxWords, 1), maxWords)
	setDefault(&o.ValueLength, 256)
	setDefault(&o.BatchSize, 2000)
	setDefault(&o.Workers, 2)
	setDefault(&o.LockWait, time.Second)
	setDefault(&o.CacheBytes, 256<<20)
	setDefault(&o.Drift, 0.01)
	setDefault(&o.Refresh, 50*time.Millisecond)
	setDefault(&o.WarmFrom, 256)
	if o.WarmColumns == nil {
		o.WarmColumns = []string{vitrine.FieldBrand, vitrine.FieldCategory, vitrine.FieldPrice}
	}
	setDefault(&o.WarmWait, 2*time.Second)
	setDefault(&o.SnippetLength, 160)
	setDefault(&o.Typos.OneEdit, 4)
	setDefault(&o.Typos.TwoEdits, 8)
	setDefault(&o.Typos.Expansions, 16)
	setDefault(&o.Typos.Penalty, 0.1)
	setDefault(&o.Completions.From, 3)
	setDefault(&o.Completions.Expansions, 16)
	setDefault(&o.MaxSynonyms, 32)
	return o
}

// validate reports the first option that is out of its range.
func (o *Options) validate() error {
	w := o.Weights
	for _, v := range []float64{w.Title, w.Brand, w.Category, w.Codes, w.Attributes, w.Description, w.Translations, o.K1} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return vitrine.Errorf(vitrine.Invalid, "keyword options: weights and k1 must be finite and not negative, one is %v", v)
		}
	}
	if !(o.B > 0 && o.B <= 1) || !(o.MinimumMatch > 0 && o.MinimumMatch <= 1) {
		return vitrine.Errorf(vitrine.Invalid, "keyword options: b %v and minimum match %v must be above 0 and at most 1", o.B, o.MinimumMatch)
	}
	if !(o.Typos.Penalty > 0 && o.Typos.Penalty <= 1) {
		return vitrine.Errorf(vitrine.Invalid, "keyword options: the penalty of typos %v must be above 0 and at most 1", o.Typos.Penalty)
	}
	for _, n := range []int{
		o.Enough, o.MaxWords, o.ValueLength, o.BatchSize, o.Workers, o.CacheBytes, o.SnippetLength, o.MaxSynonyms, o.WarmFrom, int(o.Refresh), int(o.WarmWait),
		o.Typos.OneEdit, o.Typos.TwoEdits, o.Typos.Rare, o.Typos.Expansions, o.Completions.From, o.Completions.Expansions,
	} {
		if n < 0 {
			return vitrine.Errorf(vitrine.Invalid, "keyword options: a size is negative: %d", n)
		}
	}
	return nil
}

func setDefault[T int | float64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

func englishStopWords() []string {
	return []string{
		"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "if", "in", "into", "is", "it", "no", "not", "of", "on", "or",
		"such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
	}
}

package keyword

import "vitrine"

// Tuning are the options of an [Index] that may change while it is open; [Options] says what they mean.
type Tuning struct {
	Weights      Weights
	K1           float64
	B            float64
	MinimumMatch float64
	Enough       int
	StopWords    []string
	Typos        Typos
	Completions  Completions
}

// Tuning returns those of the options.
func (o *Options) Tuning() Tuning {
	return Tuning{
		Weights: o.Weights, K1: o.K1, B: o.B, MinimumMatch: o.MinimumMatch, Enough: o.Enough, StopWords: o.StopWords, Typos: o.Typos, Completions: o.Completions,
	}
}

// tuned is what searches are made with. It does not change.
type tuned struct {
	options  Options
	analyzer *analyzer
	scorer   *scorer
}

func newTuned(o Options) *tuned {
	return &tuned{options: o, analyzer: newAnalyzer(o.StopWords), scorer: &scorer{o.textFields(), o.K1}}
}

// now is what the next step of a search is made with.
func (x *Index) now() *tuned { return x.tuned.Load() }

// Tune changes how the next searches go, one that runs may go either way; a zero field means its default. New weights cost decoding: what is kept in memory was
// computed with those of before. An option out of its range is [vitrine.Invalid], and nothing changes. It lives in memory: the caller tunes again after Open.
func (x *Index) Tune(t Tuning) error {
	o := x.options
	o.Weights, o.K1, o.B, o.MinimumMatch, o.Enough = t.Weights, t.K1, t.B, t.MinimumMatch, t.Enough
	o.StopWords, o.Typos, o.Completions = t.StopWords, t.Typos, t.Completions
	o = o.WithDefaults()
	if err := o.validate(); err != nil {
		return err
	}
	if len(o.textFields()) == 0 {
		return vitrine.Errorf(vitrine.Invalid, "keyword options: no field has a weight")
	}
	next := newTuned(o)
	x.wording.Lock()
	defer x.wording.Unlock()
	// Their phrases are read without stop words too, and what was understood of queries goes with them.
	s, err := x.compileSynonyms(x.synonyms.Load().source, next.analyzer)
	if err != nil {
		return err
	}
	x.tuned.Store(next)
	x.synonyms.Store(s)
	return nil
}

package enrich

// SpanFigures say how well spans are found: a span is right when attribute and both ends are.
type SpanFigures struct {
	// Precision is the share of found spans that are right, Recall the share of true ones that are found, F1 their harmonic mean.
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	// True, Found and Right count spans.
	True  int `json:"true"`
	Found int `json:"found"`
	Right int `json:"right"`
}

// JudgeSpans compares found spans with true ones, text by text, as the CoNLL-2000 evaluation does: for all together (micro average) and for each attribute.
func JudgeSpans(found, truth [][]Span) (SpanFigures, map[string]SpanFigures) {
	type key struct {
		attribute  string
		start, end int
	}
	var all SpanFigures
	by := map[string]SpanFigures{}
	count := func(attribute string, add func(*SpanFigures)) {
		f := by[attribute]
		add(&f)
		add(&all)
		by[attribute] = f
	}
	for i := range truth {
		expected := map[key]bool{}
		for _, s := range truth[i] {
			expected[key{s.Attribute, s.Start, s.End}] = true
			count(s.Attribute, func(f *SpanFigures) { f.True++ })
		}
		for _, s := range found[i] {
			count(s.Attribute, func(f *SpanFigures) { f.Found++ })
			if expected[key{s.Attribute, s.Start, s.End}] {
				count(s.Attribute, func(f *SpanFigures) { f.Right++ })
			}
		}
	}
	for a, f := range by {
		by[a] = f.shares()
	}
	return all.shares(), by
}

func (f SpanFigures) shares() SpanFigures {
	if f.Found > 0 {
		f.Precision = float64(f.Right) / float64(f.Found)
	}
	if f.True > 0 {
		f.Recall = float64(f.Right) / float64(f.True)
	}
	if f.Right > 0 {
		f.F1 = 2 * f.Precision * f.Recall / (f.Precision + f.Recall)
	}
	return f
}

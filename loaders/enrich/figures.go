package enrich

// Figures say how well an attribute is guessed.
type Figures struct {
	// Accuracy is the share of products whose guess is their value.
	Accuracy float64 `json:"accuracy"`
	// MacroF1 is the mean over values of the harmonic mean of precision and recall; values that occur in neither guesses nor truth do not count.
	MacroF1 float64 `json:"macro_f1"`
	// Products counts those whose value is known.
	Products int `json:"products"`
	// Calibration is the expected calibration error: how far, on average over ten equal ranges of confidence, it is from the accuracy.
	Calibration float64 `json:"calibration_error"`
}

// Judge compares guesses with what is known; guesses[i] belongs to known[i]. Products without a value, or without a guess, of an attribute
// do not count for it.
func Judge(guesses [][]Guess, known []Values) map[string]Figures {
	type count struct{ right, guessed, true float64 }
	const ranges = 10
	type tally struct {
		products, right float64
		values          map[string]*count
		bins            [ranges]struct{ n, right, confidence float64 }
	}
	tallies := map[string]*tally{}
	for i := range guesses {
		for _, g := range guesses[i] {
			truth := known[i][g.Attribute]
			if Missing(truth) {
				continue
			}
			t := tallies[g.Attribute]
			if t == nil {
				t = &tally{values: map[string]*count{}}
				tallies[g.Attribute] = t
			}
			of := func(v string) *count {
				if t.values[v] == nil {
					t.values[v] = &count{}
				}
				return t.values[v]
			}
			bin := &t.bins[min(int(g.Confidence*ranges), ranges-1)]
			t.products++
			of(truth).true++
			of(g.Value).guessed++
			bin.n++
			bin.confidence += g.Confidence
			if g.Value == truth {
				t.right++
				bin.right++
				of(truth).right++
			}
		}
	}
	out := map[string]Figures{}
	for name, t := range tallies {
		f := Figures{Accuracy: t.right / t.products, Products: int(t.products)}
		for _, c := range t.values {
			f.MacroF1 += 2 * c.right / (c.guessed + c.true) / float64(len(t.values))
		}
		for _, b := range t.bins {
			f.Calibration += max(b.confidence-b.right, b.right-b.confidence) / t.products
		}
		out[name] = f
	}
	return out
}

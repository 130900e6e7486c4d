package opinion

import "math"

// Neutral is the score, of −4 to 4, from which people's mean counts as a feeling.
const Neutral = 0.5

// RatedReport says how well rates of sentences agree with people's.
type RatedReport struct {
	// ThreeClassF1 is the mean F1 of negative (score ≤ −neutral), neutral and positive (≥ neutral), rates cut at the same thresholds.
	ThreeClassF1 float64 `json:"three_class_macro_f1"`
	// TwoClassAccuracy is the share of the sentences which people don't find neutral whose rate has the right sign, and SignAccuracy that of
	// all whose mean score isn't 0.
	TwoClassAccuracy float64 `json:"two_class_accuracy"`
	SignAccuracy     float64 `json:"sign_accuracy"`
	// Pearson is the correlation of rates and scores.
	Pearson   float64 `json:"pearson"`
	Sentences int     `json:"sentences"`
}

// JudgeRated compares rates with the scores of sentences; both have the same length.
func JudgeRated(sentences []Rated, rates []float64, neutral float64) RatedReport {
	class := func(score float64) int {
		switch {
		case score >= neutral:
			return 2
		case score <= -neutral:
			return 0
		}
		return 1
	}
	r := RatedReport{Sentences: len(sentences)}
	var want, got []int
	var felt, right, signed, rightSign float64
	var x, y, xx, yy, xy float64
	for i, s := range sentences {
		want, got = append(want, class(s.Score)), append(got, class(rates[i]))
		if same := s.Score*rates[i] > 0; s.Score != 0 {
			signed++
			if same {
				rightSign++
			}
			if class(s.Score) != 1 {
				felt++
				if same {
					right++
				}
			}
		}
		x, y, xx, yy, xy = x+s.Score, y+rates[i], xx+s.Score*s.Score, yy+rates[i]*rates[i], xy+s.Score*rates[i]
	}
	n := float64(len(sentences))
	r.ThreeClassF1 = macroF1(want, got, 3)
	r.TwoClassAccuracy, r.SignAccuracy = share(right, felt), share(rightSign, signed)
	r.Pearson = share(xy-x*y/n, math.Sqrt((xx-x*x/n)*(yy-y*y/n)))
	return r
}

// LabelledReport says how well texts are told apart.
type LabelledReport struct {
	Accuracy      float64 `json:"accuracy"`
	F1            float64 `json:"macro_f1"`
	TopicAccuracy float64 `json:"topic_accuracy"`
	Texts         int     `json:"texts"`
}

// JudgeLabelled compares scores, above 0 for positive, and categories with those of the texts; all have the same length.
func JudgeLabelled(texts []Labelled, scores []float64, categories []string) LabelledReport {
	r := LabelledReport{Texts: len(texts)}
	var want, got []int
	var right, topics float64
	for i, t := range texts {
		w, g := 0, 0
		if t.Positive {
			w = 1
		}
		if scores[i] > 0 {
			g = 1
		}
		if w == g {
			right++
		}
		if categories[i] == t.Category {
			topics++
		}
		want, got = append(want, w), append(got, g)
	}
	n := float64(len(texts))
	r.Accuracy, r.F1, r.TopicAccuracy = share(right, n), macroF1(want, got, 2), share(topics, n)
	return r
}

// macroF1 is the mean over classes of the harmonic mean of precision and recall; a class that occurs on neither side is left out.
func macroF1(want, got []int, classes int) float64 {
	both, either := make([]float64, classes), make([]float64, classes)
	for i, w := range want {
		either[w]++
		either[got[i]]++
		if w == got[i] {
			both[w]++
		}
	}
	var sum, n float64
	for c, e := range either {
		if e > 0 {
			sum += 2 * both[c] / e
			n++
		}
	}
	return share(sum, n)
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

package metric

import (
	"cmp"
	"math"
	"slices"
)

// Figures are what a held-out set says of a model.
type Figures struct {
	AUC       float64 `json:"auc"`
	GAUC      float64 `json:"gauc"`
	LogLoss   float64 `json:"logloss"`
	Accuracy  float64 `json:"accuracy"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	NDCG      float64 `json:"ndcg@10"`
	// ECE is the expected calibration error: the mean distance of predicted and seen rates over ten equally filled bins.
	ECE  float64 `json:"calibration_error"`
	Rows int     `json:"rows"`
}

// Judge computes all figures of the probabilities p; label is 0 or 1, and group says whose the row is, for GAUC and NDCG.
func Judge(p, label []float32, group []int32) Figures {
	f := Figures{
		AUC: AUC(p, label), GAUC: GAUC(p, label, group), LogLoss: LogLoss(p, label), NDCG: NDCG(p, label, group, 10), Rows: len(p),
	}
	f.Accuracy, f.Precision, f.Recall, f.F1 = Classify(p, label, 0.5)
	for _, b := range Calibrate(p, label, 10) {
		f.ECE += math.Abs(b.Predicted-b.Seen) * float64(b.Rows) / float64(len(p))
	}
	for _, v := range []*float64{&f.AUC, &f.GAUC, &f.LogLoss, &f.NDCG} {
		if math.IsNaN(*v) {
			*v = 0
		}
	}
	return f
}

// order returns the positions of p by descending value.
func order(p []float32) []int32 {
	at := make([]int32, len(p))
	for i := range at {
		at[i] = int32(i)
	}
	slices.SortFunc(at, func(a, b int32) int { return cmp.Or(cmp.Compare(p[b], p[a]), cmp.Compare(a, b)) })
	return at
}

// AUC is the probability that a random positive scores above a random negative, ties counting half; NaN when a class is missing.
func AUC(p, label []float32) float64 {
	return auc(order(p), p, label)
}

// auc counts, from the best score down, the negatives below every positive.
func auc(at []int32, p, label []float32) float64 {
	var positives, negatives, wins float64
	for i := 0; i < len(at); {
		var pos, neg float64
		for j := i; i < len(at) && (i == j || p[at[i]] == p[at[j]]); i++ {
			if label[at[i]] > 0.5 {
				pos++
			} else {
				neg++
			}
		}
		wins += neg * (positives + pos/2)
		positives, negatives = positives+pos, negatives+neg
	}
	return wins / (positives * negatives)
}

// GAUC is the mean of the AUC within each group, weighted by the group's rows (Zhou et al., Deep Interest Network); groups of one class
// do not count. NaN when none counts.
func GAUC(p, label []float32, group []int32) float64 {
	sum, weight := 0.0, 0.0
	for _, at := range groups(p, group) {
		if a := auc(at, p, label); !math.IsNaN(a) {
			sum += a * float64(len(at))
			weight += float64(len(at))
		}
	}
	return sum / weight
}

// groups returns each group's positions by descending score, in the order of the group's number.
func groups(p []float32, group []int32) [][]int32 {
	at := order(p)
	slices.SortStableFunc(at, func(a, b int32) int { return cmp.Compare(group[a], group[b]) })
	var list [][]int32
	for start := 0; start < len(at); {
		end := start
		for end < len(at) && group[at[end]] == group[at[start]] {
			end++
		}
		list = append(list, at[start:end])
		start = end
	}
	return list
}

// LogLoss is the mean negative log likelihood in nats; probabilities are kept 1e-7 away from 0 and 1.
func LogLoss(p, label []float32) float64 {
	sum := 0.0
	for i, v := range p {
		q := math.Min(math.Max(float64(v), 1e-7), 1-1e-7)
		if label[i] > 0.5 {
			sum -= math.Log(q)
		} else {
			sum -= math.Log1p(-q)
		}
	}
	return sum / float64(len(p))
}

// Classify counts a probability of at least the threshold as a predicted positive. Ratios without a denominator are 0.
func Classify(p, label []float32, threshold float32) (accuracy, precision, recall, f1 float64) {
	var tp, fp, fn, tn float64
	for i, v := range p {
		switch {
		case v >= threshold && label[i] > 0.5:
			tp++
		case v >= threshold:
			fp++
		case label[i] > 0.5:
			fn++
		default:
			tn++
		}
	}
	ratio := func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}
	precision, recall = ratio(tp, tp+fp), ratio(tp, tp+fn)
	return ratio(tp+tn, tp+tn+fp+fn), precision, recall, ratio(2*precision*recall, precision+recall)
}

// NDCG is the mean NDCG@k with gain 1 for a positive, over the groups that have one; NaN when none has.
func NDCG(p, label []float32, group []int32, k int) float64 {
	sum, count := 0.0, 0.0
	for _, at := range groups(p, group) {
		gain, ideal, positives := 0.0, 0.0, 0
		for rank, i := range at {
			if label[i] > 0.5 {
				if rank < k {
					gain += 1 / math.Log2(float64(rank)+2)
				}
				if positives < k {
					ideal += 1 / math.Log2(float64(positives)+2)
				}
				positives++
			}
		}
		if positives > 0 {
			sum += gain / ideal
			count++
		}
	}
	return sum / count
}

// Bin compares what was predicted with what was seen.
type Bin struct {
	Predicted float64 `json:"predicted"`
	Seen      float64 `json:"seen"`
	Rows      int     `json:"rows"`
}

// Calibrate splits the rows by their probability into equally filled bins, the most probable first.
func Calibrate(p, label []float32, bins int) []Bin {
	at := order(p)
	list := make([]Bin, 0, bins)
	for b := range bins {
		part := at[b*len(at)/bins : (b+1)*len(at)/bins]
		if len(part) == 0 {
			continue
		}
		bin := Bin{Rows: len(part)}
		for _, i := range part {
			bin.Predicted += float64(p[i]) / float64(len(part))
			bin.Seen += float64(label[i]) / float64(len(part))
		}
		list = append(list, bin)
	}
	return list
}

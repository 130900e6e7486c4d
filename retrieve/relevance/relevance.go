// Package relevance measures how good a ranking is when some of its products carry a grade: NDCG, reciprocal rank, average
// precision, precision, recall, ERR and bpref, with the mean, the percentile and the paired tests that a report of several queries needs. It
// reads judgment files ([ReadJudgments]) and compares two systems ([Compare]).
//
// A ranking is a list of product ids, best first, each once. Grades map a product id to a whole number from 0 (irrelevant) to 3
// or so (exact); a product that is not in the map is unjudged and counts as grade 0, unless the ranking was passed through
// [Condense] before. A product is relevant when its grade is above 0. Every figure lies in 0 … 1, higher is better.
//
// # Caveats
//
// A query without a relevant product has no best ranking: every figure is 0 for it, so leave it out of a mean ([Answerable]).
// A list in which a product comes twice is not a ranking, and its figures can pass 1. The package depends on nothing but the
// vocabulary and the standard library, so that training, evaluation and tests measure alike.
package relevance

import (
	"math"
	"slices"
)

// Answerable reports whether any product is relevant.
func Answerable(grades map[string]int) bool {
	for _, g := range grades {
		if g > 0 {
			return true
		}
	}
	return false
}

// Condense returns the ranking without its unjudged products, in the same order. Figures of the condensed ranking do not punish
// a method for finding what the judges never saw (Sakai, "Alternatives to Bpref", SIGIR 2007).
func Condense(ranked []string, grades map[string]int) []string {
	var judged []string
	for _, id := range ranked {
		if _, ok := grades[id]; ok {
			judged = append(judged, id)
		}
	}
	return judged
}

// NDCG is the normalised discounted cumulative gain of the first k products (Järvelin and Kekäläinen, TOIS 2002), with the
// exponential gain 2^grade−1 and the discount log2(rank+1) of Burges et al. (ICML 2005). The ideal is the best ranking of all
// judged products, found or not.
func NDCG(ranked []string, grades map[string]int, k int) float64 {
	best := make([]int, 0, len(grades))
	for _, g := range grades {
		best = append(best, g)
	}
	slices.SortFunc(best, func(a, b int) int { return b - a })
	ideal := 0.0
	for i, g := range best[:clip(k, len(best))] {
		ideal += gain(g) * discount(i)
	}
	if ideal == 0 {
		return 0
	}
	sum := 0.0
	for i, id := range ranked[:clip(k, len(ranked))] {
		sum += gain(grades[id]) * discount(i)
	}
	return sum / ideal
}

func gain(grade int) float64 { return math.Exp2(float64(max(grade, 0))) - 1 }

// discount is for a position that counts from 0.
func discount(i int) float64 { return 1 / math.Log2(float64(i+2)) }

// ReciprocalRank is 1 over the rank of the first product of at least some grade, and 0 when none is in the ranking; its mean over queries is MRR.
func ReciprocalRank(ranked []string, grades map[string]int, least int) float64 {
	for i, id := range ranked {
		if grades[id] >= least {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// AveragePrecision is the mean, over all relevant products, of the precision at the rank where each is found, 0 for those that are
// not; its mean over queries is MAP (Buckley and Voorhees, SIGIR 2000).
func AveragePrecision(ranked []string, grades map[string]int) float64 {
	relevant := countRelevant(grades)
	if relevant == 0 {
		return 0
	}
	found, sum := 0, 0.0
	for i, id := range ranked {
		if grades[id] > 0 {
			found++
			sum += float64(found) / float64(i+1)
		}
	}
	return sum / float64(relevant)
}

// Precision is the share of relevant products among the first k; a ranking shorter than k counts as filled up with irrelevant ones.
func Precision(ranked []string, grades map[string]int, k int) float64 {
	if k < 1 {
		return 0
	}
	return float64(hits(ranked, grades, k)) / float64(k)
}

// Recall is the share of all relevant products that are among the first k.
func Recall(ranked []string, grades map[string]int, k int) float64 {
	relevant := countRelevant(grades)
	if relevant == 0 {
		return 0
	}
	return float64(hits(ranked, grades, k)) / float64(relevant)
}

func hits(ranked []string, grades map[string]int, k int) int {
	n := 0
	for _, id := range ranked[:clip(k, len(ranked))] {
		if grades[id] > 0 {
			n++
		}
	}
	return n
}

func countRelevant(grades map[string]int) int {
	n := 0
	for _, g := range grades {
		if g > 0 {
			n++
		}
	}
	return n
}

func clip(k, n int) int { return max(0, min(k, n)) }

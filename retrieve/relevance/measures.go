package relevance

import "math"

// ERR is the expected reciprocal rank of the first k products (Chapelle, Metzler, Zhang and Grinspan, CIKM 2009): the mean of 1/rank of the product at which a shopper
// stops who is satisfied by a grade g with probability (2^g − 1)/2^highest. highest is the best grade that judges could give, the same for every query.
func ERR(ranked []string, grades map[string]int, k, highest int) float64 {
	goesOn, sum := 1.0, 0.0
	for i, id := range ranked[:clip(k, len(ranked))] {
		satisfied := gain(min(grades[id], highest)) / math.Exp2(float64(highest))
		sum += goesOn * satisfied / float64(i+1)
		goesOn *= 1 - satisfied
	}
	return sum
}

// Bpref is the share of judged irrelevant products that do not stand before the relevant ones (Buckley and Voorhees, SIGIR 2004, in the form of trec_eval):
// unjudged products have no say. With R relevant and N judged irrelevant products it is the mean over the relevant ones of 1 − min(irrelevant before it, R)/min(R, N).
func Bpref(ranked []string, grades map[string]int) float64 {
	relevant := countRelevant(grades)
	if relevant == 0 {
		return 0
	}
	irrelevant := len(grades) - relevant
	before, sum := 0, 0.0
	for _, id := range ranked {
		g, judged := grades[id]
		switch {
		case judged && g <= 0:
			before++
		case judged && before > 0:
			sum += 1 - float64(min(before, relevant))/float64(min(relevant, irrelevant))
		case judged:
			sum++
		}
	}
	return sum / float64(relevant)
}

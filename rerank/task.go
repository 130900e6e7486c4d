package rerank

import (
	"cmp"
	"math"
	"slices"
)

// task is a sample made ready for many evaluations of NDCG at one depth: per hit, in the order of the ids that breaks ties, its feature
// values, gain, whether it is judged, and its score.
type task struct {
	rows   [][]float64
	gains  []float64
	judged []bool
	scores []float64
	ideal  float64
	depth  int
	// count is how often the sample was drawn.
	count float64
	// top is the room of ndcg.
	top []int
}

// newTask returns nil for a sample without a relevant product.
func newTask(s *Sample, depth int) *task {
	t := &task{depth: depth, rows: Describe(&s.Query, s.Hits), gains: make([]float64, len(s.Hits)), scores: make([]float64, len(s.Hits)), judged: make([]bool, len(s.Hits))}
	order := make([]int, len(s.Hits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s.Hits[a].ID, s.Hits[b].ID) })
	rows := make([][]float64, len(order))
	for at, i := range order {
		grade, judged := s.Grades[s.Hits[i].ID]
		rows[at], t.gains[at], t.judged[at] = t.rows[i], gain(grade), judged
	}
	t.rows = rows
	var all []float64
	for _, g := range s.Grades {
		all = append(all, gain(g))
	}
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	for i := range min(depth, len(all)) {
		t.ideal += all[i] / math.Log2(float64(i+2))
	}
	if t.ideal == 0 {
		return nil
	}
	return t
}

func gain(grade int) float64 { return math.Exp2(float64(max(grade, 0))) - 1 }

// set gives the hits the scores of a model.
func (t *task) set(weights []float64) {
	for i, row := range t.rows {
		t.scores[i] = 0
		for j, w := range weights {
			t.scores[i] += w * row[j]
		}
	}
}

// move changes the scores as one weight is moved.
func (t *task) move(j int, step float64) {
	for i, row := range t.rows {
		t.scores[i] += step * row[j]
	}
}

// ndcg is the NDCG of the order that the scores give when weight j is moved by step; condensed leaves the unjudged hits out.
func (t *task) ndcg(j int, step float64, condensed bool) float64 {
	score := func(i int) float64 { return t.scores[i] + step*t.rows[i][j] }
	top := t.top[:0]
	for i := range t.rows {
		if condensed && !t.judged[i] {
			continue
		}
		s := score(i)
		if len(top) == t.depth && s <= score(top[len(top)-1]) {
			continue
		}
		at := len(top)
		for at > 0 && s > score(top[at-1]) {
			at--
		}
		if len(top) == t.depth {
			top = top[:len(top)-1]
		}
		top = slices.Insert(top, at, i)
	}
	t.top = top
	sum := 0.0
	for at, i := range top {
		sum += t.gains[i] / math.Log2(float64(at+2))
	}
	return sum / t.ideal
}

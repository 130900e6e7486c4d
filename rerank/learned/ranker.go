package learned

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"vitrine"
	"vitrine/rerank"
	"vitrine/rerank/train"
)

// Models chooses the model of a shopper. Safe for concurrent use.
type Models interface {
	// Choose returns the model that ranks for a shopper and, to be asked too without effect, the one in its shadow; nil for none.
	Choose(shopper string) (live, shadow *train.Model)
	// Compare takes in what both said of the hits of one answer, and the features of the hits.
	Compare(live, shadow []float32, rows []float32)
}

// Fallback ranks while there is no model; it is what retrieval takes as a reranker.
type Fallback interface {
	Rerank(ctx context.Context, q *vitrine.Query, hits []vitrine.Hit) error
}

// Naming says by which name the log knows a shopper: the user, or the visitor of a session. Nil takes the names of the query as they are.
type Naming func(user, session string) string

// Ranker puts hits in order by a trained model. Safe for concurrent use.
type Ranker struct {
	pulse    *Pulse
	models   Models
	fallback Fallback
	naming   Naming
	now      func() time.Time
	columns  []int
	names    []string
}

// NewRanker returns a ranker.
func NewRanker(p *Pulse, m Models, f Fallback, n Naming) *Ranker {
	if n == nil {
		n = who
	}
	return &Ranker{pulse: p, models: m, fallback: f, naming: n, now: time.Now, columns: columns(), names: Names()}
}

// At returns a ranker that takes the given time for now, to ask what it would have answered then.
func (r *Ranker) At(now time.Time) *Ranker {
	c := *r
	c.now = func() time.Time { return now }
	return &c
}

// columns are the places of the query features among those of package rerank.
func columns() []int {
	all := rerank.Features()
	var list []int
	for _, name := range queryFeatures() {
		if j := slices.IndexFunc(all, func(f rerank.Feature) bool { return f.Name == name }); j >= 0 {
			list = append(list, j)
		}
	}
	return list
}

// describe returns the rows of all hits.
func describe(p *Pulse, columns []int, width int, m *Moment, hits []vitrine.Hit) []float32 {
	out := make([]float32, 0, len(hits)*width)
	for i, values := range rerank.Describe(&vitrine.Query{Text: m.Query}, hits) {
		for _, j := range columns {
			out = append(out, float32(values[j]))
		}
		out = p.describe(out, m, hits[i].Product)
	}
	return out
}

// Rerank sets each hit's score to the probability that the shopper wants it, sorts the hits by it, ties by id, and, when the query asks for
// an explanation, puts the features of the hits of its page into Explain.Features with what each changes in the logit against its mean over the hits. A query
// without text, or a shopper without a model, is the fallback's.
func (r *Ranker) Rerank(ctx context.Context, q *vitrine.Query, hits []vitrine.Hit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	shopper := r.naming(q.User, q.Session)
	live, shadow := r.models.Choose(shopper)
	if live == nil && shadow == nil || q.Text == "" || len(hits) == 0 {
		return r.fallback.Rerank(ctx, q, hits)
	}
	m := &Moment{User: shopper, Query: q.Text, Time: r.now()}
	d := &train.Dataset{Features: r.names, X: describe(r.pulse, r.columns, len(r.names), m, hits)}
	var scores, others []float32
	var err error
	if shadow != nil {
		// A shadow that fails must not change the answer; it shows as missing in the comparison.
		others, _ = shadow.Score(d)
	}
	if live == nil {
		r.models.Compare(nil, others, d.X)
		return r.fallback.Rerank(ctx, q, hits)
	}
	if scores, err = live.Score(d); err != nil {
		return err
	}
	r.models.Compare(scores, others, d.X)
	order := make([]int, len(hits))
	for i := range hits {
		hits[i].Score, order[i] = float64(scores[i]), i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(hits[b].Score, hits[a].Score), cmp.Compare(hits[a].ID, hits[b].ID))
	})
	if q.Explain {
		if err := r.explain(live, d, hits, page(q, order)); err != nil {
			return err
		}
	}
	sorted := make([]vitrine.Hit, len(hits))
	for to, from := range order {
		sorted[to] = hits[from]
	}
	copy(hits, sorted)
	return nil
}

// page is the part of the order that the query asks to see; further hits need no explanation.
func page(q *vitrine.Query, order []int) []int {
	size := q.PageSize
	if size <= 0 {
		size = vitrine.DefaultPageSize
	}
	from := min(max(q.Page-1, 0)*size, len(order))
	return order[from:min(from+size, len(order))]
}

// explain says what the logits of some hits lose when a feature is set to its mean over all hits.
func (r *Ranker) explain(model *train.Model, d *train.Dataset, hits []vitrine.Hit, which []int) error {
	width, n := len(r.names), len(hits)
	// A block of rows a hit: the row as it is, and the row without each feature.
	rows := &train.Dataset{Features: d.Features, X: make([]float32, 0, len(which)*(width+1)*width)}
	for _, i := range which {
		row := d.X[i*width : (i+1)*width]
		rows.X = append(rows.X, row...)
		for f := range width {
			rows.X = append(rows.X, row...)
			mean := float32(0)
			for j := range n {
				mean += d.X[j*width+f] / float32(n)
			}
			rows.X[len(rows.X)-width+f] = mean
		}
	}
	scores, err := model.Score(rows)
	if err != nil {
		return err
	}
	for k, i := range which {
		block := scores[k*(width+1) : (k+1)*(width+1)]
		why := make([]vitrine.FeatureScore, width)
		for f, name := range r.names {
			why[f] = vitrine.FeatureScore{Name: name, Value: float64(d.X[i*width+f]), Contribution: logit(block[0]) - logit(block[f+1])}
		}
		slices.SortStableFunc(why, func(a, b vitrine.FeatureScore) int {
			return cmp.Compare(math.Abs(b.Contribution), math.Abs(a.Contribution))
		})
		hits[i].Explain.Features = why
	}
	return nil
}

func logit(p float32) float64 {
	q := min(max(float64(p), 1e-7), 1-1e-7)
	return math.Log(q / (1 - q))
}

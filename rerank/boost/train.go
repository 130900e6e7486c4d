package boost

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"

	"vitrine"
)

// Train learns from train, and stops when the loss on valid no longer falls, keeping the trees up to the best. A valid without rows means no
// early stopping. Invalid: malformed data, an infinite feature, or labels of one class.
func Train(ctx context.Context, train, valid Data, o Options) (*Model, error) {
	o = o.withDefaults()
	if err := train.check(); err != nil {
		return nil, err
	}
	early := len(valid.Label) > 0
	if early {
		if err := valid.check(); err != nil {
			return nil, err
		}
		if valid.Width != train.Width {
			return nil, vitrine.Errorf(vitrine.Invalid, "boost: validation rows of %d features, training rows of %d", valid.Width, train.Width)
		}
	}
	positive, all := 0.0, 0.0
	for i, y := range train.Label {
		positive += float64(y) * train.weight(i)
		all += train.weight(i)
	}
	if positive <= 0 || positive >= all {
		return nil, vitrine.Errorf(vitrine.Invalid, "boost: all labels of %d rows are of one class", len(train.Label))
	}
	m := &Model{Width: train.Width, Base: math.Log(positive / (all - positive)), Gain: make([]float64, train.Width)}
	rows := len(train.Label)
	b := &grower{
		options: o, data: bin(&train, newBounds(&train, o.Bins), o.Threads), gain: m.Gain,
		g: make([]float32, rows), h: make([]float32, rows), random: rand.New(rand.NewPCG(o.Seed, 7)), //nolint:gosec // must be repeatable
	}
	scores, held := fillWith(rows, m.Base), fillWith(len(valid.Label), m.Base)
	best, at := math.Inf(1), 0
	for tree := range o.Trees {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b.gradients(&train, scores)
		t := b.grow(b.draw(rows))
		m.Trees = append(m.Trees, t)
		b.add(&t, &train, scores)
		loss := math.NaN()
		if early {
			b.add(&t, &valid, held)
			if loss = logLoss(held, &valid); loss < best-1e-7 {
				best, at = loss, tree
			}
		}
		if o.Progress != nil {
			o.Progress(tree+1, loss)
		}
		if early && tree-at >= o.Patience {
			break
		}
	}
	if early {
		m.Trees = m.Trees[:at+1]
	}
	return m, nil
}

func cores() int { return runtime.GOMAXPROCS(0) }

func fillWith(n int, v float64) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(v)
	}
	return list
}

// draw returns the rows of one tree, in order.
func (b *grower) draw(rows int) []int32 {
	list := make([]int32, 0, int(float64(rows)*b.options.Rows)+1)
	for i := range rows {
		if b.options.Rows >= 1 || b.random.Float64() < b.options.Rows {
			list = append(list, int32(i))
		}
	}
	return list
}

const block = 8192

func (b *grower) gradients(d *Data, scores []float32) {
	parallel((len(scores)+block-1)/block, b.options.Threads, func(part int) {
		for i := part * block; i < min(len(scores), (part+1)*block); i++ {
			p := 1 / (1 + math.Exp(-float64(scores[i])))
			w := d.weight(i)
			b.g[i] = float32((p - float64(d.Label[i])) * w)
			b.h[i] = float32(math.Max(p*(1-p), 1e-6) * w)
		}
	})
}

// add adds the tree's values to the scores of all rows.
func (b *grower) add(t *Tree, d *Data, scores []float32) {
	parallel((len(scores)+block-1)/block, b.options.Threads, func(part int) {
		for i := part * block; i < min(len(scores), (part+1)*block); i++ {
			scores[i] += t.value(d.X[i*d.Width:][:d.Width])
		}
	})
}

func logLoss(scores []float32, d *Data) float64 {
	sum, all := 0.0, 0.0
	for i, s := range scores {
		z := float64(s)
		// log(1+e^z) − y·z, without overflow.
		sum += d.weight(i) * (math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - float64(d.Label[i])*z)
		all += d.weight(i)
	}
	return sum / all
}

package linear

import (
	"context"
	"runtime"
	"sync"

	"vitrine"
)

// Loss is what a wrong or a weak decision costs.
type Loss int

const (
	// SquaredHinge is max(0, 1−y·s)², the L2-loss support vector machine.
	SquaredHinge Loss = iota
	// Logistic is log(1+exp(−y·s)); its scores are log-odds.
	Logistic
)

// Options set how a model is fitted. The zero value is ready to use.
type Options struct {
	// Loss of a classifier; [Regress] always uses the squared error.
	Loss Loss
	// C is the price of losses beside the penalty ½‖w‖². Sensible 0.1 to 10 on rows of unit length: too low and rare classes
	// are never predicted, too high and noise is learned. 0 means 1.
	C float64
	// Epochs bounds the passes over the rows. 0 means 200.
	Epochs int
	// Tolerance ends the passes: the greatest projected gradient of [SquaredHinge], ten times the greatest residual of the
	// ridge and ten times the greatest change of a row's probability of [Logistic] fall below it. 0 means 0.05.
	Tolerance float64
	// Balanced weighs each class's positive and negative rows equally, for classes of very different sizes.
	Balanced bool
	// Bias is the value of the constant feature. 0 means 1; negative means none.
	Bias float64
	// LogCounts multiplies each feature by how much it speaks for the class, the logarithm of the ratio of its smoothed shares
	// among rows of the class and others (Wang and Manning 2012), before the class is fitted, and its weight afterwards: topics
	// of short texts come out better, with C a tenth of what it is without. [Regress] ignores it.
	LogCounts bool
	// Threads fit classes side by side. 0 means the number of processors. The model does not depend on it.
	Threads int
	// Seed orders the visits of rows.
	Seed uint64
}

func (o Options) fill() Options {
	if o.C == 0 {
		o.C = 1
	}
	if o.Epochs == 0 {
		o.Epochs = 200
	}
	if o.Tolerance == 0 {
		o.Tolerance = 0.05
	}
	switch {
	case o.Bias == 0:
		o.Bias = 1
	case o.Bias < 0:
		o.Bias = 0
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	return o
}

// Train fits classes one-vs-rest classifiers of dim features, by dual coordinate descent (Hsieh et al. 2008 for
// [SquaredHinge], Yu, Huang and Lin 2011 for [Logistic]). labels[i] in [0, classes) belongs to rows[i]; a negative label
// marks a row that is of no class. Rows that disagree with dim, labels out of range and values that are not finite are
// Invalid.
func Train(ctx context.Context, rows []Row, dim int, labels []int, classes int, o Options) (*Model, error) {
	if len(rows) == 0 || len(rows) != len(labels) {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d rows, %d labels", len(rows), len(labels))
	}
	if classes < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d classes", classes)
	}
	for i, l := range labels {
		if l >= classes {
			return nil, vitrine.Errorf(vitrine.Invalid, "row %d: label %d of %d classes", i, l, classes)
		}
	}
	if err := check(rows, dim); err != nil {
		return nil, err
	}
	if o.C < 0 || o.Tolerance < 0 || o.Epochs < 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "C %g, tolerance %g, epochs %d: none may be negative", o.C, o.Tolerance, o.Epochs)
	}
	o = o.fill()
	m := newModel(dim, classes, o.Bias)
	p := newProblem(rows, dim, o)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(o.Threads, classes) {
		wg.Go(func() {
			y := make([]float64, len(rows))
			for class := range next {
				positive := 0
				for i, l := range labels {
					y[i] = -1
					if l == class {
						y[i] = 1
						positive++
					}
				}
				above, below := o.C, o.C
				if o.Balanced && positive > 0 && positive < len(rows) {
					above *= float64(len(rows)) / float64(2*positive)
					below *= float64(len(rows)) / float64(2*(len(rows)-positive))
				}
				p, ratios := p, []float64(nil)
				if o.LogCounts {
					ratios = logCounts(rows, dim, y)
					p = newProblem(multiply(rows, ratios), dim, o)
				}
				var w []float64
				if o.Loss == Logistic {
					w = p.logistic(ctx, y, above, below, o.Seed+uint64(class)) //nolint:gosec // class is not negative
				} else {
					w = p.hinge(ctx, y, above, below, o.Seed+uint64(class)) //nolint:gosec // class is not negative
				}
				for f, r := range ratios {
					w[f] *= r
				}
				m.set(class, w)
			}
		})
	}
	for class := range classes {
		next <- class
	}
	close(next)
	wg.Wait()
	return m, ctx.Err()
}

// Regress fits one regressor of dim features to targets by the squared error: min ½‖w‖² + C·Σ(w·x−t)², the ridge, solved in
// its dual (Ho and Lin 2012, with no insensitive zone). The model has one class, whose score is the prediction.
func Regress(ctx context.Context, rows []Row, dim int, targets []float32, o Options) (*Model, error) {
	if len(rows) == 0 || len(rows) != len(targets) {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d rows, %d targets", len(rows), len(targets))
	}
	for i, t := range targets {
		if t-t != 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "row %d: target %v", i, t)
		}
	}
	if err := check(rows, dim); err != nil {
		return nil, err
	}
	o = o.fill()
	m := newModel(dim, 1, o.Bias)
	m.set(0, newProblem(rows, dim, o).ridge(ctx, targets, o.C, o.Seed))
	return m, ctx.Err()
}

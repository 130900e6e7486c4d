package adapt

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"vitrine"
	"vitrine/retrieve/relevance"
)

// Options of [Train]. The zero value takes the defaults.
type Options struct {
	// Held is the share of titles that judge, and as many again say when to stop; default 0.15 (0.05 to 0.3).
	Held float64
	// Least is the fewest titles that may judge; default 20. Below some 200 only large gains are distinguishable from luck.
	Least int
	// Epochs bounds the passes over the pictures, 60 by default; Patience ends training after so many without a gain, 6 by default.
	Epochs, Patience int
	// Batch is how many pictures compete for a title at a time, 512 by default (64 to 2,048). More are harder and take longer.
	Batch int
	// Rate is Adam's, 0.0005 by default (0.0001 to 0.01); a high one overshoots the first epoch's gain.
	Rate float64
	// Decay pulls the matrices to zero, that is to the base model, in units of Rate; default 0.1 (0 to 1; negative is none).
	Decay float64
	// Temperature divides the cosines in the loss; default 0.05 (0.02 to 0.2). A low one looks at the hardest strangers only.
	Temperature float64
	// Loss is the most that a figure other than title → image mAP may lose for the gate to open; default 0.01 (negative allows none).
	Loss float64
	// Level is the significance that the gain must have by a paired randomisation test over titles; default 0.05.
	Level float64
	// Floor is the base model's least cosine of a match between a text and a picture, 0 when it has none.
	Floor float64
	// Seed makes the run repeatable.
	Seed uint64
	// Progress, when set, is told after each epoch which of how many it was, and the mAP of the pairs that say when to stop.
	Progress func(epoch, epochs int, titleMAP float64)
}

func (o Options) withDefaults() Options {
	set := func(field *float64, value float64) {
		if *field == 0 {
			*field = value
		}
		*field = max(*field, 0)
	}
	count := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&o.Held, 0.15)
	set(&o.Rate, 0.0005)
	set(&o.Decay, 0.1)
	set(&o.Temperature, 0.05)
	set(&o.Loss, 0.01)
	set(&o.Level, 0.05)
	count(&o.Least, 20)
	count(&o.Epochs, 60)
	count(&o.Patience, 6)
	count(&o.Batch, 512)
	return o
}

// Report says what [Train] did. Before and After are of the pairs that judge.
type Report struct {
	Pictures int     `json:"pictures"`
	Learn    int     `json:"learn_pictures"`
	Stop     int     `json:"stop_pictures"`
	Judge    int     `json:"held_pictures"`
	Titles   int     `json:"held_titles"`
	Epochs   int     `json:"epochs"`
	Before   Figures `json:"before"`
	After    Figures `json:"after"`
	// P is the probability of such a difference in mAP if the adapter made none.
	P float64 `json:"p"`
	// Floor is the least cosine at which as many strangers match as did before.
	Floor float64 `json:"floor"`
	// Better is the gate: mAP has gained significantly and nothing else has lost more than allowed. Reason says why not.
	Better bool   `json:"better"`
	Reason string `json:"reason,omitempty"`
}

// Train learns an adapter by symmetric InfoNCE (Radford et al. 2021) in which all pictures of a title are its own (Khosla et al. 2020), and the same with the names
// of categories in place of titles, so that kinds stay together; with Adam and decoupled weight decay. It keeps the epoch with the best mAP on pairs held back for
// that. Pairs that don't fit together, or too few of them, are Invalid.
func Train(ctx context.Context, p *Pairs, o Options) (*Adapter, *Report, error) {
	o = o.withDefaults()
	if err := p.validate(); err != nil {
		return nil, nil, err
	}
	if o.Held > 0.45 {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "share held back: %v, want at most 0.45", o.Held)
	}
	learn, stop, judge := p.split(o.Held, o.Seed)
	report := &Report{Pictures: len(p.Pictures), Learn: len(learn), Stop: len(stop), Judge: len(judge), Titles: p.distinct(judge)}
	if report.Titles < o.Least || len(stop) == 0 || p.distinct(learn) < 2 {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "pairs: %d titles judge, want at least %d; give more products with pictures, or hold back a larger share", report.Titles, o.Least)
	}
	t := newTrainer(p, o)
	best, since := New(t.adapter.Dimension), 0
	bestMAP := p.titleMAP(stop, best)
	random := rand.New(rand.NewPCG(o.Seed, 7)) //nolint:gosec // must be repeatable
	for epoch := 1; epoch <= o.Epochs && since < o.Patience; epoch++ {
		random.Shuffle(len(learn), func(i, j int) { learn[i], learn[j] = learn[j], learn[i] })
		for batch := range slices.Chunk(learn, o.Batch) {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			t.step(batch, p.Title, p.Texts)
			t.step(slices.DeleteFunc(slices.Clone(batch), func(at int) bool { return p.Category[at] < 0 }), p.Category, p.Categories)
		}
		report.Epochs, since = epoch, since+1
		now := p.titleMAP(stop, t.adapter)
		if now > bestMAP {
			bestMAP, since = now, 0
			copy(best.Texts, t.adapter.Texts)
			copy(best.Pictures, t.adapter.Pictures)
		}
		if o.Progress != nil {
			o.Progress(epoch, o.Epochs, now)
		}
	}
	before, after := p.measure(judge, New(best.Dimension)), p.measure(judge, best)
	report.Before, report.After = before.Figures, after.Figures
	report.P = relevance.PairedP(after.precision, before.precision, 10_000, o.Seed)
	report.Floor = floor(before, after, o.Floor)
	report.judge(o)
	return best, report, nil
}

// judge is the gate.
func (r *Report) judge(o Options) {
	if !(r.After.TitleMAP > r.Before.TitleMAP) || r.P >= o.Level {
		r.Reason = vitrine.Errorf(vitrine.Invalid, "title → image mAP %.4f → %.4f, p = %.3f: no gain that is more than luck", r.Before.TitleMAP, r.After.TitleMAP, r.P).Error()
		return
	}
	for _, f := range []struct {
		name          string
		before, after float64
	}{
		{"title → image R@10", r.Before.TitleR10, r.After.TitleR10},
		{"image → title MRR", r.Before.ImageTitleRR, r.After.ImageTitleRR},
		{"category → image P@10", r.Before.CategoryP10, r.After.CategoryP10},
		{"image → image P@10", r.Before.ImageP10, r.After.ImageP10},
	} {
		if f.after < f.before-o.Loss {
			r.Reason = vitrine.Errorf(vitrine.Invalid, "%s %.4f → %.4f: a loss of more than %.3f", f.name, f.before, f.after, o.Loss).Error()
			return
		}
	}
	r.Better = true
}

// trainer holds the state of a training.
type trainer struct {
	pairs   *Pairs
	options Options
	adapter *Adapter
	text    *adam
	picture *adam
}

func newTrainer(p *Pairs, o Options) *trainer {
	a := New(len(p.Pictures[0]))
	return &trainer{pairs: p, options: o, adapter: a, text: newAdam(a.Texts), picture: newAdam(a.Pictures)}
}

// step learns from one batch of pictures, each with its text.
func (t *trainer) step(batch, of []int, vectors [][]float32) {
	if len(batch) == 0 {
		return
	}
	n, d := len(batch), t.adapter.Dimension
	texts, pictures := newMatrix(n, d), newMatrix(n, d)
	for i, at := range batch {
		copy(row(texts, i), vectors[of[at]])
		copy(row(pictures, i), t.pairs.Pictures[at])
	}
	x, xLengths := residual(texts, t.adapter.Texts)
	y, yLengths := residual(pictures, t.adapter.Pictures)
	slopes := slopes(batch, of, product(x, y), t.options.Temperature)
	dx, dy := newMatrix(n, d), newMatrix(n, d)
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, slopes, y, 0, dx)
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, slopes, x, 0, dy)
	t.text.update(descent(texts, x, dx, xLengths), t.options)
	t.picture.update(descent(pictures, y, dy, yLengths), t.options)
}

// residual returns the rows normalise(v + vA) and the lengths before.
func residual(v blas32.General, matrix []float32) (blas32.General, []float32) {
	out := newMatrix(v.Rows, v.Cols)
	copy(out.Data, v.Data)
	a := blas32.General{Rows: v.Cols, Cols: v.Cols, Stride: v.Cols, Data: matrix}
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, v, a, 1, out)
	lengths := make([]float32, v.Rows)
	for i := range lengths {
		lengths[i] = normalise(row(out, i))
	}
	return out, lengths
}

// descent is the gradient of a residual matrix from that of the normalised rows: through the length, d(u/|u|) = (g - x(x·g))/|u|, then v'·that.
func descent(v, x, g blas32.General, lengths []float32) []float32 {
	for i, length := range lengths {
		xs, gs := row(x, i), row(g, i)
		if length == 0 {
			clear(gs)
			continue
		}
		along := float32(0)
		for j := range xs {
			along += xs[j] * gs[j]
		}
		for j := range xs {
			gs[j] = (gs[j] - xs[j]*along) / length
		}
	}
	out := newMatrix(v.Cols, v.Cols)
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, v, g, 0, out)
	return out.Data
}

// slopes are the derivatives of the loss by the cosines of each picture's text (rows) and each picture (columns): softmax less target, both ways.
func slopes(batch, of []int, cosines blas32.General, temperature float64) blas32.General {
	n := len(batch)
	own := make(map[int]float64, n)
	for _, at := range batch {
		own[of[at]]++
	}
	out := newMatrix(n, n)
	line := make([]float64, n)
	for _, across := range []bool{false, true} {
		step, stride := 1, n
		if across {
			step, stride = n, 1
		}
		for i, at := range batch {
			text, sum := of[at], 0.0
			for j := range line {
				// A cosine is at most 1, so that no exponent is above 0.
				line[j] = math.Exp((float64(cosines.Data[i*stride+j*step]) - 1) / temperature)
				sum += line[j]
			}
			for j, other := range batch {
				slope := line[j] / sum
				if of[other] == text {
					slope -= 1 / own[text]
				}
				out.Data[i*stride+j*step] += float32(slope / (2 * float64(n) * temperature))
			}
		}
	}
	return out
}

// adam changes one matrix by gradients (Kingma and Ba 2015), with decoupled weight decay (Loshchilov and Hutter 2019).
type adam struct {
	weights, mean, square []float32
	steps                 float64
}

func newAdam(weights []float32) *adam {
	return &adam{weights: weights, mean: make([]float32, len(weights)), square: make([]float32, len(weights))}
}

func (a *adam) update(gradient []float32, o Options) {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	a.steps++
	rate := float32(o.Rate * math.Sqrt(1-math.Pow(beta2, a.steps)) / (1 - math.Pow(beta1, a.steps)))
	keep := float32(1 - o.Rate*o.Decay)
	for i, g := range gradient {
		a.mean[i] += (1 - beta1) * (g - a.mean[i])
		a.square[i] += (1 - beta2) * (g*g - a.square[i])
		a.weights[i] = a.weights[i]*keep - rate*a.mean[i]/(float32(math.Sqrt(float64(a.square[i])))+epsilon)
	}
}

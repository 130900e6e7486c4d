package neural

import (
	"math"

	"vitrine"
)

// Loss is what training makes small.
type Loss string

// The losses.
const (
	// CrossEntropy is the binary cross-entropy of every row.
	CrossEntropy Loss = "cross_entropy"
	// Lambda is the pairwise logistic loss within groups, each pair weighed by the NDCG@10 that swapping it would change (Burges 2010).
	Lambda Loss = "lambda"
)

// Options says what to learn and how. The zero value is a network of two hidden layers for 100,000 rows and more.
type Options struct {
	// Hidden are the widths of the hidden layers, 16 … 1024; default 128 and 64. Multiples of 16.
	Hidden []int
	// Embedding is the number of dimensions of each id, 4 … 64; default 16.
	Embedding int
	// Cross is the number of cross layers beside the hidden ones, 1 … 4; default 0, none.
	Cross int
	// History is the number of latest acts that attention looks at, 10 … 200; 0 means no attention.
	History int
	// MinCount is how often an id must occur in training to have an embedding of its own; default 5.
	MinCount int
	// Dropout is the share of hidden units that are left out at random, 0 … 0.5; default 0.
	Dropout float64
	// L2 is the decoupled weight decay of the layers, EmbeddingL2 of the embeddings touched by a batch: a step shrinks them by Rate times it.
	// 0 … 10; default 0. Too little shows as a validation loss that rises after an epoch or two.
	L2, EmbeddingL2 float64
	// Rate is the learning rate, 1e-4 … 1e-2; default 1e-3.
	Rate float64
	// SGD chooses plain stochastic gradient descent over Adam.
	SGD bool
	// Loss defaults to [CrossEntropy].
	Loss Loss
	// Batch is the number of rows of a step, 64 … 8192; default 1024.
	Batch int
	// Epochs is the largest number of passes; default 10.
	Epochs int
	// Patience is the number of epochs without a better validation loss after which to stop; default 2.
	Patience int
	// Threads is the number of goroutines; default all cores.
	Threads int
	Seed    uint64
	// Checkpoint is a file that the state is written to after every epoch; a training that finds it there goes on from it. Empty means none.
	Checkpoint string
	// Progress is called after every epoch; nil for none.
	Progress func(Epoch)
}

// Epoch is one pass over the training rows.
type Epoch struct {
	Epoch     int     `json:"epoch"`
	TrainLoss float64 `json:"train_loss"`
	// ValidLoss and ValidAUC are 0 without validation rows, or for an AUC of one class.
	ValidLoss float64 `json:"valid_loss"`
	ValidAUC  float64 `json:"valid_auc"`
	Seconds   float64 `json:"seconds"`
}

func (o Options) withDefaults() Options {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.Embedding, 16)
	set(&o.MinCount, 5)
	set(&o.Batch, 1024)
	set(&o.Epochs, 10)
	set(&o.Patience, 2)
	if len(o.Hidden) == 0 {
		o.Hidden = []int{128, 64}
	}
	if o.Rate <= 0 {
		o.Rate = 1e-3
	}
	if o.Loss == "" {
		o.Loss = CrossEntropy
	}
	return o
}

func (o *Options) check() error {
	if o.Loss != CrossEntropy && o.Loss != Lambda {
		return vitrine.Errorf(vitrine.Invalid, "network: loss %q is none of cross_entropy and lambda", o.Loss)
	}
	if o.Embedding > maxEmbedding || o.History > maxHistory {
		return vitrine.Errorf(vitrine.Invalid, "network: embedding of %d or history of %d, at most %d and %d", o.Embedding, o.History, maxEmbedding, maxHistory)
	}
	for _, h := range o.Hidden {
		if h <= 0 {
			return vitrine.Errorf(vitrine.Invalid, "network: hidden layer of %d units", h)
		}
	}
	if o.Dropout < 0 || o.Dropout >= 1 || o.L2 < 0 || o.EmbeddingL2 < 0 {
		return vitrine.Errorf(vitrine.Invalid, "network: dropout %v or l2 %v, %v out of range", o.Dropout, o.L2, o.EmbeddingL2)
	}
	return nil
}

// Data is rows to learn from or to score.
type Data struct {
	// X has Width numbers a row, NaN for an unknown one; Width may be 0.
	X     []float32
	Width int
	// IDs has a slice for every id column, with one id a row, from 0; -1 is unknown.
	IDs [][]int32
	// History is nil without one.
	History *History
	// Position is the place, from 1, at which a row was shown, 0 unknown. What it adds is learned, and left out when scoring; nil for none.
	Position []int32
	// Label is 0 or 1. Scoring does not need it.
	Label []float32
	// Weight is what a row counts, as the inverse of its propensity; nil counts every row 1.
	Weight []float32
	// Group says which rows compete, for the loss [Lambda].
	Group []int32
}

// History is what came before each row.
type History struct {
	// Items and Values are acts, those of one shopper together in the order of time: an id of column Column, and how much it was liked, about
	// -2 … 2.
	Items  []int32
	Values []float32
	// From and To bound, for every row, the acts that came before it.
	From, To []int32
	Column   int
}

func (d *Data) rows() int {
	switch {
	case d.Width > 0:
		return len(d.X) / d.Width
	case len(d.IDs) > 0:
		return len(d.IDs[0])
	}
	return 0
}

// check reports what is malformed; labels says whether labels are needed.
func (d *Data) check(labels bool) error {
	n := d.rows()
	bad := func(what string, got int) error {
		return vitrine.Errorf(vitrine.Invalid, "network: %d %s for %d rows", got, what, n)
	}
	switch {
	case d.Width < 0 || len(d.X) != n*d.Width:
		return vitrine.Errorf(vitrine.Invalid, "network: %d values do not make %d rows of %d", len(d.X), n, d.Width)
	case labels && len(d.Label) != n:
		return bad("labels", len(d.Label))
	case d.Weight != nil && len(d.Weight) != n:
		return bad("weights", len(d.Weight))
	case d.Position != nil && len(d.Position) != n:
		return bad("positions", len(d.Position))
	}
	for c, ids := range d.IDs {
		if len(ids) != n {
			return vitrine.Errorf(vitrine.Invalid, "network: id column %d: %d ids for %d rows", c, len(ids), n)
		}
	}
	for i, v := range d.X {
		if math.IsInf(float64(v), 0) {
			return vitrine.Errorf(vitrine.Invalid, "network: row %d: number %d is infinite", i/d.Width, i%d.Width)
		}
	}
	if h := d.History; h != nil {
		return h.check(n, len(d.IDs))
	}
	return nil
}

func (h *History) check(rows, columns int) error {
	if len(h.From) != rows || len(h.To) != rows || len(h.Values) != len(h.Items) || h.Column < 0 || h.Column >= columns {
		return vitrine.Errorf(vitrine.Invalid, "network: history of %d acts, %d values, %d and %d bounds for %d rows, of id column %d",
			len(h.Items), len(h.Values), len(h.From), len(h.To), rows, h.Column)
	}
	for i := range h.From {
		if h.From[i] < 0 || h.From[i] > h.To[i] || int(h.To[i]) > len(h.Items) {
			return vitrine.Errorf(vitrine.Invalid, "network: row %d: history from %d to %d of %d acts", i, h.From[i], h.To[i], len(h.Items))
		}
	}
	return nil
}

package train

import (
	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/neural"
)

// Kind names what is learned.
type Kind string

// The kinds of models.
const (
	// Linear is a logistic regression: the baseline.
	Linear Kind = "linear"
	// Boost is gradient-boosted trees.
	Boost Kind = "boost"
	// Network is embeddings and hidden layers, with what its options add.
	Network Kind = "network"
	// Blend is a network, trees and a logistic regression, weighed on the validation rows.
	Blend Kind = "blend"
	// Foreign is a model of another library; it cannot be trained here.
	Foreign Kind = "foreign"
)

// Options says what to learn. The zero value learns a [Blend].
type Options struct {
	Kind Kind
	// Train and Valid are the shares of the rows, first to last, that are learned from and that decide when to stop; defaults 0.8 and 0.1.
	// The rest tests.
	Train, Valid float64
	// WarmUp is the share of the training rows, from the first, that are not learned from because running features know too little yet;
	// default 0, sensible up to 0.1.
	WarmUp float64
	// Refit learns the trees again from training and validation rows once their number is known, so that they know the latest too.
	Refit   bool
	Network neural.Options
	Boost   boost.Options
	// Progress is told what is being done; nil for none.
	Progress func(stage string, done, total int)
}

func (o Options) withDefaults() (Options, error) {
	if o.Kind == "" {
		o.Kind = Blend
	}
	switch o.Kind {
	case Linear, Boost, Network, Blend:
	default:
		return o, vitrine.Errorf(vitrine.Invalid, "train: kind %q is none of linear, boost, network, blend", o.Kind)
	}
	if o.Train == 0 {
		o.Train = 0.8
	}
	if o.Valid == 0 {
		o.Valid = 0.1
	}
	if o.WarmUp < 0 || o.WarmUp >= 1 {
		return o, vitrine.Errorf(vitrine.Invalid, "train: warm-up share %v is not in 0 … 1", o.WarmUp)
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	return o, nil
}

// NetworkPlain is the network of embeddings, numbers and hidden layers alone.
func NetworkPlain() neural.Options {
	return neural.Options{Hidden: []int{128, 64}, Dropout: 0.1, EmbeddingL2: 1e-4}
}

// NetworkStrong adds attention over the history and cross layers.
func NetworkStrong() neural.Options {
	o := NetworkPlain()
	o.History, o.Cross = 50, 2
	// Found on validation rows of a public sample of ratings: weaker decay learns shoppers by heart in the second epoch.
	o.Rate, o.L2, o.EmbeddingL2, o.Dropout, o.MinCount = 5e-4, 0.1, 3, 0.2, 20
	return o
}

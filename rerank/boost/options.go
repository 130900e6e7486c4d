package boost

import (
	"math"

	"vitrine"
)

// Options says how to learn. The zero value is a sound default for 10,000 rows and more.
type Options struct {
	// Trees is the largest number of trees; default 500. Early stopping usually ends before.
	Trees int
	// Leaves is the largest number of leaves of a tree, 8 … 255; default 31. More fit finer and overfit sooner.
	Leaves int
	// Rate is the learning rate, 0.01 … 0.3; default 0.06.
	Rate float64
	// MinRows is the smallest number of rows in a leaf; default 50.
	MinRows int
	// L2 is the penalty on leaf values; default 5.
	L2 float64
	// Rows and Columns are the shares of rows and of features drawn for each tree; default 0.7 and 0.6.
	Rows, Columns float64
	// Patience is the number of trees without a better validation loss after which to stop; default 40.
	Patience int
	// Bins is the largest number of bins of a feature, 16 … 255; default 255.
	Bins int
	// Threads is the number of goroutines; default all cores.
	Threads int
	Seed    uint64
	// Progress is called after every tree with the validation loss; nil for none.
	Progress func(tree int, loss float64)
}

func (o Options) withDefaults() Options {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	setf := func(v *float64, d float64) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.Trees, 500)
	set(&o.Leaves, 31)
	setf(&o.Rate, 0.06)
	set(&o.MinRows, 50)
	setf(&o.L2, 5)
	setf(&o.Rows, 0.7)
	setf(&o.Columns, 0.6)
	set(&o.Patience, 40)
	set(&o.Bins, 255)
	o.Bins, o.Leaves = min(o.Bins, 255), max(o.Leaves, 2)
	o.Rows, o.Columns = min(o.Rows, 1), min(o.Columns, 1)
	return o
}

// Data is rows of features with labels.
type Data struct {
	// X has Width values a row, NaN for a missing one.
	X     []float32
	Width int
	// Label is 0 or 1.
	Label []float32
	// Weight is what a row counts; nil counts every row 1.
	Weight []float32
}

func (d *Data) check() error {
	if d.Width <= 0 || len(d.X) != d.Width*len(d.Label) || (d.Weight != nil && len(d.Weight) != len(d.Label)) {
		return vitrine.Errorf(vitrine.Invalid, "boost: %d values, %d labels and %d weights do not make rows of %d", len(d.X), len(d.Label), len(d.Weight), d.Width)
	}
	for i, v := range d.X {
		if math.IsInf(float64(v), 0) {
			return vitrine.Errorf(vitrine.Invalid, "boost: row %d: feature %d is infinite", i/d.Width, i%d.Width)
		}
	}
	return nil
}

func (d *Data) weight(i int) float64 {
	if d.Weight == nil {
		return 1
	}
	return float64(d.Weight[i])
}

package train

import (
	"math"
	"slices"

	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/neural"
)

// Dataset is rows of features in the order of time, each with its outcome.
type Dataset struct {
	// Features are the names of the numbers of a row; X has len(Features) numbers a row, NaN for an unknown one.
	Features []string
	X        []float32
	// IDNames are the names of the id columns, and IDs the ids by column and row: from 0, -1 unknown.
	IDNames []string
	IDs     [][]int32
	// History is what came before each row, nil without.
	History *neural.History
	// Label is 1 for a positive outcome, else 0. Weight is what a row counts, nil for 1; Position the place where it was shown, nil for unknown.
	Label, Weight []float32
	Position      []int32
	// Group says which rows compete: those of one shopper, or of one answer.
	Group []int32
	// Segments name parts of the rows to judge on their own: by segmentation, the segment of every row.
	Segments map[string][]string
}

// Rows is the number of rows.
func (d *Dataset) Rows() int { return len(d.Label) }

// Check reports, with code [vitrine.Invalid], what makes the dataset unusable. An unknown number is NaN, but a feature that is never known is an error.
func (d *Dataset) Check() error {
	n, width := d.Rows(), len(d.Features)
	if width == 0 || len(d.X) != n*width || len(d.Group) != n || len(d.IDs) != len(d.IDNames) {
		return vitrine.Errorf(vitrine.Invalid, "dataset: %d rows of %d features with %d numbers, %d groups, %d of %d id columns",
			n, width, len(d.X), len(d.Group), len(d.IDs), len(d.IDNames))
	}
	names := slices.Sorted(slices.Values(d.Features))
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return vitrine.Errorf(vitrine.Invalid, "dataset: feature %q twice", names[i])
		}
	}
	known := make([]bool, width)
	for i, v := range d.X {
		if math.IsInf(float64(v), 0) {
			return vitrine.Errorf(vitrine.Invalid, "dataset: row %d: feature %q is infinite", i/width, d.Features[i%width])
		}
		known[i%width] = known[i%width] || v == v
	}
	for f, ok := range known {
		if !ok && n > 0 {
			return vitrine.Errorf(vitrine.Invalid, "dataset: feature %q is NaN in all %d rows", d.Features[f], n)
		}
	}
	for i, y := range d.Label {
		if y != 0 && y != 1 {
			return vitrine.Errorf(vitrine.Invalid, "dataset: row %d: label %v is neither 0 nor 1", i, y)
		}
	}
	for name, of := range d.Segments {
		if len(of) != n {
			return vitrine.Errorf(vitrine.Invalid, "dataset: segmentation %q of %d rows, not %d", name, len(of), n)
		}
	}
	return nil
}

// slice is the rows from … to; they share memory with d.
func (d *Dataset) slice(from, to int) *Dataset {
	s := *d
	width := len(d.Features)
	s.X, s.Label, s.Group = d.X[from*width:to*width], d.Label[from:to], d.Group[from:to]
	s.IDs = nil
	for _, ids := range d.IDs {
		s.IDs = append(s.IDs, ids[from:to])
	}
	if d.Weight != nil {
		s.Weight = d.Weight[from:to]
	}
	if d.Position != nil {
		s.Position = d.Position[from:to]
	}
	if d.History != nil {
		h := *d.History
		h.From, h.To = h.From[from:to], h.To[from:to]
		s.History = &h
	}
	s.Segments = map[string][]string{}
	for name, of := range d.Segments {
		s.Segments[name] = of[from:to]
	}
	return &s
}

// Split divides the rows by time. Invalid when a part would be empty or the first of one class.
func (d *Dataset) Split(train, valid float64) (parts [3]*Dataset, err error) {
	if train <= 0 || valid <= 0 || train+valid >= 1 {
		return parts, vitrine.Errorf(vitrine.Invalid, "split: shares %v and %v leave nothing to test on", train, valid)
	}
	n := d.Rows()
	a, b := int(float64(n)*train), int(math.Round(float64(n)*(train+valid)))
	if a == 0 || b <= a || n <= b {
		return parts, vitrine.Errorf(vitrine.Invalid, "split: %d rows are too few for %v and %v", n, train, valid)
	}
	parts = [3]*Dataset{d.slice(0, a), d.slice(a, b), d.slice(b, n)}
	if positive := parts[0].positives(); positive == 0 || positive == a {
		return parts, vitrine.Errorf(vitrine.Invalid, "split: all labels of the %d training rows are of one class", a)
	}
	return parts, nil
}

func (d *Dataset) positives() int {
	n := 0
	for _, y := range d.Label {
		n += int(y)
	}
	return n
}

// numbers is the view that package boost takes. Trees have no bias of places: where places are known, a positive counts by the inverse of the
// probability that its place is looked at, taken as that of discounted gain (inverse propensity weighting, Joachims et al. 2017).
func (d *Dataset) numbers() boost.Data {
	data := boost.Data{X: d.X, Width: len(d.Features), Label: d.Label, Weight: d.Weight}
	if d.Position == nil {
		return data
	}
	const most = 5
	data.Weight = make([]float32, d.Rows())
	for i, y := range d.Label {
		data.Weight[i] = 1
		if d.Weight != nil {
			data.Weight[i] = d.Weight[i]
		}
		if y > 0.5 && d.Position[i] > 0 {
			data.Weight[i] *= float32(min(most, math.Log2(float64(d.Position[i])+1)))
		}
	}
	return data
}

// network is the view that package neural takes.
func (d *Dataset) network() *neural.Data {
	return &neural.Data{
		X: d.X, Width: len(d.Features), IDs: d.IDs, History: d.History, Position: d.Position, Label: d.Label, Weight: d.Weight, Group: d.Group,
	}
}

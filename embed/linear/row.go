package linear

import (
	"slices"

	"vitrine"
)

// Row is a sparse vector: Value[i] at position Index[i], positions rising.
type Row struct {
	Index []int32
	Value []float32
}

// Dense gives v as a row whose first position is offset.
func Dense(v []float32, offset int) Row {
	r := Row{Index: make([]int32, len(v)), Value: v}
	for i := range v {
		r.Index[i] = int32(offset + i) //nolint:gosec // dimensions are far below 2³¹
	}
	return r
}

// Join lays rows side by side: the i-th begins at offsets[i], and every one ends before the next begins.
func Join(offsets []int, rows ...Row) Row {
	var out Row
	for i, r := range rows {
		for j, at := range r.Index {
			out.Index = append(out.Index, at+int32(offsets[i])) //nolint:gosec // dimensions are far below 2³¹
			out.Value = append(out.Value, r.Value[j])
		}
	}
	return out
}

// Scale gives r with every value multiplied by by; r is not changed.
func (r Row) Scale(by float32) Row {
	out := Row{Index: r.Index, Value: slices.Clone(r.Value)}
	for i := range out.Value {
		out.Value[i] *= by
	}
	return out
}

// check reports what makes rows unfit for a model of dim features.
func check(rows []Row, dim int) error {
	for n, r := range rows {
		if len(r.Index) != len(r.Value) {
			return vitrine.Errorf(vitrine.Invalid, "row %d: %d positions, %d values", n, len(r.Index), len(r.Value))
		}
		last := int32(-1)
		for i, at := range r.Index {
			if at <= last || int(at) >= dim {
				return vitrine.Errorf(vitrine.Invalid, "row %d: position %d after %d, of %d features", n, at, last, dim)
			}
			if v := r.Value[i]; v-v != 0 {
				return vitrine.Errorf(vitrine.Invalid, "row %d: position %d holds %v", n, at, v)
			}
			last = at
		}
	}
	return nil
}

// dot is r·w.
func (r Row) dot(w []float64) float64 {
	var s float64
	value := r.Value[:len(r.Index)]
	for i, at := range r.Index {
		s += float64(value[i]) * w[at]
	}
	return s
}

// addTo adds by·r to w.
func (r Row) addTo(w []float64, by float64) {
	value := r.Value[:len(r.Index)]
	for i, at := range r.Index {
		w[at] += by * float64(value[i])
	}
}

// square is r·r.
func (r Row) square() float64 {
	var s float64
	for _, v := range r.Value {
		s += float64(v) * float64(v)
	}
	return s
}

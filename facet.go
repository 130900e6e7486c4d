package vitrine

// FacetOrder is the order of a facet's values.
type FacetOrder string

// The orders of a facet's values.
const (
	// FacetByCount lists the most frequent value first; it is the default.
	FacetByCount FacetOrder = "count"
	// FacetByValue lists by value: numbers by size, texts by their letters without regard to case.
	FacetByValue FacetOrder = "value"
)

// FacetOptions say how the values of one field are counted; the zero value means the engine's defaults.
type FacetOptions struct {
	// Limit is the largest number of values, in a hierarchy below each value; 0 means the engine's.
	Limit int `json:"limit,omitempty"`
	// Sort is the order of the values.
	Sort FacetOrder `json:"sort,omitempty"`
	// Contains keeps the values in which the text occurs, whatever its case: a search within the facet.
	Contains string `json:"contains,omitempty"`
	// Buckets is the number of ranges that the numbers of a field are divided into at round bounds, with about equally many products in each;
	// fewer come back where the numbers do not allow it. 0 means ranges only when there are more different numbers than Limit.
	Buckets int `json:"buckets,omitempty"`
	// Ranges are to be counted instead of buckets; they may overlap and leave gaps.
	Ranges []FacetRange `json:"ranges,omitempty"`
}

// FacetRange is a range of numbers, from From up to but without To; a nil bound is open. Count is what the engine answers.
type FacetRange struct {
	From  *float64 `json:"from,omitempty"`
	To    *float64 `json:"to,omitempty"`
	Count int      `json:"count"`
}

// Contains reports whether x lies in the range.
func (r *FacetRange) Contains(x float64) bool {
	return (r.From == nil || x >= *r.From) && (r.To == nil || x < *r.To)
}

// FacetRequest asks for the counts of one field.
type FacetRequest struct {
	Field string
	FacetOptions
}

// MaxFacetRanges is the largest number of ranges or buckets of one facet.
const MaxFacetRanges = 100

// Facet counts a field's values over all matches. A numeric field has the least and the largest number that occur, and Ranges where they were
// asked for or where there are too many different numbers to list.
type Facet struct {
	Values []FacetValue `json:"values,omitempty"`
	Ranges []FacetRange `json:"ranges,omitempty"`
	Min    *float64     `json:"min,omitempty"`
	Max    *float64     `json:"max,omitempty"`
}

// FacetValue is a value with the number of matches that have it. In a hierarchy ([FieldCategoryPath]) the values of the next level are below it.
type FacetValue struct {
	Value    string       `json:"value"`
	Count    int          `json:"count"`
	Children []FacetValue `json:"children,omitempty"`
}

// validate reports what is out of bounds, with code [Invalid].
func (o *FacetOptions) validate(field string) error {
	switch {
	case o.Limit < 0:
		return Errorf(Invalid, "field facet_options.%s.limit: %d is negative", field, o.Limit)
	case o.Sort != "" && o.Sort != FacetByCount && o.Sort != FacetByValue:
		return Errorf(Invalid, "field facet_options.%s.sort: %q is neither count nor value", field, o.Sort)
	case o.Buckets < 0 || o.Buckets > MaxFacetRanges:
		return Errorf(Invalid, "field facet_options.%s.buckets: %d is not in 0 … %d", field, o.Buckets, MaxFacetRanges)
	case len(o.Ranges) > MaxFacetRanges:
		return Errorf(Invalid, "field facet_options.%s.ranges: %d ranges, at most %d are allowed", field, len(o.Ranges), MaxFacetRanges)
	}
	for i, r := range o.Ranges {
		if r.From == nil && r.To == nil || r.From != nil && r.To != nil && !(*r.From < *r.To) {
			return Errorf(Invalid, "field facet_options.%s.ranges[%d]: give from, to, or a from below to", field, i)
		}
	}
	return nil
}

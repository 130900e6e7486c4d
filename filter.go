package vitrine

import (
	"slices"
	"strings"
)

// Filter is a condition on products: exactly one of its fields is set. It applies inside every retrieval leg.
type Filter struct {
	And []Filter `json:"and,omitempty"`
	Or  []Filter `json:"or,omitempty"`
	Not *Filter  `json:"not,omitempty"`
	// Term holds when the field has any of the values.
	Term *Term `json:"term,omitempty"`
	// Range holds when the field is a number within all given bounds.
	Range *Range `json:"range,omitempty"`
	// Exists names a field that the product must have.
	Exists string `json:"exists,omitempty"`
}

// Term is a condition on a field's exact value, case-insensitive for texts; numbers and booleans are written as texts ("27", "true").
type Term struct {
	Field  string   `json:"field"`
	Values []string `json:"values"`
}

// Range is a condition on a numeric field; at least one bound is set.
type Range struct {
	Field string   `json:"field"`
	GT    *float64 `json:"gt,omitempty"`
	GTE   *float64 `json:"gte,omitempty"`
	LT    *float64 `json:"lt,omitempty"`
	LTE   *float64 `json:"lte,omitempty"`
}

// Contains reports whether x lies within the bounds.
func (r *Range) Contains(x float64) bool {
	return (r.GT == nil || x > *r.GT) && (r.GTE == nil || x >= *r.GTE) && (r.LT == nil || x < *r.LT) && (r.LTE == nil || x <= *r.LTE)
}

// Holds reports whether the filter holds for a product, as an index finds it; nil holds for all. Only values longer than an index takes differ.
func (f *Filter) Holds(p *Product) bool {
	switch {
	case f == nil:
		return true
	case f.Not != nil:
		return !f.Not.Holds(p)
	case f.Term != nil:
		return f.Term.holds(p)
	case f.Range != nil:
		v, ok := p.Field(f.Range.Field)
		x, isNumber := v.Number()
		return ok && isNumber && f.Range.Contains(x)
	case f.Exists != "":
		_, ok := p.Field(f.Exists)
		return ok
	}
	for i := range f.Or {
		if f.Or[i].Holds(p) {
			return true
		}
	}
	for i := range f.And {
		if !f.And[i].Holds(p) {
			return false
		}
	}
	return f.Or == nil
}

func (t *Term) holds(p *Product) bool {
	v, ok := p.Field(t.Field)
	if !ok {
		return false
	}
	for _, text := range v.Texts() {
		for _, want := range t.Values {
			if strings.ToLower(text) == strings.ToLower(want) { //nolint:staticcheck // indexes fold by ToLower, which EqualFold is not
				return true
			}
		}
	}
	return false
}

// Requires reports whether the filter lets through only products that have one of some values of a field, the given one among them.
func (f *Filter) Requires(field, value string) bool {
	if f == nil {
		return false
	}
	if f.Term != nil {
		return f.Term.Field == field && slices.ContainsFunc(f.Term.Values, func(v string) bool { return strings.EqualFold(v, value) })
	}
	return slices.ContainsFunc(f.And, func(c Filter) bool { return c.Requires(field, value) })
}

// The bounds of a filter's shape.
const (
	maxFilterDepth = 32
	maxFilterNodes = 1024
)

// Validate reports the first part of the filter that is malformed, with code [Invalid]. Whether its fields exist is for the index to say.
func (f *Filter) Validate() error {
	nodes := 0
	return f.validate(1, &nodes)
}

func (f *Filter) validate(depth int, nodes *int) error {
	*nodes++
	if depth > maxFilterDepth {
		return Errorf(Invalid, "filter: nested deeper than %d", maxFilterDepth)
	}
	if *nodes > maxFilterNodes {
		return Errorf(Invalid, "filter: more than %d conditions", maxFilterNodes)
	}
	set := 0
	for _, is := range []bool{f.And != nil, f.Or != nil, f.Not != nil, f.Term != nil, f.Range != nil, f.Exists != ""} {
		if is {
			set++
		}
	}
	if set != 1 {
		return Errorf(Invalid, "filter: exactly one of and, or, not, term, range, exists must be set, %d are", set)
	}
	switch {
	case f.Term != nil:
		if f.Term.Field == "" {
			return Errorf(Invalid, "filter term: field is empty")
		}
		if len(f.Term.Values) == 0 {
			return Errorf(Invalid, "filter term %q: values is empty", f.Term.Field)
		}
	case f.Range != nil:
		r := f.Range
		if r.Field == "" {
			return Errorf(Invalid, "filter range: field is empty")
		}
		if r.GT == nil && r.GTE == nil && r.LT == nil && r.LTE == nil {
			return Errorf(Invalid, "filter range %q: has no bound", r.Field)
		}
		for _, b := range []*float64{r.GT, r.GTE, r.LT, r.LTE} {
			if b != nil && *b != *b {
				return Errorf(Invalid, "filter range %q: a bound is not a number", r.Field)
			}
		}
	case f.Not != nil:
		return f.Not.validate(depth+1, nodes)
	}
	if (f.And != nil && len(f.And) == 0) || (f.Or != nil && len(f.Or) == 0) {
		return Errorf(Invalid, "filter: and/or has no condition")
	}
	for i := range f.And {
		if err := f.And[i].validate(depth+1, nodes); err != nil {
			return err
		}
	}
	for i := range f.Or {
		if err := f.Or[i].validate(depth+1, nodes); err != nil {
			return err
		}
	}
	return nil
}

// Without returns the filter without those of its conditions that must hold and speak of no other field; nil when nothing is left. A condition
// that joins the field with others by OR stays.
func (f *Filter) Without(field string) *Filter {
	if f == nil {
		return nil
	}
	if f.And == nil {
		if slices.Equal(f.Fields(), []string{field}) {
			return nil
		}
		return f
	}
	var rest []Filter
	for i := range f.And {
		if c := f.And[i].Without(field); c != nil {
			rest = append(rest, *c)
		}
	}
	switch len(rest) {
	case 0:
		return nil
	case 1:
		return &rest[0]
	}
	return &Filter{And: rest}
}

// Fields returns the names of the fields that the filter speaks of, sorted, each once.
func (f *Filter) Fields() []string {
	var names []string
	var walk func(*Filter)
	walk = func(f *Filter) {
		switch {
		case f.Term != nil:
			names = append(names, f.Term.Field)
		case f.Range != nil:
			names = append(names, f.Range.Field)
		case f.Exists != "":
			names = append(names, f.Exists)
		case f.Not != nil:
			walk(f.Not)
		}
		for i := range f.And {
			walk(&f.And[i])
		}
		for i := range f.Or {
			walk(&f.Or[i])
		}
	}
	walk(f)
	slices.Sort(names)
	return slices.Compact(names)
}

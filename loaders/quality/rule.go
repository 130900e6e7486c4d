package quality

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vitrine"
)

// Rule is what a shop asks of one field of its products: a built-in one or an attribute, as filters name them.
type Rule struct {
	Field string `yaml:"field" json:"field"`
	// Required asks for a value.
	Required bool `yaml:"required,omitempty" json:"required,omitempty"`
	// Min and Max bound a number; nil is no bound.
	Min *float64 `yaml:"min,omitempty" json:"min,omitempty"`
	Max *float64 `yaml:"max,omitempty" json:"max,omitempty"`
	// Pattern is a regular expression that the whole of every text must match; empty is none.
	Pattern string `yaml:"pattern,omitempty" json:"pattern,omitempty"`
	// Values are the only ones allowed; empty allows all.
	Values []string `yaml:"values,omitempty" json:"values,omitempty"`
}

// rule is a rule that is ready to be used.
type rule struct {
	Rule
	pattern *regexp.Regexp
}

func compile(rules []Rule) ([]rule, error) {
	var out []rule
	for i, r := range rules {
		c := rule{Rule: r}
		if r.Field == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "check rule %d: names no field", i+1)
		}
		if r.Min != nil && r.Max != nil && *r.Min > *r.Max {
			return nil, vitrine.Errorf(vitrine.Invalid, "check rule %d, field %s: min %g is above max %g", i+1, r.Field, *r.Min, *r.Max)
		}
		if r.Pattern != "" {
			var err error
			if c.pattern, err = regexp.Compile("^(?:" + r.Pattern + ")$"); err != nil {
				return nil, vitrine.Errorf(vitrine.Invalid, "check rule %d, field %s: pattern: %w", i+1, r.Field, err)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// broken says how a product breaks the rule, or "".
func (r *rule) broken(p *vitrine.Product) string {
	v, ok := p.Field(r.Field)
	if !ok {
		if r.Required {
			return "is required"
		}
		return ""
	}
	if n, number := v.Number(); number {
		switch {
		case r.Min != nil && n < *r.Min:
			return "is below " + strconv.FormatFloat(*r.Min, 'g', -1, 64)
		case r.Max != nil && n > *r.Max:
			return "is above " + strconv.FormatFloat(*r.Max, 'g', -1, 64)
		}
	} else if r.Min != nil || r.Max != nil {
		return "is not a number"
	}
	for _, t := range v.Texts() {
		switch {
		case r.pattern != nil && !r.pattern.MatchString(t):
			return "does not match " + r.Pattern
		case len(r.Values) > 0 && !slices.Contains(r.Values, t):
			return "is none of " + strings.Join(r.Values, ", ")
		}
	}
	return ""
}

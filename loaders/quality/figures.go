package quality

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vitrine"
)

// outliers notes the figures far from the median of their category. Prices, and other figures that are all positive and spread over a factor of 100 or more,
// are compared by their logarithms.
func (c *Checker) outliers() {
	keys := slices.SortedFunc(maps.Keys(c.numbers), func(a, b series) int {
		return cmp.Or(strings.Compare(a.field, b.field), strings.Compare(a.category, b.category))
	})
	for _, s := range keys {
		figures := c.numbers[s]
		if len(figures) < c.options.Fewest {
			continue
		}
		values := make([]float64, len(figures))
		for i, f := range figures {
			values[i] = f.value
		}
		logarithm := slices.Min(values) > 0 && (s.field == vitrine.FieldPrice || slices.Max(values) >= 100*slices.Min(values))
		if logarithm {
			for i := range values {
				values[i] = math.Log(values[i])
			}
		}
		middle := median(slices.Clone(values))
		distances := make([]float64, len(values))
		for i, v := range values {
			distances[i] = math.Abs(v - middle)
		}
		// 1.4826 makes the median absolute deviation the standard deviation of a normal distribution (Hampel 1974). More than half the same
		// figure has none, and nothing to say about the others.
		deviation := 1.4826 * median(slices.Clone(distances))
		if deviation == 0 {
			continue
		}
		typical := middle
		if logarithm {
			typical = math.Exp(middle)
		}
		for i, d := range distances {
			if score := d / deviation; score > c.options.Score {
				c.about(Outlier, figures[i].item, s.field, short(figures[i].value), fmt.Sprintf("robust z-score %.1f; the median of %q is %s", score, s.category, short(typical)))
			}
		}
	}
}

// median sorts values and gives the one in the middle.
func median(values []float64) float64 {
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}

// withUnit is a text that is one figure with its unit.
var withUnit = regexp.MustCompile(`^\s*[-+]?\d+(?:[.,]\d+)?\s*([\pL"'%°µ²³/]{1,12})\.?\s*$`)

// measured is a value with its unit; empty of a bare number.
type measured struct {
	item        int
	unit, value string
}

// measure notes the unit of a value that is a figure.
func (c *Checker) measure(i int, name string, v vitrine.Value) {
	if _, number := v.Number(); number {
		c.units[name] = append(c.units[name], measured{i, "", v.String()})
		return
	}
	for _, t := range v.Texts() {
		if m := withUnit.FindStringSubmatch(t); m != nil {
			c.units[name] = append(c.units[name], measured{i, strings.ToLower(m[1]), t})
		}
	}
}

// clashes notes the values of an attribute whose unit is not that of most, where those of the minority are few.
func (c *Checker) clashes() {
	for _, name := range slices.Sorted(maps.Keys(c.units)) {
		values := c.units[name]
		counts := map[string]int{}
		for _, m := range values {
			counts[m.unit]++
		}
		if len(counts) < 2 || len(values) < c.options.Fewest {
			continue
		}
		units := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
		for _, m := range values {
			if float64(counts[m.unit]) < c.options.Minority*float64(len(values)) {
				c.about(UnitClash, m.item, name, m.value, fmt.Sprintf("%s, while most are in %s", named(m.unit), named(units[0])))
			}
		}
	}
}

func named(unit string) string {
	if unit == "" {
		return "no unit"
	}
	return unit
}

func short(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

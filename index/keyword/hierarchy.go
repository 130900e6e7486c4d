package keyword

import (
	"strings"

	"vitrine"
)

// tree puts counted paths below each other, in their order, at most limit below each. A path whose parent is not there, as it was left out by a search
// within the facet, stands at the top.
func tree(list []*valueCount, limit int) []vitrine.FacetValue {
	listed := make(map[string]bool, len(list))
	for _, c := range list {
		listed[c.folded] = true
	}
	below := map[string][]*valueCount{}
	for _, c := range list {
		parent := ""
		if i := strings.LastIndex(c.folded, vitrine.PathSeparator); i >= 0 && listed[c.folded[:i]] {
			parent = c.folded[:i]
		}
		below[parent] = append(below[parent], c)
	}
	var grow func(parent string) []vitrine.FacetValue
	grow = func(parent string) []vitrine.FacetValue {
		children := below[parent]
		var values []vitrine.FacetValue
		for _, c := range children[:min(limit, len(children))] {
			values = append(values, vitrine.FacetValue{Value: c.shown, Count: c.products, Children: grow(c.folded)})
		}
		return values
	}
	return grow("")
}

package configs

import (
	"fmt"
	"slices"

	"vitrine/retrieve/experiment"
)

// validateExperiments checks what the search is to be compared with; an index takes part in one experiment at a time.
func (c *Config) validateExperiments(check func(ok bool, key string, value any, want string)) {
	names, indexes := map[string]bool{}, map[string]bool{}
	for i := range c.Experiments {
		e := &c.Experiments[i]
		key := fmt.Sprintf("experiments[%d]", i)
		err := e.Validate()
		check(err == nil, key, err, "valid")
		check(!names[e.Name], key+".name", e.Name, "the only one of its name")
		index := c.ExperimentIndex(e)
		check(!indexes[index], key+".index", index, "an index without another experiment")
		names[e.Name], indexes[index] = true, true
		for _, v := range e.Variants {
			check(v.Fusion == "" || slices.Contains(fusions(), v.Fusion), key+".variants."+v.Name+".fusion", v.Fusion, fmt.Sprintf("one of %v", fusions()))
			for leg := range v.Weights {
				check(slices.Contains(legs(), leg), key+".variants."+v.Name+".weights", leg, fmt.Sprintf("one of %v", legs()))
			}
		}
	}
}

// ExperimentIndex is the index whose searches take part in an experiment.
func (c *Config) ExperimentIndex(e *experiment.Experiment) string {
	if e.Index == "" {
		return c.Index.Name
	}
	return e.Index
}

func fusions() []string { return []string{"rrf", "relative", "dbsf", "convex"} }

func legs() []string { return []string{"keyword", "text", "joint"} }

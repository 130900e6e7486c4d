package profile

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"vitrine"
)

// crowd learns from the shoppers whose gender, age or region is known what others of the same tastes may be: a naive Bayes classifier over
// the values that they acted on. Safe for concurrent use.
type crowd struct {
	mu    sync.RWMutex
	kinds map[string]*classes
}

// classes count, for one of "gender", "age" and "region", the values that shoppers of each class acted on: in all, per field, and each.
type classes struct {
	total  map[string]float64
	values map[trait]map[string]float64
	fields map[string]map[string]float64
}

// trait is a value of a field.
type trait struct{ field, value string }

func newCrowd() *crowd { return &crowd{kinds: map[string]*classes{}} }

// Names of what is inferred.
const (
	inferGender = "gender"
	inferAge    = "age"
	inferRegion = "region"
)

// labels are the classes that a shopper is known to be in.
func (g Given) labels() map[string]string {
	out := map[string]string{}
	if g.Gender != "" {
		out[inferGender] = g.Gender
	}
	if g.Age > 0 {
		out[inferAge] = AgeBand(g.Age)
	}
	if g.Region != "" {
		out[inferRegion] = g.Region
	}
	return out
}

// AgeBand names the band of an age in years, as in "25-34"; "" when it is unknown.
func AgeBand(years int) string {
	switch {
	case years <= 0:
		return ""
	case years < 25:
		return "16-24"
	case years < 35:
		return "25-34"
	case years < 45:
		return "35-44"
	case years < 55:
		return "45-54"
	case years < 65:
		return "55-64"
	}
	return "65+"
}

// count adds every value that a shopper acted on, once, or with -1 takes them out again.
func (c *crowd) count(s *State, sign float64) {
	labels := s.Given.labels()
	if len(labels) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for field, values := range s.Taste.Fields {
		for value := range values {
			c.add(labels, trait{field, value}, sign)
		}
	}
}

// learn adds the values that were new to a shopper's state in the latest act.
func (c *crowd) learn(f *Folder, s *State, item *Item) {
	labels := s.Given.labels()
	if len(labels) == 0 || item == nil || item.Product == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f.Fields(item.Product, func(field, value string) {
		if v := s.Taste.Fields[field][value]; v != nil && v.acts() == 1 {
			c.add(labels, trait{field, value}, 1)
		}
	})
}

func (c *crowd) add(labels map[string]string, t trait, n float64) {
	for kind, class := range labels {
		k := c.kinds[kind]
		if k == nil {
			k = &classes{total: map[string]float64{}, values: map[trait]map[string]float64{}, fields: map[string]map[string]float64{}}
			c.kinds[kind] = k
		}
		if k.values[t] == nil {
			k.values[t] = map[string]float64{}
		}
		if k.fields[t.field] == nil {
			k.fields[t.field] = map[string]float64{}
		}
		k.total[class] += n
		k.values[t][class] += n
		k.fields[t.field][class] += n
	}
}

const (
	// fewest is the number of values of known shoppers below which nothing is inferred.
	fewest = 500
	// smoothing is the prior count of a value in a class.
	smoothing = 3
	// caution is how many times what chance explains must be seen to be believed at all.
	caution = 2
	// temper weighs one value's evidence: the fields of one product tell much the same, and naive Bayes would take each as news.
	temper = 0.7
)

// infer guesses what is not given.
func (c *crowd) infer(s *State) map[string]vitrine.Inference {
	known := s.Given.labels()
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := map[string]vitrine.Inference{}
	for kind, k := range c.kinds {
		if known[kind] == "" {
			if guess, ok := k.infer(&s.Taste); ok {
				out[kind] = guess
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// infer returns the likeliest class and what speaks for it.
func (k *classes) infer(t *taste) (vitrine.Inference, bool) {
	all := sum(k.total)
	if all < fewest || len(t.Fields) == 0 {
		return vitrine.Inference{}, false
	}
	scores := map[string]float64{}
	for class, n := range k.total {
		if n > 0 {
			scores[class] = math.Log(n / all)
		}
	}
	clues := map[string][]clue{}
	for field, values := range t.Fields {
		for value, v := range values {
			if v.Weight <= 0 {
				continue
			}
			told := temper * k.significance(trait{field, value})
			for class := range scores {
				if told > 0 {
					s := told * math.Log(k.lift(trait{field, value}, class))
					scores[class] += s
					clues[class] = append(clues[class], clue{field + ": " + value, s})
				}
			}
		}
	}
	return best(scores, clues), true
}

// lift is how much likelier a class acts on a value than everybody, held back by the smoothing.
func (k *classes) lift(t trait, class string) float64 {
	base := sum(k.values[t]) / sum(k.fields[t.field])
	return (k.values[t][class] + smoothing*base) / (k.fields[t.field][class] + smoothing) / base
}

// significance is the share of a value's differences between the classes that chance does not explain, from 0 to 1: its G statistic against
// what it would be by chance, as in the shrinkage of James and Stein.
func (k *classes) significance(t trait) float64 {
	counts, inField := k.values[t], k.fields[t.field]
	inValue, all := sum(counts), sum(inField)
	if inValue <= 0 || all <= 0 {
		return 0
	}
	g := 0.0
	for class, n := range counts {
		if expected := inValue * inField[class] / all; n > 0 && expected > 0 {
			g += 2 * n * math.Log(n/expected)
		}
	}
	if g <= 0 {
		return 0
	}
	return max(0, 1-caution*float64(len(k.total)-1)/g)
}

func sum(counts map[string]float64) (s float64) {
	for _, n := range counts {
		s += n
	}
	return s
}

// clue is a value with what it adds to a class's score.
type clue struct {
	name  string
	score float64
}

func best(scores map[string]float64, clues map[string][]clue) vitrine.Inference {
	winner, most, total := "", math.Inf(-1), 0.0
	for class, s := range scores {
		if s > most || s == most && class < winner {
			winner, most = class, s
		}
	}
	for _, s := range scores {
		total += math.Exp(s - most)
	}
	list := clues[winner]
	slices.SortFunc(list, func(a, b clue) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.name, b.name)) })
	guess := vitrine.Inference{Value: winner, Confidence: 1 / total}
	for _, c := range list[:min(len(list), remembered)] {
		if c.score > 0 {
			guess.From = append(guess.From, c.name)
		}
	}
	return guess
}

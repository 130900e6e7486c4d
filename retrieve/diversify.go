package retrieve

import (
	"vitrine"
)

// spread reorders hits by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each place goes to the hit with the largest
// (1−diversity)·relevance − diversity·(its likeness to the most like hit before it). Relevance is the score stretched to 0 … 1 over the hits;
// scores stay as they are, so they no longer fall from hit to hit.
func (s *search) spread(hits []vitrine.Hit, diversity float64) {
	if diversity == 0 || len(hits) < 3 {
		return
	}
	defer s.stages.begin("diversify")()
	forms := make([]form, len(hits))
	for i := range hits {
		forms[i] = s.form(&hits[i])
	}
	least, most := hits[0].Score, hits[0].Score
	for _, h := range hits {
		least, most = min(least, h.Score), max(most, h.Score)
	}
	relevance := func(i int) float64 {
		if most == least {
			return 1
		}
		return (hits[i].Score - least) / (most - least)
	}
	closest := make([]float64, len(hits))
	for place := range hits {
		best, value := place, 0.0
		for i := place; i < len(hits); i++ {
			if v := (1-diversity)*relevance(i) - diversity*closest[i]; i == place || v > value {
				best, value = i, v
			}
		}
		// The hits that were passed over keep their order.
		hit, chosen, near := hits[best], forms[best], closest[best]
		copy(hits[place+1:best+1], hits[place:best])
		copy(forms[place+1:best+1], forms[place:best])
		copy(closest[place+1:best+1], closest[place:best])
		hits[place], forms[place], closest[place] = hit, chosen, near
		for i := place + 1; i < len(hits); i++ {
			closest[i] = max(closest[i], likeness(chosen, forms[i]))
		}
	}
}

// form is what likeness between hits is judged by.
type form struct {
	group   string
	vectors [2][]float32
}

// form prefers how a product looks to what is said about it.
func (s *search) form(h *vitrine.Hit) form {
	f := form{group: h.Product.Group}
	if s.Vectors != nil {
		for i, space := range []string{vitrine.SpaceJoint, vitrine.SpaceText} {
			f.vectors[i] = s.Vectors.Vector(space, h.Doc)
		}
	}
	return f
}

// likeness is 1 for variants of one article, else the cosine similarity in the first space where both have a vector, at least 0.
func likeness(a, b form) float64 {
	if a.group != "" && a.group == b.group {
		return 1
	}
	for i := range a.vectors {
		if v, w := a.vectors[i], b.vectors[i]; len(v) > 0 && len(v) == len(w) {
			dot := float32(0)
			for j := range v {
				dot += v[j] * w[j]
			}
			return max(float64(dot), 0)
		}
	}
	return 0
}

package retrieve

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vitrine"
)

// collapse looks the groups of the matches up when hits are to be collapsed.
func (s *search) collapse(ctx context.Context, p *pool) error {
	field := s.query.Collapse
	if field == "" {
		return nil
	}
	if s.Columns == nil {
		return vitrine.Errorf(vitrine.Unavailable, "field collapse: the index cannot group")
	}
	defer s.stages.begin("collapse")()
	groups, err := s.Columns.Groups(ctx, field, p.matches)
	if err != nil {
		return fmt.Errorf("field collapse: %w", err)
	}
	p.groups = groups
	counted := map[uint32]bool{}
	for d := range p.matches.All() {
		if g := p.group(d); g == 0 {
			p.hits++
		} else if !counted[g] {
			counted[g] = true
			p.hits++
		}
	}
	return nil
}

// group is the number of a product's group, 0 when it has none or hits are not collapsed.
func (p *pool) group(d vitrine.Doc) uint32 {
	if int(d) >= len(p.groups) {
		return 0
	}
	return p.groups[d]
}

// key is what a hit is known by from page to page: its group when hits are collapsed, so that another product of it does not come again.
func (s *search) key(h *vitrine.Hit) string {
	if s.query.Collapse != "" {
		if v, ok := h.Product.Field(s.query.Collapse); ok && len(v.Texts()) > 0 {
			return "group\x00" + strings.ToLower(v.Texts()[0])
		}
	}
	return "id\x00" + h.ID
}

// variants adds to collapsed hits the other products of their groups: those of the ranking in its order, then the other matches, newest first.
func (s *search) variants(ctx context.Context, p *pool, hits []vitrine.Hit) error {
	of := map[uint32]int{}
	for i := range hits {
		if g := p.group(hits[i].Doc); g != 0 {
			of[g] = i
		}
	}
	if len(of) == 0 {
		return nil
	}
	members := make([][]vitrine.Candidate, len(hits))
	ranked := map[vitrine.Doc]bool{}
	add := func(c vitrine.Candidate) {
		if i, ok := of[p.group(c.Doc)]; ok && c.Doc != hits[i].Doc {
			members[i] = append(members[i], c)
		}
	}
	for _, c := range p.ranking {
		ranked[c.Doc] = true
		add(c)
	}
	for d := range p.matches.Backward() {
		if !ranked[d] {
			add(vitrine.Candidate{Doc: d})
		}
	}
	var all []vitrine.Candidate
	for i := range members {
		hits[i].VariantCount = len(members[i])
		members[i] = members[i][:min(len(members[i]), max(s.query.Variants, 0))]
		all = append(all, members[i]...)
	}
	found, err := s.load(ctx, p, all)
	if err != nil {
		return err
	}
	s.dress(found)
	for i := range members {
		n := len(members[i])
		hits[i].Variants = slices.Clip(present(found[:n:n]))
		found = found[n:]
	}
	return nil
}

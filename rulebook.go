package vitrine

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// RuleBook is all that the merchandisers of an index have laid down.
type RuleBook struct {
	// Boosts apply to every query.
	Boosts []Boost `json:"boosts"`
	// Rules are in the order of their ids.
	Rules []Rule `json:"rules"`
}

// MaxRules is the largest number of rules of an index.
const MaxRules = 10_000

// ParseRuleBook reads a book from JSON; an empty text is an empty book. The error's code is [Invalid] for what cannot be read or is malformed.
func ParseRuleBook(data []byte) (*RuleBook, error) {
	b := &RuleBook{}
	if len(data) > 0 {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(b); err != nil {
			return nil, Errorf(Invalid, "rules: %w", err)
		}
	}
	if err := b.Validate(); err != nil {
		return nil, err
	}
	slices.SortFunc(b.Rules, func(x, y Rule) int { return strings.Compare(x.ID, y.ID) })
	return b, nil
}

// Validate reports the first malformed rule or boost, and an id that comes twice, with code [Invalid].
func (b *RuleBook) Validate() error {
	if len(b.Rules) > MaxRules {
		return Errorf(Invalid, "rules: %d, at most %d are allowed", len(b.Rules), MaxRules)
	}
	if err := ValidateBoosts(b.Boosts); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range b.Rules {
		if err := b.Rules[i].Validate(); err != nil {
			return err
		}
		if seen[b.Rules[i].ID] {
			return Errorf(Invalid, "rule %q: comes twice", b.Rules[i].ID)
		}
		seen[b.Rules[i].ID] = true
	}
	return nil
}

// Rule returns a rule by its id; [NotFound] when there is none.
func (b *RuleBook) Rule(id string) (*Rule, error) {
	i, ok := b.find(id)
	if !ok {
		return nil, Errorf(NotFound, "rule %q: unknown", id)
	}
	return &b.Rules[i], nil
}

// With returns a copy of the book in which the rule is, instead of one with its id.
func (b *RuleBook) With(r Rule) *RuleBook {
	c := &RuleBook{Boosts: b.Boosts, Rules: slices.Clone(b.Rules)}
	i, ok := c.find(r.ID)
	if ok {
		c.Rules[i] = r
	} else {
		c.Rules = slices.Insert(c.Rules, i, r)
	}
	return c
}

// Without returns a copy of the book without a rule; [NotFound] when there is none of the id.
func (b *RuleBook) Without(id string) (*RuleBook, error) {
	i, ok := b.find(id)
	if !ok {
		return nil, Errorf(NotFound, "rule %q: unknown", id)
	}
	return &RuleBook{Boosts: b.Boosts, Rules: slices.Delete(slices.Clone(b.Rules), i, i+1)}, nil
}

func (b *RuleBook) find(id string) (int, bool) {
	return slices.BinarySearchFunc(b.Rules, id, func(r Rule, id string) int { return strings.Compare(r.ID, id) })
}

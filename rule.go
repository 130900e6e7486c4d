package vitrine

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Rule is what a merchandiser wants of a search: what is to happen, and when.
type Rule struct {
	// ID names the rule within its index: 1 to 64 letters, digits, "-" and "_".
	ID string `json:"id"`
	// Note is for people.
	Note string `json:"note,omitempty"`
	// Off keeps the rule without applying it.
	Off bool `json:"off,omitempty"`
	// Priority decides between rules that contradict each other: the higher wins, then the smaller id.
	Priority int      `json:"priority,omitempty"`
	When     RuleWhen `json:"when,omitzero"`
	Then     RuleThen `json:"then"`
}

// RuleWhen are the conditions of a rule, which must all hold; without any the rule always applies.
type RuleWhen struct {
	// Queries are patterns of the words, of which one must fit.
	Queries []Pattern `json:"queries,omitempty"`
	// Chosen are values that the query's filter asks for, as a category page or a facet does; all of them.
	Chosen []Chosen `json:"chosen,omitempty"`
	// Context and Segments are tags of the query, of which one must be given.
	Context  []string `json:"context,omitempty"`
	Segments []string `json:"segments,omitempty"`
	// From and Until bound the time; Until itself is out.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// PatternMatch is how a pattern meets the words of a query.
type PatternMatch string

// The ways to match. All compare whole words, without regard to case, accents and punctuation.
const (
	// MatchContains fits a query that has the words side by side; it is the default.
	MatchContains PatternMatch = "contains"
	// MatchExact fits the whole query; with an empty text it fits a query without words.
	MatchExact PatternMatch = "exact"
	// MatchStarts and MatchEnds fit a query that starts or ends with the words.
	MatchStarts PatternMatch = "starts_with"
	MatchEnds   PatternMatch = "ends_with"
)

// Pattern is a pattern of the words of a query.
type Pattern struct {
	Text  string       `json:"text"`
	Match PatternMatch `json:"match,omitempty"`
}

// Chosen is a value of a field that a filter asks for.
type Chosen struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// RuleThen are the consequences of a rule.
type RuleThen struct {
	// Pin puts products at places.
	Pin []Pin `json:"pin,omitempty"`
	// Boost moves products up, or with a negative weight down.
	Boost []Boost `json:"boost,omitempty"`
	// Bury puts products behind all others that are ranked, and Hide leaves them out.
	Bury *Selection `json:"bury,omitempty"`
	Hide *Selection `json:"hide,omitempty"`
	// Filter must hold for every hit that is not pinned.
	Filter *Filter `json:"filter,omitempty"`
	// Redirect is the address that the shopper is sent to: http, https, or a path of the shop.
	Redirect string  `json:"redirect,omitempty"`
	Banner   *Banner `json:"banner,omitempty"`
}

// Selection are products by id, by a condition, or both.
type Selection struct {
	IDs    []string `json:"ids,omitempty"`
	Filter *Filter  `json:"filter,omitempty"`
}

// AsFilter is the condition that selects.
func (s *Selection) AsFilter() Filter {
	byID := Filter{Term: &Term{Field: FieldID, Values: s.IDs}}
	switch {
	case s.Filter == nil:
		return byID
	case len(s.IDs) == 0:
		return *s.Filter
	}
	return Filter{Or: []Filter{byID, *s.Filter}}
}

// The bounds of a rule.
const (
	maxRuleID      = 64
	maxRuleTexts   = 1000
	maxRuleText    = 2048
	maxPins        = 100
	maxPinPosition = 1000
)

// Validate reports the first part of the rule that is malformed, with code [Invalid] and the rule's id.
func (r *Rule) Validate() error {
	foreign := func(c rune) bool {
		return c != '-' && c != '_' && (c >= utf8.RuneSelf || !unicode.IsLetter(c) && !unicode.IsDigit(c))
	}
	if r.ID == "" || len(r.ID) > maxRuleID || strings.ContainsFunc(r.ID, foreign) {
		return Errorf(Invalid, "rule id %q: give 1 to %d of A-Z, a-z, 0-9, - and _", r.ID, maxRuleID)
	}
	for _, check := range []func() error{r.When.validate, r.Then.validate} {
		if err := check(); err != nil {
			return Errorf(Invalid, "rule %q: %w", r.ID, err)
		}
	}
	return nil
}

func (w *RuleWhen) validate() error {
	if n := len(w.Queries) + len(w.Chosen) + len(w.Context) + len(w.Segments); n > maxRuleTexts {
		return Errorf(Invalid, "when: %d conditions, at most %d are allowed", n, maxRuleTexts)
	}
	for i, p := range w.Queries {
		switch p.Match {
		case "", MatchExact, MatchContains, MatchStarts, MatchEnds:
		default:
			return Errorf(Invalid, "when.queries[%d].match: %q is none of exact, contains, starts_with, ends_with", i, p.Match)
		}
		if len(p.Text) > maxRuleText {
			return Errorf(Invalid, "when.queries[%d].text: %d bytes, at most %d are allowed", i, len(p.Text), maxRuleText)
		}
		if p.Match != MatchExact && !strings.ContainsFunc(p.Text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) {
			return Errorf(Invalid, "when.queries[%d].text: has no word", i)
		}
	}
	for i, c := range w.Chosen {
		if c.Field == "" || c.Value == "" {
			return Errorf(Invalid, "when.chosen[%d]: give field and value", i)
		}
	}
	if !w.From.IsZero() && !w.Until.IsZero() && !w.From.Before(w.Until) {
		return Errorf(Invalid, "when.until: is not after from")
	}
	return nil
}

func (t *RuleThen) validate() error {
	if len(t.Pin) == 0 && len(t.Boost) == 0 && t.Bury == nil && t.Hide == nil && t.Filter == nil && t.Redirect == "" && t.Banner == nil {
		return Errorf(Invalid, "then: says nothing")
	}
	if len(t.Pin) > maxPins {
		return Errorf(Invalid, "then.pin: %d products, at most %d are allowed", len(t.Pin), maxPins)
	}
	for i, p := range t.Pin {
		if p.ID == "" || p.Position < 1 || p.Position > maxPinPosition {
			return Errorf(Invalid, "then.pin[%d]: give an id and a position in 1 … %d", i, maxPinPosition)
		}
	}
	if err := ValidateBoosts(t.Boost); err != nil {
		return fmt.Errorf("then.boost: %w", err)
	}
	if err := t.Bury.validate("then.bury"); err != nil {
		return err
	}
	if err := t.Hide.validate("then.hide"); err != nil {
		return err
	}
	if t.Filter != nil {
		if err := t.Filter.Validate(); err != nil {
			return fmt.Errorf("then.filter: %w", err)
		}
	}
	if err := t.Banner.validate(); err != nil {
		return err
	}
	return checkAddress("then.redirect", t.Redirect)
}

func (s *Selection) validate(field string) error {
	switch {
	case s == nil:
		return nil
	case len(s.IDs) == 0 && s.Filter == nil:
		return Errorf(Invalid, "%s: give ids or a filter", field)
	case len(s.IDs) > maxRuleTexts:
		return Errorf(Invalid, "%s: %d ids, at most %d are allowed", field, len(s.IDs), maxRuleTexts)
	case s.Filter != nil:
		return s.Filter.Validate()
	}
	return nil
}

func (b *Banner) validate() error {
	if b == nil {
		return nil
	}
	if b.Title == "" && b.Text == "" && b.Image == "" {
		return Errorf(Invalid, "then.banner: give a title, a text or an image")
	}
	if err := checkAddress("then.banner.url", b.URL); err != nil {
		return err
	}
	return checkAddress("then.banner.image", b.Image)
}

// checkAddress refuses what a browser should not be sent to, as "javascript:…"; an empty address is none.
func checkAddress(field, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	local := err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.Contains(address, `\`)
	if len(address) > maxRuleText || !web && !local {
		return Errorf(Invalid, "%s: %q is neither an http or https address nor a path that begins with /", field, address)
	}
	return nil
}

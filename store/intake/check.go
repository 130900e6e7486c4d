package intake

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"vitrine"
)

// check returns what is wrong with an event, naming the field; "" when nothing is.
func check(e *vitrine.Event) string {
	for _, f := range []struct {
		name, text string
		longest    int
	}{
		{"id", e.ID, 128},
		{"user", e.User, 256},
		{"session", e.Session, 256},
		{"product", e.Product, vitrine.MaxIDLength},
		{"query", e.Query, 2048},
		{"list", e.List, 64},
		{"device", e.Device, 64},
	} {
		switch {
		case len(f.text) > f.longest:
			return fmt.Sprintf("field %s: %d bytes, at most %d are allowed", f.name, len(f.text), f.longest)
		case !utf8.ValidString(f.text) || strings.ContainsFunc(f.text, unicode.IsControl):
			return fmt.Sprintf("field %s: contains a control character or is not valid UTF-8", f.name)
		}
	}
	switch {
	case !known(e.Kind):
		return fmt.Sprintf("field kind: %q is none of %s", e.Kind, kinds())
	case e.User == "" && e.Session == "":
		return "field user: give user or session"
	case e.Product == "" && e.Kind != vitrine.EventSearch:
		return "field product: is empty"
	case e.Query == "" && e.Kind == vitrine.EventSearch:
		return "field query: is empty"
	case e.Position < 0 || e.Position > 1_000_000:
		return fmt.Sprintf("field position: %d is not in 0 … 1000000", e.Position)
	case !(e.Propensity >= 0 && e.Propensity <= 1):
		return fmt.Sprintf("field propensity: %v is not in 0 … 1", e.Propensity)
	case e.Kind == vitrine.EventRating && !(e.Value >= 1 && e.Value <= 5):
		return fmt.Sprintf("field value: a rating of %v is not in 1 … 5", e.Value)
	case !(e.Value >= 0 && e.Value <= 1e9) || math.IsInf(e.Value, 0):
		return fmt.Sprintf("field value: %v is not in 0 … 1e9", e.Value)
	case !e.Time.IsZero() && (e.Time.Year() < 1970 || e.Time.Year() > 2200):
		return fmt.Sprintf("field time: the year %d is out of range", e.Time.Year())
	}
	return ""
}

// Kinds lists the kinds of events.
func Kinds() []vitrine.EventKind {
	return []vitrine.EventKind{
		vitrine.EventImpression, vitrine.EventView, vitrine.EventClick, vitrine.EventCart, vitrine.EventUncart, vitrine.EventPurchase,
		vitrine.EventReturn, vitrine.EventRating, vitrine.EventSearch, vitrine.EventLike, vitrine.EventDislike,
	}
}

func known(kind vitrine.EventKind) bool {
	for _, k := range Kinds() {
		if k == kind {
			return true
		}
	}
	return false
}

func kinds() string {
	names := make([]string, len(Kinds()))
	for i, k := range Kinds() {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

package web

import (
	"slices"

	"vitrine"
)

// orderView is an order that the hits can be in.
type orderView struct {
	// Value is what the address says, as in "price:asc"; "" is relevance.
	Value, Label string
	Chosen       bool
}

// orders lists the orders that every shop can offer.
func orders(q search) []orderView {
	first := "Best match"
	if !q.asks() {
		first = "Newest here"
	}
	list := []orderView{
		{Value: "", Label: first},
		{Value: vitrine.FieldPrice + ":asc", Label: "Price: low to high"},
		{Value: vitrine.FieldPrice + ":desc", Label: "Price: high to low"},
		{Value: vitrine.FieldReleased + ":desc", Label: "Latest release"},
		{Value: vitrine.FieldTitle + ":asc", Label: "Name"},
	}
	for i := range list {
		list[i].Chosen = list[i].Value == q.Sort
	}
	return list
}

// order returns an order of an address if it is one that is offered, else that of relevance.
func (s *site) order(value string) string {
	if slices.ContainsFunc(orders(search{}), func(o orderView) bool { return o.Value == value }) {
		return value
	}
	return ""
}

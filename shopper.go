package vitrine

import "time"

// EventKind is what a shopper did.
type EventKind string

// The kinds of events.
const (
	EventImpression EventKind = "impression"
	EventView       EventKind = "view"
	EventClick      EventKind = "click"
	EventCart       EventKind = "cart"
	EventUncart     EventKind = "uncart"
	EventPurchase   EventKind = "purchase"
	EventReturn     EventKind = "return"
	EventRating     EventKind = "rating"
	EventSearch     EventKind = "search"
	EventLike       EventKind = "like"
	EventDislike    EventKind = "dislike"
)

// Event is one act of one shopper.
type Event struct {
	// ID makes a repeated delivery harmless: the same id counts once.
	ID   string    `json:"id"`
	Kind EventKind `json:"kind"`
	User string    `json:"user"`
	// Session groups the acts of one visit.
	Session string `json:"session,omitempty"`
	// Product is the product id, for every kind but search.
	Product string `json:"product,omitempty"`
	// Query is the text searched for, for search, impression and click.
	Query string `json:"query,omitempty"`
	// Value is the rating from 1 to 5, or the quantity put in the cart, bought or returned.
	Value float64 `json:"value,omitempty"`
	// List names the place that showed the product, as in "search" or "for_you", and Position its place there, from 1; for impression and click.
	List     string `json:"list,omitempty"`
	Position int    `json:"position,omitempty"`
	// Propensity is the probability with which the place showed the product, when chance decided; 0 means that none did.
	Propensity float64 `json:"propensity,omitempty"`
	// Device is the kind of device, as in "phone".
	Device string    `json:"device,omitempty"`
	Time   time.Time `json:"time"`
}

// Profile is what is known of a shopper.
type Profile struct {
	User string `json:"user"`
	// Gender, Region are given by the shop; Age is in years, 0 unknown.
	Gender string `json:"gender,omitempty"`
	Age    int    `json:"age,omitempty"`
	Region string `json:"region,omitempty"`
	// History holds the product ids of the latest acts, newest first.
	History []string `json:"history,omitempty"`
	// Affinities give, per field and value, a weight from 0 to 1, as in ["brand"]["Puma"].
	Affinities map[string]map[string]float64 `json:"affinities,omitempty"`
}

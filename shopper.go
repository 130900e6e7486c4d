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
	// Inferred holds guesses at "gender", "age" and "region" where they are not given, the likeliest value of each.
	Inferred map[string]Inference `json:"inferred,omitempty"`
	// History holds the product ids of the latest acts, newest first, each once.
	History []string `json:"history,omitempty"`
	// Acts are the latest acts with a product, newest first.
	Acts []Act `json:"acts,omitempty"`
	// Affinities give, per field and value, a weight from -1 (avoids) to 1 (wants nothing else), as in ["brand"]["Puma"]. Beside the product's
	// own fields there is "price_band".
	Affinities map[string]map[string]float64 `json:"affinities,omitempty"`
	// Price is what the shopper tends to pay; nil unknown.
	Price *PriceTaste `json:"price,omitempty"`
	// Interests are by vector space the centres of what the shopper looked at, the weightiest first.
	Interests map[string][]Interest `json:"interests,omitempty"`
	// Intent is what the present visit is about; nil when there is none.
	Intent *Intent `json:"intent,omitempty"`
	// Reasons say what the strongest affinities rest on.
	Reasons []Reason `json:"reasons,omitempty"`
	// Events is the number of events that the profile is made from, and Updated the time of the latest.
	Events  int       `json:"events,omitempty"`
	Updated time.Time `json:"updated,omitzero"`
}

// Act is one thing that a shopper did with a product.
type Act struct {
	Kind    EventKind `json:"kind"`
	Product string    `json:"product"`
	Value   float64   `json:"value,omitempty"`
	Time    time.Time `json:"time"`
}

// Inference is a guess with its probability.
type Inference struct {
	Value      string  `json:"value"`
	Confidence float64 `json:"confidence"`
	// From names what speaks for it most, as in "category: Dresses".
	From []string `json:"from,omitempty"`
}

// PriceTaste is a log-normal taste for prices: most prices lie between Low and High, one standard deviation round Typical.
type PriceTaste struct {
	Typical float64 `json:"typical"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// Interest is one cluster of products that a shopper cares for.
type Interest struct {
	// Weight is the cluster's share of all interest in its space.
	Weight float64 `json:"weight"`
	// Vector is the unit centre.
	Vector []float32 `json:"-"`
	// Products are the latest that went into it, newest first.
	Products []string `json:"products,omitempty"`
}

// Intent is a profile of the present visit alone.
type Intent struct {
	Session    string                        `json:"session,omitempty"`
	Started    time.Time                     `json:"started"`
	Events     int                           `json:"events"`
	Queries    []string                      `json:"queries,omitempty"`
	Affinities map[string]map[string]float64 `json:"affinities,omitempty"`
	Price      *PriceTaste                   `json:"price,omitempty"`
	Interests  map[string][]Interest         `json:"interests,omitempty"`
}

// Reason says what an affinity rests on.
type Reason struct {
	Field  string  `json:"field"`
	Value  string  `json:"value"`
	Weight float64 `json:"weight"`
	// Acts counts the acts behind it by kind; Products are the latest of them, newest first; Last is the time of the latest.
	Acts     map[EventKind]int `json:"acts"`
	Products []string          `json:"products"`
	Last     time.Time         `json:"last"`
}

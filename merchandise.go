package vitrine

// Effects are what the merchandising rules of an index make of one query.
type Effects struct {
	// Rules are the ids of the rules that apply, in the order in which they win over each other.
	Rules []string
	// Conditions must hold for every hit that is not pinned.
	Conditions []Condition
	// Hidden products are never hits, pinned or not.
	Hidden []Condition
	// Pins are in the order of their positions, no position and no product twice.
	Pins []Pin
	// Boosts move hits.
	Boosts []Boost
	// Buried hits stand behind all others that are ranked.
	Buried []Condition
	// Redirect is the address that the shopper is sent to; "" for none.
	Redirect string
	Banners  []Banner
}

// Condition is a filter with the rule that it comes from.
type Condition struct {
	Rule   string
	Filter Filter
}

// Pin puts a product at a place of the results, whether the words find it or not. The shopper's own filter still holds.
type Pin struct {
	ID string `json:"id"`
	// Position counts from 1.
	Position int `json:"position"`
	// Rule is the id of the rule that pins.
	Rule string `json:"-"`
}

// Banner is what a shop shows above the results.
type Banner struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	// URL is where it leads, and Image the address of its picture.
	URL   string `json:"url,omitempty"`
	Image string `json:"image,omitempty"`
	// Rule is the id of the rule that shows it.
	Rule string `json:"rule,omitempty"`
}

// RuleAction is what a rule did to one hit.
type RuleAction struct {
	Rule string `json:"rule"`
	// Action is "pin", "boost" or "bury".
	Action string `json:"action"`
}

// BoostScore is what a boost added to the score of a hit.
type BoostScore struct {
	Name string `json:"name"`
	// Signal is from 0 to 1.
	Signal       float64 `json:"signal"`
	Contribution float64 `json:"contribution"`
	Rule         string  `json:"rule,omitempty"`
}

package vitrine

import "time"

// RecommendKind is what is to be recommended.
type RecommendKind string

// The kinds of recommendations.
const (
	RecommendForYou           RecommendKind = "for-you"
	RecommendBecauseYouViewed RecommendKind = "because-you-viewed"
	RecommendSimilar          RecommendKind = "similar"
	RecommendLooksAlike       RecommendKind = "looks-alike"
	RecommendBoughtTogether   RecommendKind = "bought-together"
	RecommendCart             RecommendKind = "cart"
	RecommendNextBasket       RecommendKind = "next-basket"
	RecommendBuyAgain         RecommendKind = "buy-again"
	RecommendTrending         RecommendKind = "trending"
	RecommendNewArrivals      RecommendKind = "new-arrivals"
)

// RecommendKinds lists all kinds.
func RecommendKinds() []RecommendKind {
	return []RecommendKind{
		RecommendForYou, RecommendBecauseYouViewed, RecommendSimilar, RecommendLooksAlike, RecommendBoughtTogether, RecommendCart, RecommendNextBasket,
		RecommendBuyAgain, RecommendTrending, RecommendNewArrivals,
	}
}

// RecommendQuery asks for recommendations.
type RecommendQuery struct {
	Kind RecommendKind `json:"kind"`
	// User and Session name the shopper.
	User    string `json:"user,omitempty"`
	Session string `json:"session,omitempty"`
	// Product is what similar, looks-alike and bought-together start from; because-you-viewed takes the latest viewed one without it.
	Product string `json:"product,omitempty"`
	// Cart holds the product ids of the cart in the order of adding.
	Cart []string `json:"cart,omitempty"`
	// Filter must hold for every product.
	Filter *Filter `json:"filter,omitempty"`
	// PageSize is the number of products; 0 means 12.
	PageSize int `json:"page_size,omitempty"`
	// Diversity from 0 (only the best) to 1 (only novelty) spreads the products.
	Diversity float64 `json:"diversity,omitempty"`
	// Days is the window of trending and the greatest age of new arrivals; 0 means 7 and 30.
	Days float64 `json:"days,omitempty"`
	// Segment narrows trending to shoppers, as in "gender:women", "region:north" or "age:25-34".
	Segment string `json:"segment,omitempty"`
	// Seed makes exploration repeatable; 0 draws one.
	Seed uint64 `json:"seed,omitempty"`
	// Explain asks for features, legs and sources.
	Explain bool `json:"explain,omitempty"`
}

// Recommendations answer a [RecommendQuery].
type Recommendations struct {
	Kind RecommendKind    `json:"kind"`
	Hits []RecommendedHit `json:"hits"`
	// Because is the product that the answer starts from.
	Because string `json:"because,omitempty"`
	// Degraded says what was missing and what stands in for it.
	Degraded []string `json:"degraded"`
	TookMS   float64  `json:"took_ms"`
	// Built is when the models that answered were made.
	Built time.Time `json:"built,omitzero"`
}

// RecommendedHit is a recommended product.
type RecommendedHit struct {
	Hit
	// Sources name what proposed it: "behaviour", "content", "popularity", "new".
	Sources []string `json:"sources"`
	// Support counts the baskets that speak for it, for bought-together and cart; buyers for trending.
	Support int `json:"support,omitempty"`
	// Propensity is the probability with which it was put into its place, when chance had a say; send it back with the impression.
	Propensity float64 `json:"propensity,omitempty"`
}

package vitrine

// Results answer a [Query].
type Results struct {
	Hits []Hit `json:"hits"`
	// Total counts the products that matched: all keyword matches and the candidates of the vector legs, before paging.
	Total  int              `json:"total"`
	Facets map[string]Facet `json:"facets,omitempty"`
	// Groups is the number of hits of all pages when they are collapsed; 0 when they are not.
	Groups int `json:"groups,omitempty"`
	Page   int `json:"page"`
	// NextCursor asks for the hits that follow; "" when there are none, or when the page was asked for by a number above 1.
	NextCursor string `json:"next_cursor,omitempty"`
	// Heard is what was heard in the recording of the query; nil when there was none.
	Heard *Heard `json:"heard,omitempty"`
	// DidYouMean is the text with its misspelt words replaced by what was probably meant; "" when nothing is misspelt.
	DidYouMean string `json:"did_you_mean,omitempty"`
	// Rules are the ids of the merchandising rules that applied; Redirect and Banners are what they have for the shopper.
	Rules    []string `json:"rules,omitempty"`
	Redirect string   `json:"redirect,omitempty"`
	Banners  []Banner `json:"banners,omitempty"`
	TookMS   float64  `json:"took_ms"`
	// Experiment and Variant name the experiment that the search took part in and what answered; the variant is "interleaved" where several did.
	Experiment string `json:"experiment,omitempty"`
	Variant    string `json:"variant,omitempty"`
	// Degraded names each part that was missing or too slow, as in "vector: deadline".
	Degraded []string `json:"degraded,omitempty"`
	// Relaxed says what of the query was given up because it found nothing as it stood, as in "without the condition on price".
	Relaxed []string `json:"relaxed,omitempty"`
	// Understood is what the words were taken for; given when the query asks to explain.
	Understood *Understanding `json:"understood,omitempty"`
	// Stages say where the time went.
	Stages []Stage `json:"stages,omitempty"`
}

// Hit is one product of the results.
type Hit struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
	// Product is the stored product.
	Product *Product `json:"product,omitempty"`
	// VariantCount is the number of further products of the hit's group that match, and Variants the first of them, best first.
	VariantCount int   `json:"variant_count,omitempty"`
	Variants     []Hit `json:"variants,omitempty"`
	// Highlight holds, per text field, an HTML-escaped snippet with the matched words in <em>.
	Highlight map[string]string `json:"highlight,omitempty"`
	Explain   *Explain          `json:"explain,omitempty"`
	// Team is the variant that gave the hit, of an interleaved answer.
	Team string `json:"team,omitempty"`
	// Vectors are the product's vectors by space, given to the reranker of a query with a profile.
	Vectors Vectors `json:"-"`
	// Doc is the product's number inside the generation that answered.
	Doc Doc `json:"-"`
}

// Explain says why a hit stands where it stands.
type Explain struct {
	// Legs are the proposals of each retrieval leg for this product.
	Legs []LegScore `json:"legs"`
	// Fused is the score after fusion, before reranking.
	Fused float64 `json:"fused"`
	// Features are the inputs of the ranker with their contributions, largest contribution first.
	Features []FeatureScore `json:"features,omitempty"`
	// Boosts are what moved the hit beside relevance, and Rules what the merchandising rules did to it.
	Boosts []BoostScore `json:"boosts,omitempty"`
	Rules  []RuleAction `json:"rules,omitempty"`
}

// LegScore is one leg's view of a product.
type LegScore struct {
	// Leg is "keyword" or the name of a vector space.
	Leg string `json:"leg"`
	// Rank counts from 1.
	Rank  int     `json:"rank"`
	Score float64 `json:"score"`
}

// FeatureScore is one feature's value and what it added to the ranking score.
type FeatureScore struct {
	Name         string  `json:"name"`
	Value        float64 `json:"value"`
	Contribution float64 `json:"contribution"`
}

// Stage is a step of the search with its wall time and its share of the whole; stages that run side by side overlap.
type Stage struct {
	Name  string  `json:"name"`
	MS    float64 `json:"ms"`
	Share float64 `json:"share"`
}

// Suggestion completes what a shopper has typed so far.
type Suggestion struct {
	Text string `json:"text"`
	// Kind is "product", "brand", "category" or "query".
	Kind string `json:"kind"`
	// Count is the number of products behind it.
	Count int `json:"count"`
	// Searches is, of a popular query, how often shoppers searched for it, old times counting less.
	Searches int `json:"searches,omitempty"`
}

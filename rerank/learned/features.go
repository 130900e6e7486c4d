package learned

import (
	"slices"

	"vitrine/rerank"
)

// Owner says what a feature is about.
type Owner string

// The owners of features.
const (
	OfQuery   Owner = "query_product"
	OfProduct Owner = "product"
	OfUser    Owner = "user"
	OfCross   Owner = "user_product"
	OfContext Owner = "context"
)

// Feature describes one number of a row.
type Feature struct {
	Name string `json:"name"`
	// Type is what the number is: share (0 … 1), rate, log_count, logit, hours or flag.
	Type string `json:"type"`
	// Default is the value where nothing is known.
	Default float32 `json:"default"`
	Owner   Owner   `json:"owner"`
	Meaning string  `json:"meaning"`
}

// queryFeatures are the names of those of package rerank that a row starts with.
func queryFeatures() []string {
	return []string{
		"fused", "keyword", "keyword_rank", "text", "text_rank", "joint", "joint_rank", "title_coverage", "brand_coverage", "category_coverage",
		"title_phrase", "title_exact", "title_density", "code_match", "title_head", "title_modifier", "title_early", "kind_match", "short_title",
		"available", "has_picture", "freshness",
	}
}

// Features returns the features of a row, in order.
func Features() []Feature {
	var list []Feature
	all := rerank.Features()
	for _, name := range queryFeatures() {
		if j := slices.IndexFunc(all, func(f rerank.Feature) bool { return f.Name == name }); j >= 0 {
			list = append(list, Feature{Name: name, Type: "share", Owner: OfQuery, Meaning: all[j].Meaning})
		}
	}
	return append(
		list,
		Feature{"product_shown", "log_count", 0, OfProduct, "impressions of late"},
		Feature{"product_clicks_over_expected", "rate", 1, OfProduct, "clicks over those expected at the places where it was shown, smoothed"},
		Feature{"product_cart_rate", "rate", 0.1, OfProduct, "carts a click, smoothed"},
		Feature{"product_buy_rate", "rate", 0.05, OfProduct, "purchases a click, smoothed"},
		Feature{"product_popularity", "log_count", 0, OfProduct, "clicks, carts and purchases of late, weighed"},
		Feature{"product_trend", "logit", 0, OfProduct, "popularity of the last days against that of the last weeks"},
		Feature{"product_rating", "rate", 3.5, OfProduct, "mean rating of events, smoothed"},
		Feature{"query_clicks_over_expected", "rate", 1, OfQuery, "clicks for this query over those expected, smoothed to the product's"},
		Feature{"query_shown", "log_count", 0, OfQuery, "impressions for this query of late"},
		Feature{"user_acts", "log_count", 0, OfUser, "acts of late"},
		Feature{"user_clicked", "log_count", 0, OfCross, "clicks of the shopper on the product of late"},
		Feature{"user_ignored", "log_count", 0, OfCross, "impressions without a click of late"},
		Feature{"user_bought", "log_count", 0, OfCross, "purchases of the shopper of late"},
		Feature{"affinity_brand", "logit", 0, OfCross, "how often the shopper chooses the brand, against all shoppers"},
		Feature{"affinity_category", "logit", 0, OfCross, "the same for the narrowest category"},
		Feature{"affinity_attributes", "logit", 0, OfCross, "the same for the attributes, as a mean"},
		Feature{"price_distance", "logit", 0, OfCross, "distance of the logarithm of the price from the shopper's usual one"},
		Feature{"session_same_brand", "flag", 0, OfCross, "the last click of the visit was on the same brand"},
		Feature{"session_same_category", "flag", 0, OfCross, "the last click of the visit was in the same category"},
		Feature{"hour", "hours", 0, OfContext, "hour of the day, UTC"},
	)
}

// Names are the names of the features.
func Names() []string {
	list := Features()
	names := make([]string, len(list))
	for i, f := range list {
		names[i] = f.Name
	}
	return names
}

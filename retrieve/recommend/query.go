package recommend

import (
	"slices"
	"strings"

	"vitrine"
)

// The bounds of a [vitrine.RecommendQuery].
const (
	defaultLimit = 12
	mostLimit    = 200
	mostCart     = 100_000
)

// normalize fills the defaults in and reports the first field that is at fault.
func normalize(q *vitrine.RecommendQuery) error {
	if !slices.Contains(vitrine.RecommendKinds(), q.Kind) {
		names := make([]string, 0, len(vitrine.RecommendKinds()))
		for _, k := range vitrine.RecommendKinds() {
			names = append(names, string(k))
		}
		return vitrine.Errorf(vitrine.NotFound, "recommendations %q: none of %s", q.Kind, strings.Join(names, ", "))
	}
	if q.PageSize == 0 {
		q.PageSize = defaultLimit
	}
	needs := func(ok bool, field string) error {
		if ok {
			return nil
		}
		return vitrine.Errorf(vitrine.Invalid, "field %s: is needed for %s", field, q.Kind)
	}
	switch {
	case q.PageSize < 0 || q.PageSize > mostLimit:
		return vitrine.Errorf(vitrine.Invalid, "field page_size: %d is not in 1 … %d", q.PageSize, mostLimit)
	case !(q.Diversity >= 0 && q.Diversity <= 1):
		return vitrine.Errorf(vitrine.Invalid, "field diversity: %v is not in 0 … 1", q.Diversity)
	case !(q.Days >= 0 && q.Days <= 3650):
		return vitrine.Errorf(vitrine.Invalid, "field days: %v is not in 0 … 3650", q.Days)
	case len(q.Cart) > mostCart:
		return vitrine.Errorf(vitrine.TooLarge, "field cart: %d products, at most %d are allowed", len(q.Cart), mostCart)
	}
	if q.Filter != nil {
		if err := q.Filter.Validate(); err != nil {
			return err
		}
	}
	switch q.Kind {
	case vitrine.RecommendSimilar, vitrine.RecommendLooksAlike, vitrine.RecommendBoughtTogether:
		return needs(q.Product != "", "product")
	case vitrine.RecommendCart:
		return needs(len(q.Cart) > 0, "cart")
	case vitrine.RecommendForYou, vitrine.RecommendNextBasket, vitrine.RecommendBuyAgain:
		return needs(q.User != "" || q.Session != "", "user")
	case vitrine.RecommendBecauseYouViewed:
		return needs(q.Product != "" || q.User != "" || q.Session != "", "user")
	case vitrine.RecommendTrending, vitrine.RecommendNewArrivals:
	}
	return nil
}

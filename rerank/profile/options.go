package profile

import (
	"cmp"
	"time"

	"vitrine"
)

// Rules say how events become a profile; a zero field means its default.
type Rules struct {
	// HalfLife is the age at which an act counts half; default 30 days. Sensible from a week (fashion) to half a year (appliances): too short
	// forgets taste, too long keeps pushing what was bought for someone else.
	HalfLife time.Duration
	// VisitHalfLife is the same within a visit; default 20 minutes.
	VisitHalfLife time.Duration
	// VisitGap ends a visit after so long without an act; default 30 minutes.
	VisitGap time.Duration
	// Weights say what an act of a kind counts; default [DefaultWeights]. A rating counts (stars - 3) times its weight. Kinds of weight 0,
	// save search, are not looked at.
	Weights map[vitrine.EventKind]float64
	// Prior is the evidence, in the units of Weights, at which an affinity is half believed; default 3.
	Prior float64
	// Fields is the largest number of fields in a taste, and Values that of values in a field; default 32 and 48. The least wanted go.
	Fields int
	Values int
	// Acts is the number of latest acts that are remembered; default 50, sensible from 10 to 200.
	Acts int
	// Clusters is the largest number of interests in a space; default 5, from 1 to 10.
	Clusters int
	// Near is the cosine similarity from which a product belongs to an interest; default 0.6. Too high makes every product an interest of its
	// own until the closest are merged; too low mixes tastes that have nothing to do with each other.
	Near float64
	// Aliases rename attributes, so that one taste has one name; default [DefaultAliases].
	Aliases map[string]string
}

// DefaultWeights are what acts count, relative to a view.
func DefaultWeights() map[vitrine.EventKind]float64 {
	return map[vitrine.EventKind]float64{
		vitrine.EventView: 1, vitrine.EventClick: 1, vitrine.EventCart: 3, vitrine.EventUncart: -2, vitrine.EventPurchase: 5,
		vitrine.EventReturn: -4, vitrine.EventRating: 2, vitrine.EventLike: 4, vitrine.EventDislike: -4,
	}
}

// DefaultAliases are the names of colour and size in catalogues.
func DefaultAliases() map[string]string {
	return map[string]string{
		"color": "colour", "base_colour": "colour", "base_color": "colour", "primary_colour": "colour", "primary_color": "colour",
		"sizes": "size", "clothing_size": "size", "shoe_size": "size",
	}
}

func (r Rules) withDefaults() Rules {
	r.HalfLife = cmp.Or(r.HalfLife, 30*24*time.Hour)
	r.VisitHalfLife = cmp.Or(r.VisitHalfLife, 20*time.Minute)
	r.VisitGap = cmp.Or(r.VisitGap, 30*time.Minute)
	r.Prior = cmp.Or(r.Prior, 3)
	r.Fields = cmp.Or(r.Fields, 32)
	r.Values = cmp.Or(r.Values, 48)
	r.Acts = cmp.Or(r.Acts, 50)
	r.Clusters = cmp.Or(r.Clusters, 5)
	r.Near = cmp.Or(r.Near, 0.6)
	if r.Weights == nil {
		r.Weights = DefaultWeights()
	}
	if r.Aliases == nil {
		r.Aliases = DefaultAliases()
	}
	return r
}

package retrieve

import (
	"time"

	"vitrine"
)

// Options are the settings of a [Retriever]; a zero field means its default.
type Options struct {
	// Limits bound what a query may ask.
	Limits vitrine.QueryLimits
	// Defaults fills in what a query leaves open, before the query is checked. May be nil; called from several goroutines.
	Defaults func(*vitrine.Query)
	// Fusion merges the legs; default [DistributionBased]. README.md has the figures of all three.
	Fusion Fusion
	// Weights say by leg name how much a leg counts for a query by words; a leg that is not named has its default: keyword 1, every vector
	// space 0.4. From 0 (not asked at all) to 1; too high a vector leg brings up the merely related, too low a one loses what is named by other
	// words. For pictures and example products, which no words leg knows, every vector space that is asked counts 1.
	Weights map[string]float64
	// Depth is how many candidates each leg gives to the fusion; default 100, sensible from 50 to 500. Too low, and products that no leg finds
	// outstanding but all find good are lost; too high costs time, lets far neighbours count as matches, and gives them weight in the fusion.
	Depth int
	// Floors are, by vector space, the least cosine similarity at which a product matches a query by words; below it a neighbour is only the
	// least unlike. Too low, and nonsense finds products; too high, and synonyms do not. Default: see [DefaultFloors]. Queries by picture or by
	// product have no floor.
	Floors map[string]float64
	// AlternativeShare is the weight of the words' alternative, as a share of that of the words; default 0.5, from 0.2 to 1. Too high, and what is
	// only meant beats what is said.
	AlternativeShare float64
	// RelaxedFloor is what remains of the floors, as a share, when a query by words finds nothing else; default 0.6. Too low, and nonsense
	// finds products.
	RelaxedFloor float64
	// Literal takes words for themselves, unless a query asks to have them understood.
	Literal bool
	// Strict lets a query that finds nothing find nothing.
	Strict bool
	// RerankDepth is how many of the fused candidates the reranker sees; default 100, sensible from 50 to 300.
	RerankDepth int
	// CollapseDepth is how many of the best matches collapsed hits are drawn from, when that is more than the window; default 5,000. Too low, and articles of
	// many variants end the list early; the cost is that of fetching the products, about 10 µs each.
	CollapseDepth int
	// JudgeDepth is how many of the reranked hits the cross-encoder reads, if there is one; default 20, from 10 to 50. It costs several
	// milliseconds a hit.
	JudgeDepth int
	// DiversityDepth is how many of the best hits maximal marginal relevance chooses from; default 100. The cost grows with its square.
	DiversityDepth int
	// UnlikeShare is the weight of the products to stay away from, as a share of the weight of those to come near to; default 0.5, from 0.1 to 1.
	// Too high, and the query points away from everything.
	UnlikeShare float64
	// FacetValues is the largest number of values of one facet; default 20.
	FacetValues int
	// Timeouts bound each part of a search.
	Timeouts Timeouts
	// OnDegrade is told of each part that was left out of an answer, with its error, for the log and the metrics. May be nil; called from
	// several goroutines.
	OnDegrade func(part string, err error)
}

// Timeouts are the longest that each part may take before the search goes on without it; a zero field means its default. Too short, and
// answers lose quality under load; too long, and one slow part makes every answer slow.
type Timeouts struct {
	// Leg is for each of the keyword and vector legs; default 500 ms.
	Leg time.Duration
	// Embed is for turning the query's words and picture into vectors; default 1 s.
	Embed time.Duration
	// Fetch is for the download of image_url; default 5 s.
	Fetch time.Duration
	// Clip is for turning a clip into vectors; default 8 s.
	Clip time.Duration
	// Rerank is for the reranker; default 500 ms.
	Rerank time.Duration
	// Judge is for the cross-encoder; default 1 s.
	Judge time.Duration
	// Facets is for counting; default 500 ms.
	Facets time.Duration
	// Profile is for what is known of the shopper; default 100 ms.
	Profile time.Duration
}

// DefaultFloors are the floors for the builtin encoders, by space; README.md says how they were measured.
func DefaultFloors() map[string]float64 {
	return map[string]float64{vitrine.SpaceText: 0.35, vitrine.SpaceJoint: 0.35}
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.WithDefaults()
	if o.Fusion == nil {
		o.Fusion = DistributionBased
	}
	if o.Floors == nil {
		o.Floors = DefaultFloors()
	}
	defaultTo(&o.Depth, 100)
	defaultTo(&o.AlternativeShare, 0.5)
	defaultTo(&o.RelaxedFloor, 0.6)
	defaultTo(&o.RerankDepth, 100)
	defaultTo(&o.CollapseDepth, 5000)
	defaultTo(&o.JudgeDepth, 20)
	defaultTo(&o.DiversityDepth, 100)
	defaultTo(&o.UnlikeShare, 0.5)
	defaultTo(&o.FacetValues, 20)
	defaultTo(&o.Timeouts.Leg, 500*time.Millisecond)
	defaultTo(&o.Timeouts.Embed, time.Second)
	defaultTo(&o.Timeouts.Fetch, 5*time.Second)
	defaultTo(&o.Timeouts.Clip, 8*time.Second)
	defaultTo(&o.Timeouts.Rerank, 500*time.Millisecond)
	defaultTo(&o.Timeouts.Judge, time.Second)
	defaultTo(&o.Timeouts.Facets, 500*time.Millisecond)
	defaultTo(&o.Timeouts.Profile, 100*time.Millisecond)
	return o
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// weight is how much a leg counts.
func (o *Options) weight(leg string) float64 {
	if w, ok := o.Weights[leg]; ok {
		return w
	}
	if leg == LegKeyword {
		return 1
	}
	return 0.4
}

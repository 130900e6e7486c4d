// Package recommend proposes products from behaviour: what a shopper will buy next or again, what goes into a cart, what sells.
//
// Main types: [Builder] gathers events into a [Log] of baskets; [LearnScorers] learns from the log's past how to order proposals; [New] makes a
// [Recommender] that answers; [Judge] measures one on the baskets of a later time, beside [Recommender.Baselines].
//
// A proposal comes from several sources (own history, item-to-item regression, co-occurrence, like-minded shoppers, titles, popularity) and is
// ordered by a model learned from how earlier proposals would have fared; README.md says how well that does.
//
// # Caveats
//
// A Recommender knows what was in the log when it was made, and is replaced, not changed. Without enough history to learn from plain rules order
// the proposals. Scores are comparable within one answer only.
package recommend

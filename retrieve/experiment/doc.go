// Package experiment compares variants of a search on live traffic: by splitting the shoppers (A/B) or by interleaving two rankings in one answer.
//
// Main types: [Experiment] with its [Variant]s, of which [Experiment.Assign] gives a shopper one; [TeamDraft], which interleaves two rankings; [Tally], which
// counts from events which team won; [SignTest], which says whether that can be chance.
//
// # Caveats
//
// Nothing is stored: the variant of a shopper follows from the names of the experiment and of the shopper, so that a changed share moves shoppers only across
// the moved boundary, and a renamed experiment deals anew. A visitor who is known by the session alone and then logs in may change the variant.
package experiment

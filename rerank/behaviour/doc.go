// Package behaviour says what was known of a shopper, of a product and of the two together at the moment of an act: streaming means with
// shrinkage, trends, affinities to content, neighbourhoods and latent factors, as numbers for a ranking model.
//
// Main types: [Catalog] describes shoppers and products; [Stream], made by [New], is fed acts in the order of time by [Stream.Observe], and
// [Stream.Describe] gives the features of a pair before its outcome is known. Training replays a log through it and serving keeps it running,
// so both see the same numbers.
//
// # Caveats
//
// A [Stream] is for one goroutine at a time. Latent factors are fitted anew whenever the log has grown by a share, which takes up to seconds on
// a million acts. Neighbourhoods cover the products that were first to get a few acts, up to [Options.Neighbours].
package behaviour

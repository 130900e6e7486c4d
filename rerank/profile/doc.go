// Package profile keeps what is known of each shopper, live from events: affinities to the fields of products, a taste for prices,
// clustered interests in every vector space, the intent of the present visit, and guesses at gender, age and region.
//
// Main types: [Folder] folds events into a [State] and reads a [vitrine.Profile] out of it, with no store and no clock, so that training
// makes a profile as of any moment by the code that serves it; [Profiles] follows a [store.Log] and keeps the states in a [store.States].
//
// # Caveats
//
// A profile follows its events by a few milliseconds; [Profiles.Settle] waits for it. Events in any order give the same affinities and
// prices up to rounding, as long as a field has no more values than [Options] keeps; interests and the intent depend a little on the order.
// An event of a product that is not in the catalogue is remembered as an act and moves nothing else. Guesses are what they are called.
package profile

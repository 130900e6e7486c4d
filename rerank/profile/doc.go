// Package profile will keep what is known of each shopper, live from events: affinities, interests, and why.
//
// # Caveats
//
// Nothing is here yet: ranking does not look at the shopper.
package profile

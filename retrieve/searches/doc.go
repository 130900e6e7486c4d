// Package searches knows what shoppers search for: the popular searches that complete what one types.
//
// Main type: [Popular], made by [New], follows the log of events with [Popular.Follow] and answers [Popular.Starting].
//
// # Caveats
//
// A search is popular only once [Options.Shoppers] different shoppers made it, so that nobody's own words are shown to others; events without
// user and session count for nobody. Searches that look like an address of a person, and very long ones, are never shown. What is known is built
// from the log at every start.
package searches

// Package intake decides which events are let in, and in which form: it checks every field, mends clocks, drops robots, keeps to the
// shopper's consent and writes pseudonyms instead of names.
//
// Main types: [Intake] with its [Options]; [Row] is an event as it came, [Result] is what became of it.
//
// # Caveats
//
// Robots are told by their user agent and by a rate that no person reaches; one that pretends to be a slow person is let in. The rate is
// counted in this process. A lost pseudonym key cannot be had back, and with another one every shopper is a stranger.
package intake

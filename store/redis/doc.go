// Package redis keeps events and states in a Redis server, to the contract of package store, so that several processes share them.
//
// Main types: [Store] with its [Options], opened by [Open]. Events are a stream whose ids are the numbers of the events; the keys are
// described in keys.go. Behind a [store.Relay] nothing that was acknowledged is lost when the server is.
//
// # Caveats
//
// Redis keeps everything in memory: about 600 bytes an event. What it has on disk is a matter of its own settings; without
// appendfsync always a crash of the server loses up to a second. Shred asks it to rewrite its files and waits for that. Redis 6.2 or later;
// all keys of a store share one slot, so that a cluster keeps them on one node.
package redis

// Package catalog is where the products of one index generation live durably: a key-value store (pebble) that holds every product, its
// vectors, and a log of changes from which the keyword and vector parts are caught up. A write that has been acknowledged here survives a crash.
//
// Main types: [Store] with its [Options]; [Entry] is what goes in, [Record] and [Rows] are what comes out, [Change] is one line of the log.
// The keys are described in README.md beside this file.
//
// # Caveats
//
// A store belongs to one process. Close must not be called while a read or write runs; package index counts its readers for that.
// Document numbers are 32 bits wide and not reused, so that one store takes four billion distinct products in its life; a reindex starts anew.
// When the disk refuses a write to the log the store turns read-only until it is opened again, because what reached the disk is unknown.
package catalog

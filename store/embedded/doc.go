// Package embedded keeps events and states on this machine's disk in one key-value store (pebble), to the contract of package store.
//
// Main types: [Store] with its [Options], opened by [Open]. The keys are described in keys.go.
//
// # Caveats
//
// A store belongs to one process. Shred rewrites every event, so that nothing deleted stays behind in a file: seconds per million events. Files that are no longer used are deleted, never recycled, for the same reason. When the disk refuses a write the store takes no
// further ones until it is opened again. States are written without waiting for the disk; a crash loses the latest of them.
package embedded

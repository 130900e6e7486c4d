// Package backup keeps snapshots of folders in a repository: a folder elsewhere, or a bucket of an S3-compatible store. Content is kept once, by
// its hash, so that a snapshot costs only what is new since the ones before.
//
// Main types: [Repository], made of a [Target] by [New]; [Snapshot], which lists the files of one moment. Targets are [OpenFolder], [OpenBucket], or
// either by its address with [Open].
//
// # Caveats
//
// One process at a time may save to or prune a repository: a prune that runs beside a save of another process can take blocks away that the
// save relies on. Nothing is encrypted here; use the store's own encryption, and keys that open one bucket only.
package backup

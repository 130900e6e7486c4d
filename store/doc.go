// Package store will hold live state: events, profiles, caches, limits and locks, behind one contract that store/embedded (on this
// machine's disk) and store/redis keep alike.
//
// # Caveats
//
// Nothing is here yet. A search that names a user is answered without a profile.
package store

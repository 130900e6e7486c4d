// Package storetest puts every store to one test of the contract of package store.
//
// Main functions: [Events] and [States], which a store's own tests call.
//
// # Caveats
//
// The store must be empty at first. A store that is shared with others must not be used by them meanwhile.
package storetest

// Package api is what HTTP looks like: the native search API with its OpenAPI document, product writes, admin jobs, pictures,
// health, metrics, and the storefront of package web. It knows no engine; it speaks to one through small interfaces.
//
// Main types: [Server] made by [New] from [Parts] and [Options]; [Searcher], [Catalogue], [Admin] and [Pictures] are what it needs;
// [Job] is a batch reindex under way; [ParseFilter] reads the filter expression of GET requests.
//
// # Caveats
//
// Jobs live in memory: a restart forgets them, and the generation that was being built is the index's to clean up.
// Writes and admin need a key; without a configured key they are refused, unless the option opens them to this machine alone.
// TLS, rate limits and user accounts are the business of a proxy in front.
package api

// Package enrich will read attributes from titles, descriptions and pictures of products that lack them.
//
// # Caveats
//
// Nothing is here yet: products keep the attributes that their catalogue gives.
package enrich

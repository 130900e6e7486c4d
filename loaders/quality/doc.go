// Package quality looks a loaded catalogue over before it is served: what is missing, what occurs twice, which figures lie far from the others of their
// category, which units clash, which texts are in another language, which pictures are broken, which rules of the shop are not kept.
//
// Main types: a [Checker] takes the products in and gives a [Report], which is written as JSON, as CSV ([Report.CSV]) and as a page ([Report.HTML]).
//
// # Caveats
//
// Nothing is changed and nothing dropped; what the loader mended or rejected is in [Report.Load]. Numbers and titles of all products are held in memory,
// about 200 bytes a product and 16 an attribute. A Checker is for one goroutine.
package quality

// Package rules says which rules of a shop's merchandisers apply to a query, and what they make of it together.
//
// Main type: [Set], made by [New] from a [vitrine.RuleBook], which answers [Set.Effects] for a query.
//
// # Caveats
//
// Patterns are compared word by word without regard to case, accents and punctuation, but words are not stemmed: "sofa" is not "sofas". What a rule
// does reaches as deep as the ranking does: a boost moves a hit among those that are ranked together, while pins, filters and hiding hold everywhere.
// A rule is kept whether or not its fields and products exist; what does not exist has no effect, which a search names as degraded.
package rules

// Package titles reads the grammar of product titles and short queries: which words there are, and which of them name the thing itself.
//
// Main types: [Word], got by [Split]; [RoleOf] says what a word does in a title, [Heads] which words may name the product and [HeadOf] which
// word of a query names what is asked for.
//
// # Caveats
//
// The grammar is that of English noun phrases, whose last noun is the thing; in other languages most words have no role. There is no
// dictionary: colours, linking words and abbreviations are all that is known.
package titles

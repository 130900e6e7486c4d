// Package understand says what the words of a query mean in one catalogue: which kind of product is asked for, which colour, brand, size or
// gender, which price, what is not wanted, and in which language it is said.
//
// Main types: [Lexicon], learned from a catalogue by [Learn], written by [Lexicon.Save] and read by [Load]; [Reader], made of a lexicon by
// [New], turns a text into a [vitrine.Understanding].
//
// # Caveats
//
// Everything but prices, negation and the table of Chinese shop words is learned, so that a catalogue without attributes or with few
// products teaches little, and an understanding says how sure it is of each meaning. A word means what it mostly means in the titles of this
// catalogue: there is no dictionary of English. A lexicon is a snapshot; after many writes it has to be learned again.
package understand

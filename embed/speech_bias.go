package embed

import (
	"slices"
	"strings"
	"unicode"
)

// Lexicon knows the words that are likely to be said, as those of a catalogue. Safe for concurrent use.
type Lexicon interface {
	// Begins reports whether a word in lower case begins so.
	Begins(word string) bool
	// Rarity of a word in lower case lies between 0, everywhere, and 1, nowhere.
	Rarity(word string) float64
}

// commonWords are said to a shop whatever it sells.
func commonWords() []string {
	return []string{
		"a", "about", "an", "and", "any", "are", "at", "below", "best", "between", "by", "can", "cheap", "dollars", "euros", "find", "for", "from", "get", "good",
		"have", "i", "i'm", "in", "is", "like", "looking", "me", "my", "need", "new", "of", "on", "or", "over", "pounds", "please", "search", "show", "size",
		"some", "than", "that", "the", "this", "to", "under", "want", "with", "without", "you",
	}
}

// bias follows the words of a beam and takes something off for rare ones: shallow fusion with a language model of single words
// (Gulcehre et al., "On using monolingual corpora in neural machine translation", 2015).
type bias struct {
	// word is the unfinished last word; strange tells that no known one begins so, and that it was paid for.
	word    string
	strange bool
	// cost is what was taken off so far.
	cost float64
}

// say follows a piece of text.
func (b *bias) say(piece string, l Lexicon, price float64) {
	for _, r := range strings.ToLower(piece) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' && b.word != "":
			b.word += string(r)
		default:
			b.end(l, price)
		}
	}
	if b.word != "" && !b.strange && !begins(b.word, l) {
		b.strange = true
		b.cost += price
	}
}

// end finishes the last word.
func (b *bias) end(l Lexicon, price float64) {
	if b.word != "" && !b.strange {
		b.cost += price * rarity(b.word, l)
	}
	b.word, b.strange = "", false
}

// rarityOfCommon is what a word that is said to every shop counts as: less than most names, more than nothing, lest they be heard everywhere.
const rarityOfCommon = 0.3

func begins(word string, l Lexicon) bool {
	return l.Begins(word) || rarity(word, l) < 1 || slices.ContainsFunc(commonWords(), func(c string) bool { return strings.HasPrefix(c, word) })
}

// rarity is that of a word, of its singular or of its plural, whichever is least.
func rarity(word string, l Lexicon) float64 {
	if slices.Contains(commonWords(), word) {
		return rarityOfCommon
	}
	bare := strings.TrimSuffix(strings.TrimSuffix(word, "s"), "'")
	return min(l.Rarity(word), l.Rarity(bare), l.Rarity(strings.TrimSuffix(bare, "e")), l.Rarity(bare+"s"), l.Rarity(bare+"es"))
}

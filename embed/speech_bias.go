package embed

import (
	"slices"
	"strings"
	"unicode"
)

// Lexicon knows the words that are likely to be said, as those of a catalogue. Safe for concurrent use.
type Lexicon interface {
	// LeastRarity is the rarity of the most frequent word in lower case that begins so; 1 when none does.
	LeastRarity(beginning string) float64
	// Rarity is how much a word in lower case surprises beside other ones, between 0, not at all, and 1, as one that is not known.
	Rarity(word string, others ...string) float64
}

// commonWords are said to a shop whatever it sells.
func commonWords() []string {
	return []string{
		"a", "about", "an", "and", "any", "are", "at", "below", "best", "between", "by", "can", "cheap", "dollars", "euros", "find", "for", "from", "get", "good",
		"have", "i", "i'm", "in", "is", "like", "looking", "me", "my", "need", "new", "of", "on", "or", "over", "pounds", "please", "search", "show", "size",
		"some", "than", "that", "the", "this", "to", "under", "want", "with", "without", "you",
	}
}

// bias follows the words of a beam and takes something off for those that surprise: shallow fusion with a language model of the catalogue
// (Gulcehre et al., "On using monolingual corpora in neural machine translation", 2015).
type bias struct {
	// said are the finished words.
	said []string
	// word is the unfinished last word.
	word string
	// cost is what was taken off for the finished words, ahead the least that the unfinished one will cost.
	cost, ahead float64
}

// say follows a piece of text.
func (b *bias) say(piece string, l *lexicon) {
	for _, r := range strings.ToLower(piece) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'' && b.word != "":
			b.word += string(r)
		default:
			b.end(l)
		}
	}
	if b.ahead = 0; b.word != "" {
		b.ahead = l.price * (l.least(b.word) - ordinary)
	}
}

// end finishes the last word.
func (b *bias) end(l *lexicon) {
	if b.word == "" {
		return
	}
	b.cost += l.price * (l.rarity(b.word, b.said) - ordinary)
	b.said = append(slices.Clip(b.said), b.word)
	b.word, b.ahead = "", 0
}

// key is the same for texts that differ in case and punctuation alone.
func (b *bias) key() string { return strings.Join(b.said, " ") + " " + b.word }

// lexicon answers for a [Lexicon], which may be nil, while one recording is heard.
type lexicon struct {
	Lexicon
	// price is what a word costs that is not known.
	price    float64
	rarities map[string]float64
	leasts   map[string]float64
}

func newLexicon(l Lexicon, price float64) *lexicon {
	if l == nil {
		price = 0
	}
	return &lexicon{l, price, map[string]float64{}, map[string]float64{}}
}

const (
	// rarityOfCommon is what a word that is said to every shop counts as: more than most names, lest the likes of "in" and "the" be heard everywhere.
	rarityOfCommon = 0.75
	// ordinary is the rarity that costs nothing: without it texts of few words would win.
	ordinary = 0.4
)

// least is the least that a word that begins so can cost; what may be the plural of a known word costs as that.
func (l *lexicon) least(beginning string) float64 {
	if l.price == 0 || beginning == "" {
		return 0
	}
	least, ok := l.leasts[beginning]
	if !ok {
		least = l.LeastRarity(beginning)
		if least == 1 {
			least = l.rarity(beginning, nil)
		}
		if slices.ContainsFunc(commonWords(), func(c string) bool { return strings.HasPrefix(c, beginning) }) {
			least = min(least, rarityOfCommon)
		}
		l.leasts[beginning] = least
	}
	return least
}

// rarity is that of a word after those said, of which the common ones and the unknown do not count.
func (l *lexicon) rarity(word string, said []string) float64 {
	if l.price == 0 {
		return 0
	}
	word = strings.ReplaceAll(strings.TrimSuffix(word, "'s"), "'", "")
	if slices.Contains(commonWords(), word) {
		return rarityOfCommon
	}
	key := word + " " + strings.Join(said, " ")
	if r, ok := l.rarities[key]; ok {
		return r
	}
	var others []string
	for _, other := range said {
		other = strings.ReplaceAll(strings.TrimSuffix(other, "'s"), "'", "")
		if !slices.Contains(commonWords(), other) && l.rarity(other, nil) < 1 {
			others = append(others, other)
		}
	}
	r := l.Rarity(word, others...)
	l.rarities[key] = r
	return r
}

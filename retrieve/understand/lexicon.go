package understand

import (
	"encoding/gob"
	"io"

	"vitrine"
)

// Lexicon is what a catalogue says of its words. It does not change once it is learned.
type Lexicon struct {
	data lexicon
}

// lexicon is the content of a [Lexicon] as it is written to a file.
type lexicon struct {
	// Format is [format].
	Format int
	// Products counts those that were read, Priced those with a price, Filed those with a category.
	Products, Priced, Filed int
	// Spaceless counts the products with a title or translation in a script without spaces.
	Spaceless int
	// Words are the words of titles by stem.
	Words map[string]*word
	// Senses are the values of the fields that were learned.
	Senses []sense
	// Names are the senses by their value, as stems with a space between.
	Names map[string][]int32
	// Kinds are the words that name products at the end of a title's phrase, where the catalogue has no categories.
	Kinds []kind
	// Numbers are the numeric attributes by name.
	Numbers map[string]*number
}

// format changes when the meaning of a file does.
const format = 1

// word is what is known of a word of titles.
type word struct {
	// Count is the number of products that have it in the title, Heads that of products that it may name there.
	Count, Heads int32
	// Brand is the number of products whose brand it is in.
	Brand int32
	// Links say how many of the products with the word have a sense.
	Links []link
	// Near are the kinds that mean about the same, the nearest first.
	Near []neighbour
}

// neighbour is a kind, by its place in Kinds, with the cosine similarity of the words.
type neighbour struct {
	Kind       int32
	Similarity float32
}

type link struct {
	Sense, Count int32
}

// sense is one value of a field.
type sense struct {
	Field, Value string
	// Count is the number of products that have it; Named that of products whose title has the value's name, Kept that of those of them that have it.
	Count, Named, Kept int32
	// Share is the part of all products that have the field at all.
	Share float32
}

// kind is a word for a kind of product, with its vector in the text space, if there was an encoder.
type kind struct {
	Word   string
	Count  int32
	Vector []float32
}

// number is a numeric attribute.
type number struct {
	Count    int32
	Min, Max float64
	// Values count the products by value; the values beyond the limit are missing.
	Values map[float64]int32
}

// Products is the number of products that the lexicon was learned from.
func (l *Lexicon) Products() int { return l.data.Products }

// Save writes the lexicon.
func (l *Lexicon) Save(w io.Writer) error { return gob.NewEncoder(w).Encode(&l.data) }

// Load reads what [Lexicon.Save] wrote; anything else is [vitrine.Invalid].
func Load(r io.Reader) (*Lexicon, error) {
	l := &Lexicon{}
	if err := gob.NewDecoder(r).Decode(&l.data); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "lexicon: %w", err)
	}
	if l.data.Format != format {
		return nil, vitrine.Errorf(vitrine.Invalid, "lexicon: format %d, want %d", l.data.Format, format)
	}
	for _, w := range l.data.Words {
		for _, k := range w.Links {
			if k.Sense < 0 || int(k.Sense) >= len(l.data.Senses) {
				return nil, vitrine.Errorf(vitrine.Invalid, "lexicon: a word links to sense %d of %d", k.Sense, len(l.data.Senses))
			}
		}
	}
	for _, list := range l.data.Names {
		for _, i := range list {
			if i < 0 || int(i) >= len(l.data.Senses) {
				return nil, vitrine.Errorf(vitrine.Invalid, "lexicon: a name links to sense %d of %d", i, len(l.data.Senses))
			}
		}
	}
	return l, nil
}

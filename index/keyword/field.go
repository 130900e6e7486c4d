package keyword

import (
	"strconv"

	index "github.com/blevesearch/bleve_index_api"
)

// field is one bleve field of a document: terms with their frequencies.
type field struct {
	name    string
	options index.FieldIndexingOptions
	// value is what is stored; only the id is.
	value  []byte
	length int
	terms  index.TokenFrequencies
	// slab is where the next entries of terms lie.
	slab []index.TokenFreq
}

// slabSize is the number of entries that are allocated at once.
const slabSize = 32

func newField(name string) *field {
	return &field{name: name, options: index.IndexField, terms: index.TokenFrequencies{}}
}

func newIDField(id string) *field {
	f := newField(fieldID)
	f.options |= index.StoreField
	f.value = []byte(id)
	f.add(id)
	return f
}

// add counts a term that is part of the length.
func (f *field) add(term string) {
	f.length++
	f.count(term)
}

// addToken counts the term of a token.
func (f *field) addToken(t token) {
	if !t.extra {
		f.length++
	}
	f.count(t.term)
}

func (f *field) count(term string) {
	t := f.terms[term]
	if t == nil {
		if len(f.slab) == 0 {
			f.slab = make([]index.TokenFreq, slabSize)
		}
		t, f.slab = &f.slab[0], f.slab[1:]
		f.terms[term] = t
	}
	t.SetFrequency(t.Frequency() + 1)
}

// lengthTerm is the term of [fieldLengths] for a text field of n words.
func lengthTerm(f, n int) string { return strconv.Itoa(f) + ":" + strconv.Itoa(n) }

// Name and the methods below make a field an index.Field.
func (f *field) Name() string { return f.name }

// Value returns what bleve stores.
func (f *field) Value() []byte { return f.value }

// ArrayPositions returns nothing: a field is one value.
func (f *field) ArrayPositions() []uint64 { return nil }

// EncodedFieldType says that the field is text.
func (f *field) EncodedFieldType() byte { return 't' }

// Analyze does nothing: the document has analysed itself.
func (f *field) Analyze() {}

// Options says what bleve keeps of the field.
func (f *field) Options() index.FieldIndexingOptions { return f.options }

// AnalyzedLength is what bleve keeps as norm. It must not be 0: bleve takes a single posting of norm 0 for none.
func (f *field) AnalyzedLength() int { return max(f.length, 1) }

// AnalyzedTokenFrequencies returns the terms.
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.terms }

// NumPlainTextBytes is for bleve's statistics.
func (f *field) NumPlainTextBytes() uint64 { return 0 }

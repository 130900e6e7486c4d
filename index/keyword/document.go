package keyword

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	index "github.com/blevesearch/bleve_index_api"

	"vitrine"
)

// The text fields, which are searched and scored. The number of attribute names of a catalogue does not matter: all are one field.
const (
	textTitle = iota
	textBrand
	textCategory
	textCodes
	textAttributes
	textDescription
	textTranslations
	textFields
)

// textFieldName returns the name of a text field in bleve.
func textFieldName(f int) string {
	return [...]string{"title", "brand", "category", "codes", "attributes", "description", "translations"}[f]
}

// Further fields in bleve, whose terms are not scored.
const (
	// fieldLengths has one term per text field and length, as in "0:12": the title has 12 words.
	fieldLengths = "lengths"
	// fieldValues has one term per value of a product, see [value].
	fieldValues = "values"
	// fieldWords has the words of title, brand and category as they are written, for suggestions.
	fieldWords = "words"
	// fieldPairs has the neighbours among the words of titles, for phrases.
	fieldPairs = "pairs"
	// fieldID is bleve's own; its term is the decimal [vitrine.Doc].
	fieldID = "_id"
)

// maxFieldLength is the largest number of words of a field that is told from larger ones.
const maxFieldLength = 1<<16 - 1

// document is a product in the form that bleve indexes. It analyses itself when bleve first visits its fields, which is on one of bleve's workers.
type document struct {
	id          string
	product     *vitrine.Product
	analyzer    *analyzer
	valueLength int
	yield       func()
	once        sync.Once
	fields      []*field
}

func docID(d vitrine.Doc) string { return strconv.FormatUint(uint64(d), 10) }

func parseDocID(id []byte) (vitrine.Doc, error) {
	n, err := strconv.ParseUint(string(id), 10, 32)
	return vitrine.Doc(n), err
}

// analyse fills the fields in.
func (d *document) analyse() {
	p := d.product
	lengths, spoken, values := newField(fieldLengths), newField(fieldWords), newField(fieldValues)
	d.fields = append(d.fields, lengths, spoken, values, newIDField(d.id))
	for f := range textFields {
		text := newField(textFieldName(f))
		for _, s := range textsOf(p, f) {
			d.analyzer.each(s, text.addToken)
		}
		if len(text.terms) == 0 {
			continue
		}
		d.fields = append(d.fields, text)
		lengths.add(lengthTerm(f, min(text.length, maxFieldLength)))
	}
	for _, f := range []int{textTitle, textBrand, textCategory} {
		for _, s := range textsOf(p, f) {
			for w := range words(s) {
				spoken.add(w.text)
			}
		}
	}
	pairs := newField(fieldPairs)
	d.analyzer.eachPair(p.Title, pairs.add)
	for _, t := range p.Translations {
		d.analyzer.eachPair(t.Title, pairs.add)
	}
	if len(pairs.terms) > 0 {
		d.fields = append(d.fields, pairs)
	}
	for _, name := range fieldsOf(p) {
		if v, ok := p.Field(name); ok {
			eachValueTerm(name, v, d.valueLength, values.add)
		}
	}
}

// textsOf returns the texts of a product that make up a text field.
func textsOf(p *vitrine.Product, f int) []string {
	switch f {
	case textTitle:
		return []string{p.Title}
	case textBrand:
		return []string{p.Brand}
	case textCategory:
		return p.Category
	case textCodes:
		return p.Codes
	case textDescription:
		return []string{p.Description}
	case textAttributes:
		return attributeTexts(p)
	case textTranslations:
		var texts []string
		for _, t := range p.Translations {
			texts = append(texts, t.Title, t.Description)
		}
		return texts
	}
	return nil
}

// attributeTexts returns the texts and numbers of the attributes; of a truth value that holds, the attribute's name, as in "touchscreen".
func attributeTexts(p *vitrine.Product) []string {
	var texts []string
	for name, v := range p.Attributes {
		if holds, ok := v.Bool(); ok {
			if holds {
				texts = append(texts, strings.ReplaceAll(name, "_", " "))
			}
			continue
		}
		texts = append(texts, v.Texts()...)
	}
	return texts
}

// fieldsOf returns the names of the built-in fields and of the product's attributes, each once.
func fieldsOf(p *vitrine.Product) []string {
	names := builtinFields()
	builtin := len(names)
	for name := range p.Attributes {
		if !slices.Contains(names[:builtin], name) {
			names = append(names, name)
		}
	}
	return names
}

func builtinFields() []string {
	return []string{
		vitrine.FieldID, vitrine.FieldGroup, vitrine.FieldTitle, vitrine.FieldBrand, vitrine.FieldCategory, vitrine.FieldCategoryPath,
		vitrine.FieldCode, vitrine.FieldPrice, vitrine.FieldCurrency, vitrine.FieldStock, vitrine.FieldReleased,
	}
}

// ID, Size, AddIDField and the methods below make a document an index.Document.
func (d *document) ID() string { return d.id }

// Size is an estimate: bleve only adds it up for its statistics.
func (d *document) Size() int { return len(d.id) }

// AddIDField does nothing: the field is there from the start.
func (d *document) AddIDField() {}

// HasComposite reports that there are no fields made of others.
func (d *document) HasComposite() bool { return false }

// VisitComposite does nothing.
func (d *document) VisitComposite(index.CompositeFieldVisitor) {}

// NumPlainTextBytes is for bleve's statistics.
func (d *document) NumPlainTextBytes() uint64 { return 0 }

// StoredFieldsBytes is for bleve's statistics.
func (d *document) StoredFieldsBytes() uint64 { return 0 }

// Indexed is for bleve's statistics.
func (d *document) Indexed() bool { return true }

// VisitFields calls visit for every field.
func (d *document) VisitFields(visit index.FieldVisitor) {
	if d.yield != nil {
		d.yield()
	}
	d.once.Do(d.analyse)
	for _, f := range d.fields {
		visit(f)
	}
}

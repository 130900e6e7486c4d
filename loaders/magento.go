package loaders

import (
	"errors"
	"strings"

	"vitrine"
)

// Names of the fields that the Magento join adds.
const (
	groupField      = "vitrine.group"
	categoryField   = "vitrine.category"
	stockField      = "vitrine.stock"
	attributePrefix = "vitrine.attribute."
)

// joinMagento reads a Magento product export. A configurable product lists its variants by sku, and follows them in the file: rows
// that are not visible individually are held back until it names them, and get its sku as their group.
func joinMagento(inner decoder, o Options) decoder {
	return &magento{inner: inner, limit: o.JoinLimit, places: map[string]int{}}
}

type magento struct {
	inner decoder
	limit int
	// held are the rows held back, nil where released; places finds them by sku.
	held   []*record
	places map[string]int
	ready  []*record
	fault  error
}

func (m *magento) next() (*record, error) {
	for len(m.ready) == 0 {
		if m.fault != nil {
			return nil, m.fault
		}
		rec, err := m.inner.next()
		var broken *rowError
		switch {
		case errors.As(err, &broken):
			return nil, err
		case err != nil:
			m.fault = err
			m.releaseAll()
			continue
		}
		m.take(magentoRecord(rec))
	}
	rec := m.ready[0]
	m.ready = m.ready[1:]
	return rec, nil
}

func (m *magento) take(rec *record) {
	sku, variants := rec.get("sku"), variantSKUs(rec.get("configurable_variations"))
	if len(variants) == 0 && rec.get("visibility") == "Not Visible Individually" {
		if len(m.held) >= m.limit {
			m.releaseAll()
		}
		m.places[sku] = len(m.held)
		m.held = append(m.held, rec)
		return
	}
	for _, variant := range variants {
		if place, ok := m.places[variant]; ok {
			m.held[place].add(textField(groupField, sku))
			m.ready = append(m.ready, m.held[place])
			m.held[place] = nil
			delete(m.places, variant)
		}
	}
	if len(m.places) == 0 {
		m.releaseAll()
	}
	if len(variants) > 0 {
		rec.add(textField(groupField, sku))
	}
	m.ready = append(m.ready, rec)
}

// releaseAll makes all rows ready that no configurable product has named.
func (m *magento) releaseAll() {
	for _, rec := range m.held {
		if rec != nil {
			m.ready = append(m.ready, rec)
		}
	}
	clear(m.held)
	clear(m.places)
	m.held = m.held[:0]
}

// variantSKUs reads "sku=A-S,size=S|sku=A-M,size=M".
func variantSKUs(variations string) []string {
	var skus []string
	for variation := range strings.SplitSeq(variations, "|") {
		for pair := range strings.SplitSeq(variation, ",") {
			if sku, ok := strings.CutPrefix(strings.TrimSpace(pair), "sku="); ok {
				skus = append(skus, sku)
			}
		}
	}
	return skus
}

// magentoRecord keeps the columns that make a product and opens up those that hold several values; the other 60 are settings.
func magentoRecord(rec *record) *record {
	kept := &record{row: rec.row, line: rec.line, untyped: true, mended: rec.mended}
	for _, f := range rec.fields {
		switch f.name {
		case "sku", "name", "description", "short_description", "price", "base_image", "additional_images", "visibility", "configurable_variations":
			kept.add(f)
		case "categories":
			first, _, _ := strings.Cut(f.first(), ",")
			kept.add(textField(categoryField, strings.TrimPrefix(first, "Default Category/")))
		case "qty":
			if rec.get("product_type") != "configurable" {
				kept.add(textField(stockField, f.first()))
			}
		case "additional_attributes":
			addMagentoAttributes(kept, f.first())
		}
	}
	return kept
}

// addMagentoAttributes reads "size=XS,climate=Cool|Windy,new=No".
func addMagentoAttributes(rec *record, attributes string) {
	for pair := range strings.SplitSeq(attributes, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "has_options" || name == "required_options" {
			continue
		}
		switch value {
		case "Yes":
			value = "true"
		case "No":
			value = "false"
		}
		rec.add(field{name: attributePrefix + name, value: vitrine.Texts(strings.Split(value, "|")...)})
	}
}

package loaders

import (
	"errors"
	"slices"
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
func joinMagento(inner decoder, o Options) decoder { return &magento{inner: inner, limit: o.JoinLimit} }

type magento struct {
	inner decoder
	limit int
	held  []*record
	ready []*record
	fault error
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
			m.release("", nil)
			continue
		}
		rec = magentoRecord(rec)
		variants := variantSKUs(rec.get("configurable_variations"))
		switch {
		case len(variants) > 0:
			rec.add(textField(groupField, rec.get("sku")))
			m.release(rec.get("sku"), variants)
			m.ready = append(m.ready, rec)
		case rec.get("visibility") == "Not Visible Individually":
			if m.held = append(m.held, rec); len(m.held) >= m.limit {
				m.release("", nil)
			}
		default:
			m.ready = append(m.ready, rec)
		}
	}
	rec := m.ready[0]
	m.ready = m.ready[1:]
	return rec, nil
}

// release makes held records ready: those that the configurable product group names, or all when variants is nil.
func (m *magento) release(group string, variants []string) {
	kept := m.held[:0]
	for _, rec := range m.held {
		switch {
		case variants == nil:
		case slices.Contains(variants, rec.get("sku")):
			rec.add(textField(groupField, group))
		default:
			kept = append(kept, rec)
			continue
		}
		m.ready = append(m.ready, rec)
	}
	clear(m.held[len(kept):])
	m.held = kept
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

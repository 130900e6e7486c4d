package catalog

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"

	"vitrine"
)

// A product is stored as a row of fields: one byte of tag, the length of the payload, the payload. A tag that is not known is skipped.
// Equal products have equal bytes: attributes and translations are sorted by name. JSON would be readable but costs about ten times as much to decode,
// and a page of hits decodes some 200 products.
const (
	tagID = iota + 1
	tagGroup
	tagTitle
	tagDescription
	tagBrand
	tagCategory
	tagCode
	tagPrice
	tagCurrency
	tagStock
	tagImage
	tagClip
	tagURL
	tagReleased
	tagTexts
	tagNumber
	tagBool
	tagTranslation
)

// appendProduct appends the encoded product to dst.
func appendProduct(dst []byte, p *vitrine.Product) ([]byte, error) {
	text := func(tag byte, s string) {
		if s != "" {
			dst = appendText(append(dst, tag), s)
		}
	}
	text(tagID, p.ID)
	text(tagGroup, p.Group)
	text(tagTitle, p.Title)
	text(tagDescription, p.Description)
	text(tagBrand, p.Brand)
	dst = appendList(dst, tagCategory, p.Category)
	dst = appendList(dst, tagCode, p.Codes)
	if p.Price != 0 {
		dst = binary.LittleEndian.AppendUint64(append(dst, tagPrice, 8), math.Float64bits(p.Price))
	}
	text(tagCurrency, p.Currency)
	if p.Stock != nil {
		b := binary.AppendVarint(nil, int64(*p.Stock))
		dst = appendText(append(dst, tagStock), string(b))
	}
	dst = appendList(dst, tagImage, p.Images)
	dst = appendList(dst, tagClip, p.Clips)
	text(tagURL, p.URL)
	if !p.Released.IsZero() {
		b, err := p.Released.MarshalBinary()
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "field released of product %q: %w", p.ID, err)
		}
		dst = appendText(append(dst, tagReleased), string(b))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Attributes)) {
		dst = appendAttribute(dst, name, p.Attributes[name])
	}
	for _, language := range slices.Sorted(maps.Keys(p.Translations)) {
		t := p.Translations[language]
		b := appendText(nil, language)
		b = appendText(b, t.Title)
		b = appendText(b, t.Description)
		dst = appendText(append(dst, tagTranslation), string(b))
	}
	return dst, nil
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendList appends one field per text, so that a list of texts is a repeated tag.
func appendList(dst []byte, tag byte, list []string) []byte {
	for _, s := range list {
		dst = appendText(append(dst, tag), s)
	}
	return dst
}

func appendAttribute(dst []byte, name string, v vitrine.Value) []byte {
	b := appendText(nil, name)
	tag := byte(tagTexts)
	if f, ok := v.Number(); ok {
		tag, b = tagNumber, binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	} else if t, ok := v.Bool(); ok {
		tag = tagBool
		if t {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	} else {
		for _, s := range v.Texts() {
			b = appendText(b, s)
		}
	}
	return appendText(append(dst, tag), string(b))
}

// decodeProduct reads what appendProduct wrote. Every text of the product is a part of one string, so that a product costs one large allocation.
func decodeProduct(data []byte) (*vitrine.Product, error) {
	r := fields(data)
	p := &vitrine.Product{}
	for r != "" {
		tag := r[0]
		r = r[1:]
		payload, ok := r.text()
		if !ok || !setField(p, tag, fields(payload)) {
			return nil, vitrine.Errorf(vitrine.Internal, "stored product %q: damaged at field %d", p.ID, tag)
		}
	}
	return p, nil
}

// setField stores one decoded field and reports whether its payload is sound.
func setField(p *vitrine.Product, tag byte, r fields) bool {
	s := string(r)
	ok := true
	switch tag {
	case tagID:
		p.ID = s
	case tagGroup:
		p.Group = s
	case tagTitle:
		p.Title = s
	case tagDescription:
		p.Description = s
	case tagBrand:
		p.Brand = s
	case tagCategory:
		p.Category = append(p.Category, s)
	case tagCode:
		p.Codes = append(p.Codes, s)
	case tagPrice:
		p.Price, ok = r.float()
	case tagCurrency:
		p.Currency = s
	case tagStock:
		n, size := binary.Varint([]byte(s))
		stock := int(n)
		p.Stock, ok = &stock, size > 0
	case tagImage:
		p.Images = append(p.Images, s)
	case tagClip:
		p.Clips = append(p.Clips, s)
	case tagURL:
		p.URL = s
	case tagReleased:
		var t time.Time
		ok = t.UnmarshalBinary([]byte(s)) == nil
		p.Released = t
	case tagTexts, tagNumber, tagBool:
		ok = setAttribute(p, tag, r)
	case tagTranslation:
		language, ok1 := r.text()
		title, ok2 := r.text()
		description, ok3 := r.text()
		if p.Translations == nil {
			p.Translations = make(map[string]vitrine.Translation)
		}
		p.Translations[language] = vitrine.Translation{Title: title, Description: description}
		ok = ok1 && ok2 && ok3
	}
	return ok
}

func setAttribute(p *vitrine.Product, tag byte, r fields) bool {
	name, ok := r.text()
	if !ok {
		return false
	}
	var v vitrine.Value
	switch tag {
	case tagNumber:
		f, ok := r.float()
		if !ok {
			return false
		}
		v = vitrine.Number(f)
	case tagBool:
		if len(r) != 1 {
			return false
		}
		v = vitrine.Bool(r[0] != 0)
	default:
		var texts []string
		for r != "" {
			s, ok := r.text()
			if !ok {
				return false
			}
			texts = append(texts, s)
		}
		v = vitrine.Texts(texts...)
	}
	if p.Attributes == nil {
		p.Attributes = make(map[string]vitrine.Value)
	}
	p.Attributes[name] = v
	return true
}

// fields is what is left to read of an encoded product.
type fields string

// text takes a text with its length in front.
func (r *fields) text() (string, bool) {
	var n uint64
	for i := 0; i < len(*r) && i < binary.MaxVarintLen64; i++ {
		b := (*r)[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			rest := (*r)[i+1:]
			if n > uint64(len(rest)) {
				return "", false
			}
			*r = rest[n:]
			return string(rest[:n]), true
		}
	}
	return "", false
}

// float takes a number of eight bytes and reports whether nothing follows it.
func (r *fields) float() (float64, bool) {
	if len(*r) != 8 {
		return 0, false
	}
	var bits uint64
	for i := range 8 {
		bits |= uint64((*r)[i]) << (8 * i)
	}
	*r = ""
	return math.Float64frombits(bits), true
}

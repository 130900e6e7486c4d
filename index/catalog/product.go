package catalog

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"vitrine"
)

// A product is stored as a row of fields: one byte of tag, the length of the payload, the payload. A tag that is not known is skipped.
// Equal products have equal bytes: attributes and translations are sorted by name. JSON would be readable but costs several times as much to decode
// (BenchmarkDecode), and a page of hits decodes up to 200 products.
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
	tagSizes
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
	if len(p.Attributes) > 0 {
		dst = appendSizes(dst, p.Attributes)
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

// appendSizes says how many attributes and how many texts in them follow, so that the decoder makes room once.
func appendSizes(dst []byte, attributes map[string]vitrine.Value) []byte {
	texts := 0
	for _, v := range attributes {
		if !isScalar(v) {
			texts += len(v.Texts())
		}
	}
	b := binary.AppendUvarint(nil, uint64(len(attributes)))
	b = binary.AppendUvarint(b, uint64(texts))
	return appendText(append(dst, tagSizes), string(b))
}

func isScalar(v vitrine.Value) bool {
	_, number := v.Number()
	_, truth := v.Bool()
	return number || truth
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

// decodeProduct reads what appendProduct wrote. Every text of the product is a part of one string, so that a product costs few allocations.
func decodeProduct(data []byte) (*vitrine.Product, error) {
	d := decoder{product: &vitrine.Product{}}
	r := fields(data)
	for r != "" {
		tag := r[0]
		r = r[1:]
		payload, ok := r.text()
		if !ok || !d.field(tag, fields(payload)) {
			return nil, vitrine.Errorf(vitrine.Internal, "stored product %q: damaged at field %d", d.product.ID, tag)
		}
	}
	return d.product, nil
}

// decoder is a product half read, and room for the texts of its attributes.
type decoder struct {
	product *vitrine.Product
	texts   []string
}

// field stores one decoded field and reports whether its payload is sound.
func (d *decoder) field(tag byte, r fields) bool {
	p, s, ok := d.product, string(r), true
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
		ok = p.Released.UnmarshalBinary([]byte(s)) == nil
	case tagSizes:
		ok = d.sizes(r)
	case tagTexts, tagNumber, tagBool:
		ok = d.attribute(tag, r)
	case tagTranslation:
		ok = d.translation(r)
	}
	return ok
}

// sizes makes room for the attributes; the bound keeps a damaged count from asking for more memory than a product can need.
func (d *decoder) sizes(r fields) bool {
	const most = 1 << 16
	attributes, ok1 := r.uvarint()
	texts, ok2 := r.uvarint()
	d.product.Attributes = make(map[string]vitrine.Value, min(attributes, most))
	d.texts = make([]string, 0, min(texts, most))
	return ok1 && ok2
}

func (d *decoder) attribute(tag byte, r fields) bool {
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
		from := len(d.texts)
		for r != "" {
			s, ok := r.text()
			if !ok {
				return false
			}
			d.texts = append(d.texts, s)
		}
		v = vitrine.Texts(d.texts[from:len(d.texts):len(d.texts)]...)
	}
	if d.product.Attributes == nil {
		d.product.Attributes = make(map[string]vitrine.Value)
	}
	d.product.Attributes[name] = v
	return true
}

func (d *decoder) translation(r fields) bool {
	language, ok1 := r.text()
	title, ok2 := r.text()
	description, ok3 := r.text()
	if d.product.Translations == nil {
		d.product.Translations = make(map[string]vitrine.Translation)
	}
	d.product.Translations[language] = vitrine.Translation{Title: title, Description: description}
	return ok1 && ok2 && ok3
}

// fields is what is left to read of an encoded product.
type fields string

// text takes a text with its length in front.
func (r *fields) text() (string, bool) {
	n, ok := r.uvarint()
	if !ok || n > uint64(len(*r)) {
		return "", false
	}
	s := (*r)[:n]
	*r = (*r)[n:]
	return string(s), true
}

// uvarint takes a number in the form of [binary.AppendUvarint].
func (r *fields) uvarint() (uint64, bool) {
	var n uint64
	for i := 0; i < len(*r) && i < binary.MaxVarintLen64; i++ {
		b := (*r)[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			*r = (*r)[i+1:]
			return n, true
		}
	}
	return 0, false
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

// Package vitrine is the vocabulary of the product search engine: what a product, a query, a filter, a hit, an event and a
// shopper's profile are, and which errors exist. Every other package speaks in these types; this one imports the standard library only.
//
// Main types: [Product] with its [Value] attributes, [Query] and [Filter], [Results] made of [Hit], [Event] and [Profile],
// [Doc] and [DocSet] (products inside one index generation), and [Error] with its [Code].
//
// # Caveats
//
// A [Doc] means something only inside the generation that gave it out; never store one outside that generation.
// Types here are plain data and not safe for concurrent writes.
package vitrine

import (
	"fmt"
	"strings"
	"time"
)

// Product is one sellable thing of a shop's catalogue.
type Product struct {
	// ID is the shop's own identifier, unique in an index, at most [MaxIDLength] bytes.
	ID string `json:"id"`
	// Group names the variants of one article (sizes, colours); empty when the product has none.
	Group string `json:"group,omitempty"`
	Title string `json:"title"`
	// Description is plain text; loaders turn HTML into text.
	Description string `json:"description,omitempty"`
	Brand       string `json:"brand,omitempty"`
	// Category is the path from the broadest to the narrowest, as in ["Apparel", "Topwear", "Shirts"].
	Category []string `json:"category,omitempty"`
	// Codes are model numbers, SKUs and GTINs, searched as they are and never corrected as typing errors.
	Codes []string `json:"codes,omitempty"`
	// Price is in units of Currency; 0 means unknown.
	Price float64 `json:"price,omitempty"`
	// Currency is an ISO 4217 code.
	Currency string `json:"currency,omitempty"`
	// Stock is the number of pieces at hand; nil means unknown, which counts as available.
	Stock *int `json:"stock,omitempty"`
	// Images and Clips are file paths below the shop's picture root, or http(s) URLs; the first image leads.
	Images []string `json:"images,omitempty"`
	Clips  []string `json:"clips,omitempty"`
	// URL is the product's page in the shop.
	URL string `json:"url,omitempty"`
	// Released is when the product came on sale.
	Released time.Time `json:"released,omitzero"`
	// Attributes are the shop's own fields by name, as in "colour" or "display_diagonal".
	Attributes map[string]Value `json:"attributes,omitempty"`
	// Translations hold title and description in further languages by BCP 47 tag, as in "zh".
	Translations map[string]Translation `json:"translations,omitempty"`
}

// Translation is a product's text in one further language.
type Translation struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// MaxIDLength is the longest product id in bytes that an index takes.
const MaxIDLength = 512

// Names of the built-in fields that filters, facets and sort orders know beside a product's attributes.
const (
	FieldID       = "id"
	FieldGroup    = "group"
	FieldTitle    = "title"
	FieldBrand    = "brand"
	FieldCategory = "category"
	// FieldCategoryPath is the category with all that is above it, as in "Apparel > Topwear > Shirts".
	FieldCategoryPath = "category_path"
	FieldCode         = "code"
	FieldPrice        = "price"
	FieldCurrency     = "currency"
	FieldStock        = "stock"
	FieldReleased     = "released"
)

// Field returns the value of a built-in field or attribute by name, and whether the product has it. A built-in name wins over an
// attribute of the same name. "category" yields every level of the path, "category_path" the path down to every level; "released" is in Unix seconds. A zero price is absent.
func (p *Product) Field(name string) (Value, bool) {
	switch name {
	case FieldID:
		return Text(p.ID), true
	case FieldGroup:
		return Text(p.Group), p.Group != ""
	case FieldTitle:
		return Text(p.Title), p.Title != ""
	case FieldBrand:
		return Text(p.Brand), p.Brand != ""
	case FieldCategory:
		return Texts(p.Category...), len(p.Category) > 0
	case FieldCategoryPath:
		return Texts(p.categoryPaths()...), len(p.Category) > 0
	case FieldCode:
		return Texts(p.Codes...), len(p.Codes) > 0
	case FieldPrice:
		return Number(p.Price), p.Price != 0
	case FieldCurrency:
		return Text(p.Currency), p.Currency != ""
	case FieldStock:
		if p.Stock == nil {
			return Value{}, false
		}
		return Number(float64(*p.Stock)), true
	case FieldReleased:
		return Number(float64(p.Released.Unix())), !p.Released.IsZero()
	}
	v, ok := p.Attributes[name]
	return v, ok
}

// PathSeparator stands between the levels of a category path.
const PathSeparator = " > "

// categoryPaths returns the path down to every level of the category, the shortest first.
func (p *Product) categoryPaths() []string {
	paths := make([]string, len(p.Category))
	for i := range p.Category {
		paths[i] = strings.Join(p.Category[:i+1], PathSeparator)
	}
	return paths
}

// Validate reports the first field that no index can take, with code [Invalid].
func (p *Product) Validate() error {
	switch {
	case p.ID == "":
		return Errorf(Invalid, "field id: is empty")
	case len(p.ID) > MaxIDLength:
		return Errorf(Invalid, "field id: %d bytes, at most %d are allowed", len(p.ID), MaxIDLength)
	case strings.ContainsRune(p.ID, 0):
		return Errorf(Invalid, "field id: contains a NUL byte")
	case strings.TrimSpace(p.Title) == "":
		return Errorf(Invalid, "field title: is empty (product %q)", p.ID)
	case p.Price < 0 || p.Price != p.Price || p.Price > 1e15:
		return Errorf(Invalid, "field price: %v is not a price (product %q)", p.Price, p.ID)
	}
	for name := range p.Attributes {
		if name == "" {
			return Errorf(Invalid, "field attributes: a name is empty (product %q)", p.ID)
		}
	}
	return nil
}

// Vectors are the named vectors of one product or query: unit-length float32 vectors by space name ("text", "joint").
type Vectors map[string][]float32

// The spaces that the builtin encoders fill: [SpaceText] compares words with words by meaning, [SpaceJoint] compares words and pictures.
const (
	SpaceText  = "text"
	SpaceJoint = "joint"
)

// String names a product in messages as id and title.
func (p *Product) String() string { return fmt.Sprintf("%s %q", p.ID, p.Title) }

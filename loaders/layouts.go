package loaders

import (
	"strings"

	"vitrine"
)

// layout is a catalogue whose columns are known.
type layout struct {
	name string
	// matches reports whether a first record looks like this catalogue's.
	matches func(*record) bool
	mapping Mapping
	// join wraps the decoder of catalogues whose records need work or belong together; nil for the others.
	join func(decoder, Options) decoder
}

const layoutGeneric = "generic"

// layouts lists the known layouts, the most particular first.
func layouts() []layout {
	return []layout{
		{
			name:    "icecat",
			matches: func(r *record) bool { return r.has("ean", "supplier", "img_500x500") },
			mapping: Mapping{
				ID: Columns{"id"}, Title: Columns{"title", "name"}, Description: Columns{"short_description"}, Brand: Columns{"supplier"},
				Category: Columns{"attr_t_product_type"}, Price: Columns{"price"}, PriceScale: 0.01, Codes: Columns{"name", "ean"},
				Images: Columns{"img_500x500"}, Released: Columns{"date_released"},
				Attributes: Columns{"*", "attr_t_product_type"}, Strip: Columns{"attr_t_", "attr_n_", "attr_b_"},
				Ignore: Columns{"img_high", "img_low", "img_thumb"},
			},
			join: joinIcecat,
		},
		{
			name:    "fashion",
			matches: func(r *record) bool { return r.has("id", "title", "master_category", "sub_category", "article_type") },
			mapping: Mapping{
				ID: Columns{"id"}, Title: Columns{"title"}, Category: Columns{"master_category", "sub_category", "article_type"},
				Images: Columns{"image"}, Attributes: Columns{"*", "article_type"}, Rename: map[string]string{"base_colour": "colour"},
			},
		},
		{
			name:    "eshop",
			matches: func(r *record) bool { return r.has("Id", "Type", "Brand", "Name", "Price") },
			mapping: Mapping{
				ID: Columns{"Id"}, Title: Columns{"Name"}, Description: Columns{"Description"}, Brand: Columns{"Brand"}, Category: Columns{"Type"},
				CategorySeparator: ">", Price: Columns{"Price"}, Images: Columns{"Pics/{Id}.webp"}, Attributes: Columns{"*"},
			},
		},
		{
			name:    "aws_retail",
			matches: func(r *record) bool { return r.has("id", "name", "category", "style", "current_stock") },
			mapping: Mapping{
				ID: Columns{"id"}, Title: Columns{"name"}, Description: Columns{"description"}, Category: Columns{"category", "style"},
				Price: Columns{"price"}, Stock: Columns{"current_stock"}, Images: Columns{"image"}, Attributes: Columns{"*", "style"},
				Rename: map[string]string{"gender_affinity": "gender"}, Ignore: Columns{"link", "image_license", "where_visible"},
			},
		},
		{
			name:    "magento",
			matches: func(r *record) bool { return r.has("sku", "product_type", "categories", "attribute_set_code") },
			mapping: Mapping{
				ID: Columns{"sku"}, Group: Columns{groupField}, Title: Columns{"name"}, Description: Columns{"description", "short_description"},
				Category: Columns{categoryField}, CategorySeparator: "/", Price: Columns{"price"}, Stock: Columns{stockField},
				Images: Columns{"base_image", "additional_images"}, Codes: Columns{"sku"}, ListSeparator: ",",
				Attributes: Columns{"*"}, Strip: Columns{attributePrefix}, Ignore: Columns{"visibility", "configurable_variations"},
			},
			join: joinMagento,
		},
		{
			name:    "magento_fixture",
			matches: func(r *record) bool { return r.has("category", "name", "sku", "attribute_set") },
			mapping: Mapping{
				ID: Columns{"sku"}, Title: Columns{"name"}, Description: Columns{"description", "short_description"}, Category: Columns{"category"},
				CategorySeparator: "\n", Price: Columns{"price"}, Stock: Columns{"qty"}, Codes: Columns{"sku"}, ListSeparator: "\n",
				Attributes: Columns{"*"}, Ignore: Columns{"attribute_set", "visibility", "url_key", "special_price", "meta_description"},
			},
		},
		{
			name:    "saleor",
			matches: func(r *record) bool { return r.has("model", "pk") && strings.Contains(r.get("model"), ".") },
			mapping: guess(),
			join:    joinSaleor,
		},
	}
}

// Layouts lists the names that [Options.Layout] takes.
func Layouts() []string {
	names := []string{layoutGeneric}
	for _, l := range layouts() {
		names = append(names, l.name)
	}
	return names
}

func checkLayout(name string) error {
	if name == "" {
		return nil
	}
	for _, known := range Layouts() {
		if known == name {
			return nil
		}
	}
	return vitrine.Errorf(vitrine.Invalid, "layout %q: is none of %s", name, strings.Join(Layouts(), ", "))
}

// chooseLayout takes the layout that the options name, or the one that the first record looks like, or the generic one.
func chooseLayout(o Options, first *record) layout {
	if o.Mapping != nil {
		return layout{name: "mapping", mapping: o.Mapping.over(guess())}
	}
	for _, l := range layouts() {
		if o.Layout == l.name || o.Layout == "" && l.matches(first) {
			return l
		}
	}
	return layout{name: layoutGeneric, mapping: guess()}
}

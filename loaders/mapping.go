package loaders

import (
	"strings"
	"unicode"
)

// Columns names columns of a catalogue file. Names match in any case, with blanks and dashes read as underscores, and without a
// "g:" prefix; members of nested JSON objects are joined by a dot, as in "price.amount". An entry with braces is a template over
// columns, as in "pictures/{sku}.webp", and is empty when a column in it is. In YAML a single name needs no list.
type Columns []string

// UnmarshalYAML reads one name or a list of names.
func (c *Columns) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if err := unmarshal(&one); err == nil {
		*c = Columns{one}
		return nil
	}
	var list []string
	if err := unmarshal(&list); err != nil {
		return err
	}
	*c = list
	return nil
}

// Mapping says which columns make up a product. Where a product field is a single value, the first column that is not empty gives it;
// where it is a list, all columns do, in the order given here. A field left empty keeps the guess for common names;
// name a column that does not exist, as in "-", to switch a guess off.
type Mapping struct {
	ID          Columns `yaml:"id,omitempty" json:"id,omitempty"`
	Group       Columns `yaml:"group,omitempty" json:"group,omitempty"`
	Title       Columns `yaml:"title,omitempty" json:"title,omitempty"`
	Description Columns `yaml:"description,omitempty" json:"description,omitempty"`
	Brand       Columns `yaml:"brand,omitempty" json:"brand,omitempty"`
	// Category columns are the levels of the path from the broadest, or one column with the whole path.
	Category Columns `yaml:"category,omitempty" json:"category,omitempty"`
	// CategorySeparator splits a path in one column; empty tries ">", "|" and " / ".
	CategorySeparator string  `yaml:"category_separator,omitempty" json:"category_separator,omitempty"`
	Price             Columns `yaml:"price,omitempty" json:"price,omitempty"`
	// PriceScale multiplies prices, 0.01 for cents; 0 means 1.
	PriceScale float64 `yaml:"price_scale,omitempty" json:"price_scale,omitempty"`
	// Decimal is the decimal mark of prices written as text, "." or ","; empty guesses per price, where 1.299 is a decimal and 1,299 is not.
	Decimal string `yaml:"decimal,omitempty" json:"decimal,omitempty"`
	// Currency is the column of the currency; a code or sign in the price itself wins.
	Currency Columns `yaml:"currency,omitempty" json:"currency,omitempty"`
	Stock    Columns `yaml:"stock,omitempty" json:"stock,omitempty"`
	Images   Columns `yaml:"images,omitempty" json:"images,omitempty"`
	Clips    Columns `yaml:"clips,omitempty" json:"clips,omitempty"`
	Codes    Columns `yaml:"codes,omitempty" json:"codes,omitempty"`
	URL      Columns `yaml:"url,omitempty" json:"url,omitempty"`
	Released Columns `yaml:"released,omitempty" json:"released,omitempty"`
	// ListSeparator splits images, clips and codes written in one text, and attributes when it is given; empty splits the former at "|".
	ListSeparator string `yaml:"list_separator,omitempty" json:"list_separator,omitempty"`
	// Attributes are the columns kept as attributes; "*" stands for every column that no other field uses, and is the guess.
	Attributes Columns `yaml:"attributes,omitempty" json:"attributes,omitempty"`
	// Rename gives attributes another name than their column's.
	Rename map[string]string `yaml:"rename,omitempty" json:"rename,omitempty"`
	// Strip takes these prefixes off the names of attributes.
	Strip Columns `yaml:"strip,omitempty" json:"strip,omitempty"`
	// Ignore are columns that "*" leaves out.
	Ignore Columns `yaml:"ignore,omitempty" json:"ignore,omitempty"`

	// alternatives makes Category columns alternatives instead of levels, for the guess.
	alternatives bool
}

// role is a product field that columns fill.
type role int

const (
	roleID role = iota
	roleGroup
	roleTitle
	roleDescription
	roleBrand
	roleCategory
	rolePrice
	roleCurrency
	roleStock
	roleImages
	roleClips
	roleCodes
	roleURL
	roleReleased
	roleCount
)

// columns returns the mapping's column lists by role.
func (m *Mapping) columns() [roleCount]*Columns {
	return [roleCount]*Columns{
		roleID: &m.ID, roleGroup: &m.Group, roleTitle: &m.Title, roleDescription: &m.Description, roleBrand: &m.Brand,
		roleCategory: &m.Category, rolePrice: &m.Price, roleCurrency: &m.Currency, roleStock: &m.Stock, roleImages: &m.Images,
		roleClips: &m.Clips, roleCodes: &m.Codes, roleURL: &m.URL, roleReleased: &m.Released,
	}
}

// guess returns the columns that shops commonly use, the most telling name first.
func guess() Mapping {
	return Mapping{
		ID:          Columns{"id", "product_id", "item_id", "sku", "product_sku", "article_number", "handle", "asin", "code"},
		Group:       Columns{"group", "item_group_id", "group_id", "parent_id", "parent_sku", "parent"},
		Title:       Columns{"title", "name", "product_name", "product_title", "item_name"},
		Description: Columns{"description", "long_description", "product_description", "body_html", "body", "short_description", "summary"},
		Brand:       Columns{"brand", "vendor", "manufacturer", "supplier", "brand_name", "maker"},
		Category:    Columns{"category", "categories", "product_type", "category_path", "google_product_category", "product_category", "type"},
		Price:       Columns{"price", "sale_price", "price.amount", "price.value", "unit_price", "regular_price", "variant_price", "list_price"},
		Currency:    Columns{"currency", "price.currency", "currency_code", "price_currency"},
		Stock:       Columns{"stock", "quantity", "qty", "inventory", "stock_quantity", "current_stock", "inventory_quantity", "availability"},
		Images: Columns{
			"images", "image", "image_link", "image_url", "image_src", "picture", "pictures", "images.url", "images.src",
			"additional_image_link", "additional_images", "img",
		},
		Clips:        Columns{"clips", "clip", "video", "videos", "video_url", "video_link"},
		Codes:        Columns{"codes", "sku", "mpn", "gtin", "ean", "upc", "isbn", "barcode", "model", "model_number", "part_number", "gtin13"},
		URL:          Columns{"url", "link", "product_url", "permalink"},
		Released:     Columns{"released", "release_date", "date_released", "published_at", "created_at"},
		Attributes:   Columns{"*"},
		Strip:        Columns{"attributes."},
		alternatives: true,
	}
}

// over returns the mapping with the fields that it leaves empty taken from base.
func (m Mapping) over(base Mapping) Mapping {
	own, other := m.columns(), base.columns()
	if len(m.Category) == 0 {
		m.alternatives = base.alternatives
	}
	for i := range own {
		if len(*own[i]) == 0 {
			*own[i] = *other[i]
		}
	}
	if len(m.Attributes) == 0 {
		m.Attributes = base.Attributes
	}
	if len(m.Strip) == 0 {
		m.Strip = base.Strip
	}
	return m
}

// slot says what becomes of one column.
type slot struct {
	uses      []use
	attribute string
	// translation and title are set for "translations.<tag>.title" and "….description".
	translation string
	title       bool
}

type use struct {
	role role
	rank int
}

// plan is a mapping made ready: each distinct column name is looked at once.
type plan struct {
	Mapping
	uses      map[string][]use
	templates []template
	wanted    map[string]bool
	ignored   map[string]bool
	renames   map[string]string
	slots     map[string]*slot
}

type template struct {
	use
	text string
}

func newPlan(m Mapping) *plan {
	p := &plan{Mapping: m, uses: map[string][]use{}, wanted: set(m.Attributes), ignored: set(m.Ignore), renames: map[string]string{}, slots: map[string]*slot{}}
	for r, columns := range p.columns() {
		for rank, column := range *columns {
			u := use{role: role(r), rank: rank}
			if strings.Contains(column, "{") {
				p.templates = append(p.templates, template{use: u, text: column})
				continue
			}
			key := fold(column)
			p.uses[key] = append(p.uses[key], u)
		}
	}
	for from, to := range m.Rename {
		p.renames[fold(from)] = to
	}
	return p
}

func set(columns Columns) map[string]bool {
	s := make(map[string]bool, len(columns))
	for _, c := range columns {
		s[fold(c)] = true
	}
	return s
}

// slot returns what becomes of the column; names seen are remembered up to a bound, as JSON rows can have ever new ones.
func (p *plan) slot(name string) *slot {
	if s, ok := p.slots[name]; ok {
		return s
	}
	const most = 100_000
	if len(p.slots) >= most {
		clear(p.slots)
	}
	s := p.work(name)
	p.slots[strings.Clone(name)] = s
	return s
}

func (p *plan) work(name string) *slot {
	key := fold(name)
	if rest, ok := strings.CutPrefix(name, "translations."); ok {
		if tag, ok := strings.CutSuffix(rest, ".title"); ok {
			return &slot{translation: tag, title: true}
		}
		if tag, ok := strings.CutSuffix(rest, ".description"); ok {
			return &slot{translation: tag}
		}
	}
	s := &slot{uses: p.uses[key]}
	if p.wanted[key] || p.wanted["*"] && len(s.uses) == 0 && !p.ignored[key] {
		s.attribute = strings.Clone(strings.TrimSpace(name))
		for _, prefix := range p.Strip {
			if rest, ok := strings.CutPrefix(s.attribute, prefix); ok && rest != "" {
				s.attribute = rest
				break
			}
		}
		if to, ok := p.renames[key]; ok {
			s.attribute = to
		}
	}
	return s
}

// fold brings a column name to the form in which names are compared.
func fold(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(name, "g:")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return '_'
		}
		return r
	}, name)
}

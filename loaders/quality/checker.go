package quality

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"vitrine"
	"vitrine/loaders"
)

// Kind says what was found.
type Kind string

// The kinds of findings.
const (
	// Rejected, Mended, Duplicate and Flagged are the loader's.
	Rejected  Kind = "rejected"
	Mended    Kind = "mended"
	Duplicate Kind = "duplicate_id"
	Flagged   Kind = "flagged"
	// BrokenRule is a rule of the shop that a product does not keep.
	BrokenRule Kind = "rule"
	// SameTitle products have the same title, but for case, marks and order of words; NearTitle and NearPicture are alike by vector.
	SameTitle   Kind = "same_title"
	NearTitle   Kind = "near_title"
	NearPicture Kind = "near_picture"
	// Outlier figures lie far from those of their category.
	Outlier Kind = "outlier"
	// UnitClash values are in another unit than most of their attribute.
	UnitClash Kind = "unit"
	// Language texts are in another language than most.
	Language Kind = "language"
	// BrokenPicture files cannot be read.
	BrokenPicture Kind = "broken_picture"
)

// Finding is one thing that is, or may be, wrong with one product.
type Finding struct {
	Kind    Kind   `json:"kind"`
	Row     int    `json:"row"`
	Product string `json:"product,omitempty"`
	Field   string `json:"field,omitempty"`
	Value   string `json:"value,omitempty"`
	Detail  string `json:"detail"`
}

// Options set what counts as wrong. The zero value is ready to use.
type Options struct {
	// Rules are those of the shop.
	Rules []Rule
	// Score is the robust z-score, the distance from the median in standard deviations estimated by the median absolute deviation, beyond which a figure
	// is an outlier. 0 means 5; 3.5 finds more, and more that is right.
	Score float64
	// Fewest is the number of figures of a category below which none is an outlier, and of values of an attribute below which no unit clashes. 0 means 20.
	Fewest int
	// Minority is the share of products below which a language or a unit is not the catalogue's. 0 means 0.1.
	Minority float64
	// Findings bounds the list of each kind; all are counted. 0 means 100,000.
	Findings int
}

// item is what is kept of a product.
type item struct {
	row          int
	id, category string
}

// Checker takes products in and says what is wrong with them.
type Checker struct {
	options Options
	rules   []rule
	items   []item
	counts  map[Kind]int
	found   []Finding
	fields  map[string]*field
	titles  map[string]int
	numbers map[series][]figure
	units   map[string][]measured
	tongues []tongue
}

// field is how one field is filled.
type field struct {
	given   int
	numbers int
	values  map[string]struct{}
}

// series are the figures of one field in one category.
type series struct{ field, category string }

type figure struct {
	item  int
	value float64
}

// New makes a checker. A rule that cannot be is Invalid.
func New(o Options) (*Checker, error) {
	o.Score, o.Fewest, o.Minority, o.Findings = cmp.Or(o.Score, 5), cmp.Or(o.Fewest, 20), cmp.Or(o.Minority, 0.1), cmp.Or(o.Findings, 100_000)
	rules, err := compile(o.Rules)
	return &Checker{
		options: o, rules: rules, counts: map[Kind]int{}, fields: map[string]*field{}, titles: map[string]int{},
		numbers: map[series][]figure{}, units: map[string][]measured{},
	}, err
}

// note counts a finding and lists it.
func (c *Checker) note(f Finding) {
	if c.counts[f.Kind]++; c.counts[f.Kind] <= c.options.Findings {
		c.found = append(c.found, f)
	}
}

// about is a finding about a product taken in before.
func (c *Checker) about(kind Kind, i int, field, value, detail string) {
	c.note(Finding{Kind: kind, Row: c.items[i].row, Product: c.items[i].id, Field: field, Value: value, Detail: detail})
}

// mostValues bounds the different values that are counted of a field.
const mostValues = 1000

// Add takes a product in and gives its number, counted from 0.
func (c *Checker) Add(row loaders.Row) int {
	p := row.Product
	i := len(c.items)
	c.items = append(c.items, item{row.Number, p.ID, strings.Join(p.Category, vitrine.PathSeparator)})
	names := append(slices.Collect(maps.Keys(p.Attributes)), "title", "description", "brand", "category", "price", "images")
	for _, name := range names {
		c.field(i, p, name)
	}
	for r := range c.rules {
		if how := c.rules[r].broken(p); how != "" {
			value := ""
			if v, ok := p.Field(c.rules[r].Field); ok {
				value = v.String()
			}
			c.about(BrokenRule, i, c.rules[r].Field, value, how)
		}
	}
	key := folded(p.Title) + "\x00" + p.Group
	if first, ok := c.titles[key]; ok {
		c.about(SameTitle, i, "title", p.Title, "as of product "+c.items[first].id)
	} else {
		c.titles[key] = i
	}
	c.hear(i, p)
	return i
}

// field notes how a field of a product is filled.
func (c *Checker) field(i int, p *vitrine.Product, name string) {
	f := c.fields[name]
	if f == nil {
		f = &field{values: map[string]struct{}{}}
		c.fields[name] = f
	}
	v, ok := p.Field(name)
	switch name {
	case "description":
		v, ok = vitrine.Text(p.Description), p.Description != ""
	case "images":
		v, ok = vitrine.Texts(p.Images...), len(p.Images) > 0
	}
	if !ok {
		return
	}
	f.given++
	if n, number := v.Number(); number {
		f.numbers++
		s := series{name, c.items[i].category}
		c.numbers[s] = append(c.numbers[s], figure{i, n})
	}
	for _, t := range v.Texts() {
		if len(f.values) < mostValues {
			f.values[t] = struct{}{}
		}
	}
	if name != "title" && name != "description" && name != "images" {
		c.measure(i, name, v)
	}
}

// folded is a title by its words alone, sorted.
func folded(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// Alike notes that product i, taken in after product j, is like it by vector: NearTitle or NearPicture.
func (c *Checker) Alike(kind Kind, i, j int, similarity float32) {
	c.about(kind, i, "", "", "like product "+c.items[j].id+", similarity "+short(float64(similarity)))
}

// Broken notes that a picture of product i cannot be read.
func (c *Checker) Broken(i int, picture string, err error) {
	c.about(BrokenPicture, i, "images", picture, err.Error())
}

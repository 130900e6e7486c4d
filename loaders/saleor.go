package loaders

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"vitrine"
)

// joinSaleor reads a Saleor database dump, where a product's parts are records of their own in any order that point at each other by
// primary key. All records of the tables needed are held, up to the join limit, and yield one product per product record: the lowest
// price of its variants in the first channel, the sum of their stock, and every variant's sku and attribute values.
func joinSaleor(inner decoder, o Options) decoder { return &saleor{inner: inner, limit: o.JoinLimit} }

type saleor struct {
	inner  decoder
	limit  int
	joined bool
	fault  error
	ready  []*record
	tables map[string][]*record
	// byKey finds records by table and primary key, byLink those of a table whose field points at a key.
	byKey  map[string]*record
	byLink map[string][]*record
}

func (s *saleor) next() (*record, error) {
	if !s.joined {
		err := s.load()
		var broken *rowError
		if errors.As(err, &broken) {
			return nil, err
		}
		s.joined, s.fault = true, err
		for _, product := range s.tables["product.product"] {
			s.ready = append(s.ready, s.product(product))
		}
		s.tables, s.byKey, s.byLink = nil, nil, nil
	}
	if len(s.ready) == 0 {
		return nil, s.fault
	}
	rec := s.ready[0]
	s.ready = s.ready[1:]
	return rec, nil
}

// load holds the records until the end of the file, whose error it returns, or a broken row.
func (s *saleor) load() error {
	if s.tables == nil {
		s.tables, s.byKey, s.byLink = map[string][]*record{}, map[string]*record{}, map[string][]*record{}
	}
	for {
		rec, err := s.inner.next()
		if err != nil {
			return err
		}
		table := rec.get("model")
		switch table {
		case "product.product", "product.category", "product.productvariant", "product.productvariantchannellisting",
			"product.productchannellisting", "product.productmedia", "warehouse.stock", "attribute.attribute", "attribute.attributevalue",
			"attribute.assignedproductattributevalue", "attribute.assignedvariantattribute", "attribute.assignedvariantattributevalue":
		default:
			continue
		}
		if len(s.byKey) >= s.limit {
			return vitrine.Errorf(vitrine.TooLarge, "row %d (line %d): more than %d records to join", rec.row, rec.line, s.limit)
		}
		s.tables[table] = append(s.tables[table], rec)
		s.byKey[table+"/"+rec.get("pk")] = rec
	}
}

// where returns the records of a table whose field points at the key.
func (s *saleor) where(table, name, key string) []*record {
	index := table + "/" + name
	if _, built := s.byLink[index]; !built {
		s.byLink[index] = nil
		for _, rec := range s.tables[table] {
			link := index + "/" + rec.get("fields."+name)
			s.byLink[link] = append(s.byLink[link], rec)
		}
	}
	return s.byLink[index+"/"+key]
}

func (s *saleor) product(product *record) *record {
	key := product.get("pk")
	rec := &record{row: product.row, line: product.line, mended: product.mended}
	rec.add(
		textField("id", key),
		textField("title", product.get("fields.name")),
		textField("description", product.get("fields.description_plaintext")),
		field{name: "category", value: vitrine.Texts(s.path(product.get("fields.category"))...)},
	)
	if listing := s.where("product.productchannellisting", "product", key); len(listing) > 0 {
		rec.add(textField("released", listing[0].get("fields.published_at")))
	}
	media := s.where("product.productmedia", "product", key)
	slices.SortStableFunc(media, func(a, b *record) int {
		return cmp.Compare(number(a, "fields.sort_order"), number(b, "fields.sort_order"))
	})
	rec.add(gather("images", media, "fields.image"))
	variants := s.where("product.productvariant", "product", key)
	rec.add(gather("codes", variants, "fields.sku"))
	attributes := map[string][]string{}
	for _, assigned := range s.where("attribute.assignedproductattributevalue", "product", key) {
		s.addAttribute(attributes, assigned)
	}
	var prices []*record
	stock, stocked := 0.0, false
	for _, variant := range variants {
		prices = append(prices, s.where("product.productvariantchannellisting", "variant", variant.get("pk"))...)
		for _, assignment := range s.where("attribute.assignedvariantattribute", "variant", variant.get("pk")) {
			for _, assigned := range s.where("attribute.assignedvariantattributevalue", "assignment", assignment.get("pk")) {
				s.addAttribute(attributes, assigned)
			}
		}
		for _, at := range s.where("warehouse.stock", "product_variant", variant.get("pk")) {
			stock += number(at, "fields.quantity")
			stocked = true
		}
	}
	if len(prices) > 0 {
		lowest := slices.MinFunc(prices, func(a, b *record) int {
			return cmp.Or(cmp.Compare(number(a, "fields.channel"), number(b, "fields.channel")), cmp.Compare(number(a, "fields.price_amount"), number(b, "fields.price_amount")))
		})
		rec.add(textField("price", lowest.get("fields.price_amount")), textField("currency", lowest.get("fields.currency")))
	}
	if stocked {
		rec.add(textField("stock", strconv.FormatFloat(stock, 'f', 0, 64)))
	}
	for name, values := range attributes {
		rec.add(field{name: "attributes." + name, value: vitrine.Texts(values...)})
	}
	return rec
}

// path returns the names of a category and those above it, the topmost first.
func (s *saleor) path(key string) []string {
	var path []string
	const deepest = 32
	for range deepest {
		category := s.byKey["product.category/"+key]
		if category == nil {
			break
		}
		path = append(path, category.get("fields.name"))
		key = category.get("fields.parent")
	}
	slices.Reverse(path)
	return path
}

func (s *saleor) addAttribute(attributes map[string][]string, assigned *record) {
	value := s.byKey["attribute.attributevalue/"+assigned.get("fields.value")]
	if value == nil {
		return
	}
	attribute := s.byKey["attribute.attribute/"+value.get("fields.attribute")]
	if attribute == nil {
		return
	}
	slug, name := attribute.get("fields.slug"), value.get("fields.name")
	if !slices.Contains(attributes[slug], name) {
		attributes[slug] = append(attributes[slug], name)
	}
}

// gather collects a field of several records.
func gather(name string, records []*record, from string) field {
	texts := make([]string, 0, len(records))
	for _, rec := range records {
		texts = append(texts, rec.get(from))
	}
	return field{name: name, value: vitrine.Texts(texts...)}
}

func number(rec *record, name string) float64 {
	x, err := strconv.ParseFloat(rec.get(name), 64)
	if err != nil {
		return 0
	}
	return x
}

package understand

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"vitrine"
	"vitrine/titles"
)

// Catalogue yields the products to learn from, the same ones in the same order each time; it stops at f's first error and returns it.
type Catalogue interface {
	All(ctx context.Context, f func(vitrine.Doc, *vitrine.Product) error) error
}

// Embedder turns words into unit vectors by space; it is asked for [vitrine.SpaceText]. Safe for concurrent use.
type Embedder interface {
	Text(ctx context.Context, text string) (vitrine.Vectors, error)
}

// LearnOptions bound what is learned; a zero field means its default.
type LearnOptions struct {
	// Products is the number of products that are looked at, evenly spread over the catalogue; default 200,000. Too few, and rare words have no meaning.
	Products int
	// Fields is the number of attributes whose values are learned, those that most products have; default 64.
	Fields int
	// Values is the number of different values up to which an attribute is a choice and not a text; default 512.
	Values int
	// Words is the number of title words that are learned, the most frequent ones; default 20,000.
	Words int
	// Kinds is the number of words, the most frequent ones, for which kinds of product of about the same meaning are looked up, 2 ms each;
	// default 2,000. Other words are looked up when a query has them.
	Kinds int
	// Rare is the number of products below which a word, value or kind is taken for an accident; default 5.
	Rare int
	// Numbers is the number of numeric attributes, and of the different values of one, that are learned; default 1,000.
	Numbers int
}

func (o LearnOptions) withDefaults() LearnOptions {
	o.Products = cmp.Or(o.Products, 200_000)
	o.Fields = cmp.Or(o.Fields, 64)
	o.Values = cmp.Or(o.Values, 512)
	o.Words = cmp.Or(o.Words, 20_000)
	o.Kinds = cmp.Or(o.Kinds, 2000)
	o.Rare = cmp.Or(o.Rare, 5)
	o.Numbers = cmp.Or(o.Numbers, 1000)
	return o
}

// Learn reads a catalogue twice: once for its words and values, once for how they go together. The embedder may be nil; then kinds of
// product have no vectors, and a word that the catalogue does not use has no meaning.
func Learn(ctx context.Context, c Catalogue, size int, e Embedder, o LearnOptions) (*Lexicon, error) {
	o = o.withDefaults()
	s := &student{options: o, every: max(1, (size+o.Products-1)/o.Products), words: map[string]*word{}, fields: map[string]map[string]int32{}, numbers: map[string]*number{}}
	if err := s.each(ctx, c, s.survey); err != nil {
		return nil, err
	}
	s.choose()
	if err := s.each(ctx, c, s.relate); err != nil {
		return nil, err
	}
	s.link()
	if err := s.embed(ctx, e); err != nil {
		return nil, err
	}
	return &Lexicon{data: s.lexicon}, nil
}

// student is a lexicon that is being learned.
type student struct {
	lexicon
	options LearnOptions
	// every is the distance from one product that is looked at to the next.
	every int
	words map[string]*word
	// fields count the products by field and value, at most one more than Options.Values.
	fields  map[string]map[string]int32
	numbers map[string]*number
	// senseAt is the place of a value in Senses by field and value in lower case, wordAt the number of a word.
	senseAt map[string]map[string]int32
	wordAt  map[string]int32
	names   []string
	// pairs count the products that have a word and a sense.
	pairs map[uint64]int32
}

func (s *student) each(ctx context.Context, c Catalogue, f func(*vitrine.Product)) error {
	n := 0
	return c.All(ctx, func(_ vitrine.Doc, p *vitrine.Product) error {
		if n++; (n-1)%s.every != 0 {
			return nil
		}
		f(p)
		return ctx.Err()
	})
}

// survey counts the words, values and numbers of a product.
func (s *student) survey(p *vitrine.Product) {
	s.Products++
	if p.Price > 0 {
		s.Priced++
	}
	if len(p.Category) > 0 {
		s.Filed++
	}
	if spaceless(p) {
		s.Spaceless++
	}
	list := titles.Split(p.Title)
	brand := stems(titles.Split(p.Brand))
	for _, w := range once(stems(list)) {
		s.word(w).Count++
	}
	for _, i := range titles.Heads(list) {
		if !slices.Contains(brand, list[i].Stem) {
			s.word(list[i].Stem).Heads++
		}
	}
	for _, w := range once(brand) {
		s.word(w).Brand++
	}
	for field, value := range valuesOf(p) {
		s.count(field, value)
	}
	for name, v := range p.Attributes {
		if x, ok := v.Number(); ok {
			s.number(name, x)
		}
	}
}

func (s *student) word(stem string) *word {
	w := s.words[stem]
	if w == nil {
		w = &word{}
		s.words[stem] = w
	}
	return w
}

// count counts a value, unless the field has too many.
func (s *student) count(field, value string) {
	values := s.fields[field]
	if values == nil {
		values = map[string]int32{}
		s.fields[field] = values
	}
	if _, ok := values[value]; ok || len(values) <= s.limit(field) {
		values[value]++
	}
}

// limit is the number of values that a field may have; brands and categories are choices however many there are.
func (s *student) limit(field string) int {
	if field == vitrine.FieldBrand || field == vitrine.FieldCategory || field == leaf {
		return s.options.Words
	}
	return s.options.Values
}

func (s *student) number(name string, x float64) {
	n := s.numbers[name]
	if n == nil {
		n = &number{Min: x, Max: x, Values: map[float64]int32{}}
		s.numbers[name] = n
	}
	n.Count++
	n.Min, n.Max = min(n.Min, x), max(n.Max, x)
	if _, ok := n.Values[x]; ok || len(n.Values) < s.options.Numbers {
		n.Values[x]++
	}
}

// choose keeps what is frequent enough to be learned.
func (s *student) choose() {
	rare := int32(s.options.Rare) //nolint:gosec // a small option
	s.Format = format
	s.Words, s.Names, s.Numbers = map[string]*word{}, map[string][]int32{}, map[string]*number{}
	kept := slices.SortedFunc(maps.Keys(s.words), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.words[b].Count, s.words[a].Count), strings.Compare(a, b))
	})
	s.wordAt = map[string]int32{}
	for _, w := range kept[:min(len(kept), s.options.Words)] {
		s.Words[w] = s.words[w]
		if s.words[w].Count >= rare {
			s.wordAt[w] = int32(len(s.names)) //nolint:gosec // at most Options.Words
			s.names = append(s.names, w)
		}
	}
	s.chooseSenses(rare)
	names := slices.SortedFunc(maps.Keys(s.numbers), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.numbers[b].Count, s.numbers[a].Count), strings.Compare(a, b))
	})
	for _, name := range names[:min(len(names), s.options.Numbers)] {
		if s.numbers[name].Count >= rare {
			s.Numbers[name] = s.numbers[name]
		}
	}
	s.chooseKinds()
}

// chooseSenses keeps the values of the fields that are choices.
func (s *student) chooseSenses(rare int32) {
	total := func(field string) (n int32) {
		for _, c := range s.fields[field] {
			n += c
		}
		return n
	}
	fields := slices.SortedFunc(maps.Keys(s.fields), func(a, b string) int {
		return cmp.Or(cmp.Compare(total(b), total(a)), strings.Compare(a, b))
	})
	s.senseAt = map[string]map[string]int32{}
	chosen := 0
	for _, field := range fields {
		builtin := field == vitrine.FieldBrand || field == vitrine.FieldCategory || field == leaf
		if len(s.fields[field]) > s.limit(field) || !builtin && chosen == s.options.Fields {
			continue
		}
		if !builtin {
			chosen++
		}
		at := map[string]int32{}
		s.senseAt[field] = at
		share := float32(total(field)) / float32(max(s.Products, 1))
		for _, value := range slices.Sorted(maps.Keys(s.fields[field])) {
			if s.fields[field][value] < rare {
				continue
			}
			i := int32(len(s.Senses)) //nolint:gosec // bounded by fields and values
			at[value] = i
			s.Senses = append(s.Senses, sense{Field: field, Value: value, Count: s.fields[field][value], Share: share})
			if name := strings.Join(stems(titles.Split(value)), " "); name != "" {
				s.Names[name] = append(s.Names[name], i)
			}
		}
	}
}

// chooseKinds keeps the words that name products.
func (s *student) chooseKinds() {
	for w, c := range s.Words {
		if c.Heads >= int32(s.options.Rare) && c.Brand == 0 && len(w) > 1 { //nolint:gosec // a small option
			s.Kinds = append(s.Kinds, kind{Word: w, Count: c.Heads})
		}
	}
	slices.SortFunc(s.Kinds, func(a, b kind) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Word, b.Word))
	})
	s.Kinds = s.Kinds[:min(len(s.Kinds), s.options.Kinds)]
}

// relate counts which words of a product's title go with which of its values.
func (s *student) relate(p *vitrine.Product) {
	if s.pairs == nil {
		s.pairs = map[uint64]int32{}
	}
	var has []int32
	for field, value := range valuesOf(p) {
		if i, ok := s.senseAt[field][value]; ok {
			has = append(has, i)
		}
	}
	list := stems(titles.Split(p.Title))
	for _, w := range once(slices.Clone(list)) {
		at, ok := s.wordAt[w]
		if !ok {
			continue
		}
		for _, i := range has {
			s.pairs[uint64(at)<<32|uint64(i)]++ //nolint:gosec // both are places in lists
		}
	}
	for _, phrase := range once(phrases(list, longestName)) {
		for _, i := range s.Names[phrase] {
			s.Senses[i].Named++
			if slices.Contains(has, i) {
				s.Senses[i].Kept++
			}
		}
	}
}

// link keeps the pairs of words and values that tell something.
func (s *student) link() {
	for pair, n := range s.pairs {
		w := s.Words[s.names[pair>>32]]
		i := int32(pair & (1<<32 - 1)) //nolint:gosec // as it was put in
		share := float64(n) / float64(w.Count)
		if s.Senses[i].Field == leaf && share >= 0.01 || n >= int32(s.options.Rare) && share >= 0.4 { //nolint:gosec // a small option
			w.Links = append(w.Links, link{Sense: i, Count: n})
		}
	}
	for _, w := range s.Words {
		slices.SortFunc(w.Links, func(a, b link) int { return cmp.Compare(a.Sense, b.Sense) })
	}
	s.pairs = nil
}

package enrich

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"vitrine"
)

// Extracted is the attribute that lists which of a product's attributes were read from its texts rather than given by its catalogue.
const Extracted = "extracted"

// Outcome says what became of a finding.
type Outcome string

// The outcomes of a finding.
const (
	// Filled attributes were missing and got the value.
	Filled Outcome = "filled"
	// Unsure values were not sure enough; the attribute stays missing.
	Unsure Outcome = "unsure"
	// Conflict means that the catalogue gives another value than the title names. The catalogue's stays.
	Conflict Outcome = "conflict"
)

// Finding is what was read about one attribute of one product.
type Finding struct {
	Product string `json:"product"`
	Title   string `json:"title"`
	Guess
	// Source is title (what the whole title suggests), span (a value named in it) or rule (a measure or a listed word).
	Source  string  `json:"source"`
	Outcome Outcome `json:"outcome"`
	// Given is the catalogue's own value where that conflicts.
	Given string `json:"given,omitempty"`
}

// EnricherOptions set what an [Enricher] learns and how sure it must be. The zero value is ready to use.
type EnricherOptions struct {
	// Products is how many products are learned from, evenly spread. 0 means 20,000; more takes longer and adds little.
	Products int
	// Attributes are learned; empty means every text attribute with 2 to MostValues values, given by at least Fewest products.
	Attributes []string
	// MostValues is the number of different values above which an attribute is a text, not a choice. 0 means 100.
	MostValues int
	// Fewest is the number of products that must give an attribute, and a tenth of it those that must give a value of it. 0 means 50.
	Fewest int
	// Sure is the confidence from which a missing attribute is filled. 0 means 0.7.
	Sure float64
	// Review is the confidence below Sure from which a value is worth a look. 0 means 0.4.
	Review float64
	// Certain is the confidence from which a value named in the title contradicts the catalogue's. 0 means 0.7: the product itself was learned from with
	// the value that it may have wrong, which holds the confidence down.
	Certain float64
	// Threads learn side by side. 0 means the number of processors.
	Threads int
}

func (o EnricherOptions) withDefaults() EnricherOptions {
	o.Products, o.MostValues, o.Fewest = cmp.Or(o.Products, 20_000), cmp.Or(o.MostValues, 100), cmp.Or(o.Fewest, 50)
	o.Sure, o.Review, o.Certain = cmp.Or(o.Sure, 0.7), cmp.Or(o.Review, 0.4), cmp.Or(o.Certain, 0.7)
	return o
}

// Enricher fills in attributes that products lack with what their titles say. Safe for concurrent use.
type Enricher struct {
	options EnricherOptions
	rules   *Rules
	// texts and tagger are nil when the catalogue has no attribute to learn.
	texts      *Texts
	tagger     *Tagger
	attributes []string
}

// LearnEnricher learns from the products of a catalogue, which are read once; it stops at the first error. A catalogue without attributes makes
// an enricher that knows the rules only.
func LearnEnricher(ctx context.Context, products iter.Seq2[*vitrine.Product, error], o EnricherOptions) (*Enricher, error) {
	o = o.withDefaults()
	e := &Enricher{options: o, rules: NewRules()}
	sample, err := takeSample(products, o.Products)
	if err != nil {
		return nil, err
	}
	if e.attributes = choices(sample, o); len(e.attributes) == 0 {
		return e, nil
	}
	texts, known := make([]string, len(sample)), make([]Values, len(sample))
	for i, p := range sample {
		texts[i], known[i] = p.Title, valuesOf(p, e.attributes)
	}
	if e.texts, err = LearnTexts(ctx, texts, known, e.attributes, TextOptions{Threads: o.Threads}); err != nil {
		return nil, err
	}
	e.tagger, err = LearnTagger(ctx, texts, known, e.attributes, TaggerOptions{})
	return e, err
}

// takeSample keeps at most most products, evenly spread: whenever there are twice as many, every second one goes.
func takeSample(products iter.Seq2[*vitrine.Product, error], most int) ([]*vitrine.Product, error) {
	var kept []*vitrine.Product
	every, n := 1, 0
	for p, err := range products {
		if err != nil {
			return nil, err
		}
		if n++; n%every != 0 {
			continue
		}
		if kept = append(kept, p); len(kept) < 2*most {
			continue
		}
		for i := range most {
			kept[i] = kept[2*i+1]
		}
		kept, every = kept[:most], 2*every
	}
	if len(kept) > most {
		thinned := make([]*vitrine.Product, most)
		for i := range thinned {
			thinned[i] = kept[i*len(kept)/most]
		}
		kept = thinned
	}
	return kept, nil
}

// valuesOf gives the values of a product's text attributes; of a list its first.
func valuesOf(p *vitrine.Product, attributes []string) Values {
	known := Values{}
	for _, a := range attributes {
		if v, ok := textOf(p, a); ok {
			known[a] = v
		}
	}
	return known
}

func textOf(p *vitrine.Product, attribute string) (string, bool) {
	v, ok := p.Attributes[attribute]
	_, number := v.Number()
	_, boolean := v.Bool()
	if !ok || number || boolean {
		return "", false
	}
	texts := v.Texts()
	if len(texts) == 0 || Missing(texts[0]) {
		return "", false
	}
	return texts[0], true
}

// choices are the attributes to learn: those asked for, else those that are choices.
func choices(products []*vitrine.Product, o EnricherOptions) []string {
	counts := map[string]map[string]int{}
	for _, p := range products {
		for a := range p.Attributes {
			v, ok := textOf(p, a)
			if !ok || a == Extracted {
				continue
			}
			if counts[a] == nil {
				counts[a] = map[string]int{}
			}
			if _, known := counts[a][v]; known || len(counts[a]) <= o.MostValues {
				counts[a][v]++
			}
		}
	}
	var names []string
	for _, a := range slices.Sorted(maps.Keys(counts)) {
		given, frequent := 0, 0
		for _, n := range counts[a] {
			given += n
			if n >= max(1, o.Fewest/10) {
				frequent++
			}
		}
		asked := slices.Contains(o.Attributes, a)
		if asked || len(o.Attributes) == 0 && given >= o.Fewest && frequent >= 2 && len(counts[a]) <= o.MostValues {
			names = append(names, a)
		}
	}
	return names
}

// Attributes lists what was learned, by name.
func (e *Enricher) Attributes() []string { return e.attributes }

// Enrich fills in the attributes that p lacks and its title tells, lists them under [Extracted], and gives all that was found.
func (e *Enricher) Enrich(p *vitrine.Product) []Finding {
	var findings []Finding
	note := func(g Guess, source string, outcome Outcome, given string) {
		findings = append(findings, Finding{Product: p.ID, Title: p.Title, Guess: g, Source: source, Outcome: outcome, Given: given})
	}
	spans := e.spans(p.Title)
	guesses := map[string]Finding{}
	for _, s := range spans {
		source := "rule"
		if slices.Contains(e.attributes, s.Attribute) {
			source = "span"
		}
		g := Finding{Guess: Guess{s.Attribute, s.Value, s.Confidence}, Source: source}
		if known, ok := guesses[s.Attribute]; !ok || g.Confidence > known.Confidence {
			guesses[s.Attribute] = g
		}
	}
	if e.texts != nil {
		for _, g := range e.texts.Read(p.Title) {
			if known, ok := guesses[g.Attribute]; !ok || g.Confidence > known.Confidence {
				guesses[g.Attribute] = Finding{Guess: g, Source: "title"}
			}
		}
	}
	var filled []string
	for _, name := range slices.Sorted(maps.Keys(guesses)) {
		g := guesses[name]
		given, has := p.Attributes[name]
		switch {
		case has && !Missing(given.String()):
			if s := contradiction(spans, name, given); s != nil && s.Confidence >= e.options.Certain {
				note(Guess{name, s.Value, s.Confidence}, "span", Conflict, given.String())
			}
		case g.Confidence >= e.options.Sure:
			if p.Attributes == nil {
				p.Attributes = map[string]vitrine.Value{}
			}
			p.Attributes[name] = vitrine.Text(g.Value)
			filled = append(filled, name)
			note(g.Guess, g.Source, Filled, "")
		case g.Confidence >= e.options.Review:
			note(g.Guess, g.Source, Unsure, "")
		}
	}
	if len(filled) > 0 {
		p.Attributes[Extracted] = vitrine.Texts(filled...)
	}
	return findings
}

func (e *Enricher) spans(title string) []Span {
	if e.tagger == nil {
		return e.rules.Spans(title)
	}
	return e.tagger.Spans(title)
}

// contradiction gives the surest span of an attribute when none of its spans names a given value.
func contradiction(spans []Span, attribute string, given vitrine.Value) *Span {
	var surest *Span
	for i, s := range spans {
		if s.Attribute != attribute {
			continue
		}
		for _, v := range given.Texts() {
			if strings.EqualFold(v, s.Value) || strings.EqualFold(v, s.Text) {
				return nil
			}
		}
		if surest == nil || s.Confidence > surest.Confidence {
			surest = &spans[i]
		}
	}
	return surest
}

package answers

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"vitrine"
)

// groupSize is the largest number of products of a group that are looked at.
const groupSize = 200

// product answers from the catalogue about the product in question, where values that it or one of its group may have are named. It reports whether there
// were any.
func (a *asking) product(ctx context.Context) (bool, error) {
	if a.query.Product == "" || a.options.Shop == nil {
		return false, nil
	}
	p, err := a.options.Shop.Product(ctx, a.index, a.query.Product)
	if err != nil {
		if vitrine.CodeOf(err) == vitrine.NotFound && a.query.Product == a.talk.product {
			return false, nil // sold out since it was talked of
		}
		return false, err
	}
	group := []*vitrine.Product{p}
	if p.Group != "" {
		results, err := a.options.Shop.Search(ctx, a.index, vitrine.Query{
			Filter:   &vitrine.Filter{Term: &vitrine.Term{Field: vitrine.FieldGroup, Values: []string{p.Group}}},
			PageSize: groupSize, NoRules: true,
		})
		if err != nil {
			return false, err
		}
		group = group[:0]
		for i := range results.Hits {
			group = append(group, results.Hits[i].Product)
		}
	}
	wanted := a.wanted(ctx, group)
	if len(wanted) == 0 {
		return false, nil
	}
	a.reply.Outcome = vitrine.OutcomeProduct
	var all []*vitrine.Product
	for _, g := range group {
		if fitsAll(g, wanted) {
			all = append(all, g)
		}
	}
	for _, f := range wanted {
		f.Has = slices.ContainsFunc(group, func(g *vitrine.Product) bool { return hasValue(g, f) })
		a.reply.Facts = append(a.reply.Facts, f)
	}
	inStock := slices.ContainsFunc(all, func(g *vitrine.Product) bool { return g.Stock == nil || *g.Stock > 0 })
	shown := all
	if len(all) == 0 {
		shown = []*vitrine.Product{p}
	}
	for _, g := range shown[:min(len(shown), a.options.Products)] {
		a.reply.Products = append(a.reply.Products, vitrine.Hit{ID: g.ID, Product: g})
	}
	a.reply.Text = say(a.query.Text, p.Title, a.reply.Facts, len(all) > 0, inStock)
	return true, nil
}

// wanted are the values that the question names: those that its words mean to the catalogue, and those of the group that it repeats.
func (a *asking) wanted(ctx context.Context, group []*vitrine.Product) []vitrine.ProductFact {
	asked := words(a.query.Text)
	var list []vitrine.ProductFact
	var covered []string
	add := func(field, value string) {
		if !slices.ContainsFunc(list, func(f vitrine.ProductFact) bool { return f.Field == field && strings.EqualFold(f.Value, value) }) {
			list = append(list, vitrine.ProductFact{Field: field, Value: value})
			covered = append(covered, words(value)...)
		}
	}
	fields := map[string]bool{}
	for _, g := range group {
		for name, v := range g.Attributes {
			fields[name] = true
			for _, value := range v.Texts() {
				if containsRun(asked, words(value)) {
					add(name, value)
				}
			}
		}
	}
	results, err := a.options.Shop.Search(ctx, a.index, vitrine.Query{Text: clip(a.query.Text), PageSize: 1, Explain: true, NoRules: true})
	if err != nil {
		// What the words mean to the whole catalogue is not known then; what this product has still is.
		a.reply.Degraded = append(a.reply.Degraded, "meaning of the words: "+err.Error())
		results = &vitrine.Results{}
	}
	if u := results.Understood; u != nil {
		for _, m := range u.Meanings {
			if fields[m.Field] && m.Value != "" && !slices.ContainsFunc(list, func(f vitrine.ProductFact) bool { return f.Field == m.Field }) {
				add(m.Field, m.Value)
			}
		}
	}
	// "size 42": the name of a field and a word behind it that no product here has.
	for i := 0; i+1 < len(asked); i++ {
		if fields[asked[i]] && strings.ContainsFunc(asked[i+1], unicode.IsDigit) && !slices.Contains(covered, asked[i+1]) {
			add(asked[i], asked[i+1])
		}
	}
	slices.SortStableFunc(list, func(x, y vitrine.ProductFact) int { return strings.Compare(x.Field, y.Field) })
	return list
}

// clip shortens a question to what a search takes.
func clip(text string) string {
	const longest = 400
	if r := []rune(text); len(r) > longest {
		return string(r[:longest])
	}
	return text
}

// containsRun reports whether the words of a value stand side by side in the question; a bare yes, no or single letter says nothing.
func containsRun(asked, value []string) bool {
	if len(value) == 0 || len(value) == 1 && slices.Contains([]string{"yes", "no", "true", "false", "one", "a", "i"}, value[0]) {
		return false
	}
	for i := 0; i+len(value) <= len(asked); i++ {
		if slices.Equal(asked[i:i+len(value)], value) {
			return true
		}
	}
	return false
}

func hasValue(p *vitrine.Product, f vitrine.ProductFact) bool {
	v, ok := p.Attributes[f.Field]
	return ok && slices.ContainsFunc(v.Texts(), func(t string) bool { return strings.EqualFold(t, f.Value) })
}

// fitsAll reports whether a product has a value of every field in question.
func fitsAll(p *vitrine.Product, wanted []vitrine.ProductFact) bool {
	for _, f := range wanted {
		if !slices.ContainsFunc(wanted, func(other vitrine.ProductFact) bool { return other.Field == f.Field && hasValue(p, other) }) {
			return false
		}
	}
	return true
}

// say words what the catalogue has, in the language of the question.
func say(question, title string, facts []vitrine.ProductFact, has, inStock bool) string {
	var parts []string
	for _, f := range facts {
		parts = append(parts, strings.ReplaceAll(f.Field, "_", " ")+" "+f.Value)
	}
	list := strings.Join(parts, ", ")
	if strings.ContainsFunc(question, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		switch {
		case has && inStock:
			return "有：" + title + "（" + list + "），有现货。"
		case has:
			return "有：" + title + "（" + list + "），但目前缺货。"
		}
		return "没有：" + title + " 没有 " + list + "。"
	}
	switch {
	case has && inStock:
		return "Yes: " + title + " comes with " + list + ", and is in stock."
	case has:
		return "Yes: " + title + " comes with " + list + ", but is out of stock now."
	}
	return "No: " + title + " does not come with " + list + "."
}

// asksForStock tells a question about what a product comes in from others that happen to name a value, as in "can I return the red one".
func asksForStock(text string) bool {
	text = " " + plain(text) + " "
	for _, phrase := range []string{
		" come in ", " comes in ", " available in ", " have it in ", " have this in ", " have them in ", " in stock ", " is there a ", " is it ", " are they ", " do you have ",
		" in size ", " got it in ", "有没有", "有货", "有吗", "是不是",
	} {
		if strings.Contains(text, phrase) {
			return true
		}
	}
	return strings.Contains(text, "有") && strings.Contains(text, "吗")
}

// fit replies with products that fit the question, else with a person.
func (a *asking) fit(ctx context.Context) error {
	a.reply.Outcome = vitrine.OutcomeHandOver
	if a.options.Shop == nil {
		return nil
	}
	results, err := a.options.Shop.Search(ctx, a.index, vitrine.Query{Text: clip(a.query.Text), PageSize: a.options.Products})
	if err != nil {
		if vitrine.CodeOf(err) == vitrine.NotFound {
			return nil // there is no catalogue
		}
		a.reply.Degraded = append(a.reply.Degraded, "products: "+err.Error())
		return nil
	}
	// What is found only by giving something of the question up does not fit it.
	if len(results.Hits) > 0 && len(results.Relaxed) == 0 {
		a.reply.Outcome, a.reply.Products = vitrine.OutcomeProducts, results.Hits
	}
	a.reply.Degraded = append(a.reply.Degraded, results.Degraded...)
	return nil
}

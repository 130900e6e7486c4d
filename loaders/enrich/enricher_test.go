package enrich_test

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/loaders/enrich"
)

// shop yields products with a kind and a colour, of which every fourth lacks the colour.
func shop(n int) iter.Seq2[*vitrine.Product, error] {
	return func(yield func(*vitrine.Product, error) bool) {
		texts, known := catalogue(n)
		for i, text := range texts {
			p := &vitrine.Product{ID: fmt.Sprint(i), Title: text, Attributes: map[string]vitrine.Value{
				"kind": vitrine.Text(known[i]["type"]), "weight": vitrine.Number(float64(i)), "code": vitrine.Text(fmt.Sprint(i)),
			}}
			if i%4 > 0 {
				p.Attributes["colour"] = vitrine.Text(known[i]["colour"])
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// Ensure that choices are learned, numbers and codes are not, missing values are filled and marked, given ones kept, and what contradicts them told.
func TestEnricher(t *testing.T) {
	e, err := enrich.LearnEnricher(t.Context(), shop(800), enrich.EnricherOptions{Products: 300, Certain: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"colour", "kind"}, e.Attributes()); diff != "" {
		t.Fatal(diff)
	}
	missing := &vitrine.Product{ID: "a", Title: "Brand3 Men White casual shoe, size 42"}
	for _, f := range e.Enrich(missing) {
		if f.Outcome != enrich.Filled || f.Product != "a" {
			t.Errorf("%+v", f)
		}
	}
	want := map[string]vitrine.Value{
		"colour": vitrine.Text("White"), "kind": vitrine.Text("Casual Shoes"), "size": vitrine.Text("42"), enrich.Extracted: vitrine.Texts("colour", "kind", "size"),
	}
	if diff := cmp.Diff(want, missing.Attributes); diff != "" {
		t.Errorf("filled: %s", diff)
	}
	wrong := &vitrine.Product{ID: "b", Title: "Brand3 Men White casual shoe", Attributes: map[string]vitrine.Value{
		"colour": vitrine.Text("Black"), "kind": vitrine.Text("Casual Shoes"),
	}}
	found := e.Enrich(wrong)
	if len(found) != 1 || found[0].Outcome != enrich.Conflict || found[0].Value != "White" || found[0].Given != "Black" {
		t.Errorf("conflict: %+v", found)
	}
	if v := wrong.Attributes["colour"]; v.String() != "Black" {
		t.Errorf("the catalogue's value became %s", v)
	}
	strange := &vitrine.Product{ID: "c", Title: "Umbrella"}
	for _, f := range e.Enrich(strange) {
		if f.Outcome == enrich.Filled {
			t.Errorf("of an unknown thing: %+v", f)
		}
	}
}

// Ensure that a catalogue without attributes leaves the rules, and that an error of the source is passed on.
func TestEnricherBare(t *testing.T) {
	bare := func(yield func(*vitrine.Product, error) bool) {
		yield(&vitrine.Product{ID: "1", Title: "Leather belt"}, nil)
	}
	e, err := enrich.LearnEnricher(t.Context(), bare, enrich.EnricherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := &vitrine.Product{ID: "1", Title: "Leather belt 90 cm"}
	e.Enrich(p)
	if got := p.Attributes["material"]; got.String() != "leather" {
		t.Errorf("%+v", p.Attributes)
	}
	broken := errors.New("cut off")
	_, err = enrich.LearnEnricher(t.Context(), func(yield func(*vitrine.Product, error) bool) { yield(nil, broken) }, enrich.EnricherOptions{})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

package quality_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/loaders"
	"vitrine/loaders/quality"
)

func newChecker(t *testing.T, o quality.Options) *quality.Checker {
	t.Helper()
	c, err := quality.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// of gives the products and details of one kind of findings.
func of(r *quality.Report, kind quality.Kind) (list []string) {
	for _, f := range r.Findings {
		if f.Kind == kind {
			list = append(list, f.Product+" "+f.Field+" "+f.Value)
		}
	}
	return list
}

// Ensure that each kind of fault is found where it is, and nothing elsewhere.
func TestChecker(t *testing.T) {
	least := 1.0
	c := newChecker(t, quality.Options{Rules: []quality.Rule{
		{Field: "price", Required: true, Min: &least}, {Field: "colour", Values: []string{"red", "blue"}}, {Field: "ean", Pattern: "[0-9]{8}"},
	}})
	rng := rand.New(rand.NewPCG(1, 1))
	text := "A comfortable pair of shoes with a soft sole, made for long walks in the city and light enough for every day of the summer."
	for i := range 100 {
		p := &vitrine.Product{
			ID: fmt.Sprint(i), Title: fmt.Sprintf("Shoe %d", i), Description: text, Category: []string{"Shoes"}, Price: 50 + 10*rng.Float64(),
			Attributes: map[string]vitrine.Value{
				"colour": vitrine.Text("red"), "weight": vitrine.Text(fmt.Sprintf("%d g", 300+i)), "ean": vitrine.Text("12345678"), "heel": vitrine.Number(rng.NormFloat64()),
			},
		}
		switch i {
		case 10:
			p.Price = 5000
		case 20:
			p.Attributes["weight"] = vitrine.Text("0.3 kg")
		case 30:
			p.Title, p.Price = "7 shoe!", 0
		case 40:
			p.Description = "Ein bequemes Paar Schuhe mit weicher Sohle, gemacht für lange Wege durch die Stadt und leicht genug für jeden Tag des Sommers."
		case 50:
			p.Attributes["colour"], p.Attributes["ean"] = vitrine.Text("rot"), vitrine.Text("123")
		case 60:
			p.Attributes["heel"] = vitrine.Number(40)
		case 70:
			delete(p.Attributes, "colour")
		}
		if got := c.Add(loaders.Row{Number: i + 1, Product: p}); got != i {
			t.Fatalf("product %d has number %d", i, got)
		}
	}
	c.Broken(80, "80.jpg", errors.New("cut off"))
	c.Alike(quality.NearPicture, 90, 9, 0.99)
	r := c.Report(loaders.Report{Read: 101, Problems: []loaders.Problem{{Row: 101, Outcome: loaders.Rejected, Reason: "title is empty"}}})
	for kind, want := range map[quality.Kind][]string{
		quality.Outlier:       {"10 price 5000", "60 heel 40"},
		quality.UnitClash:     {"20 weight 0.3 kg"},
		quality.SameTitle:     {"30 title 7 shoe!"},
		quality.Language:      {"40 title "},
		quality.BrokenRule:    {"30 price ", "50 colour rot", "50 ean 123"},
		quality.BrokenPicture: {"80 images 80.jpg"},
		quality.NearPicture:   {"90  "},
		quality.Rejected:      {"  "},
	} {
		if diff := cmp.Diff(want, of(r, kind)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
		if r.Counts[kind] != len(want) {
			t.Errorf("%s: %d counted", kind, r.Counts[kind])
		}
	}
	for _, f := range r.Fields {
		if f.Name == "colour" && (f.Given != 99 || f.Missing != 1 || f.Distinct != 2) {
			t.Errorf("%+v", f)
		}
	}
	if r.Languages["en"] != 99 || r.Languages["de"] != 1 {
		t.Errorf("%v", r.Languages)
	}
}

// Ensure that lists are bounded, counts are not, and that CSV and page hold what was found without running it.
func TestReport(t *testing.T) {
	c := newChecker(t, quality.Options{Findings: 2})
	for i := range 5 {
		c.Add(loaders.Row{Number: i + 1, Product: &vitrine.Product{ID: fmt.Sprint("=", i), Title: "<script>same</script>"}})
	}
	r := c.Report(loaders.Report{Read: 5, Kept: 5})
	if r.Counts[quality.SameTitle] != 4 || len(r.Findings) != 2 {
		t.Errorf("%v counted, %d listed", r.Counts, len(r.Findings))
	}
	var table, page bytes.Buffer
	if err := errors.Join(r.CSV(&table), r.HTML(&page)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][2] != "'=1" {
		t.Errorf("%v %v", rows, err)
	}
	if strings.Contains(page.String(), "<script>") || !strings.Contains(page.String(), "same_title: 4") {
		t.Error(page.String())
	}
}

// Ensure that rules that cannot be are refused by their number.
func TestRulesInvalid(t *testing.T) {
	one, two := 1.0, 2.0
	for name, r := range map[string]quality.Rule{"no field": {Required: true}, "min above max": {Field: "price", Min: &two, Max: &one}, "pattern": {Field: "ean", Pattern: "["}} {
		_, err := quality.New(quality.Options{Rules: []quality.Rule{{Field: "title"}, r}})
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "rule 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

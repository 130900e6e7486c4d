package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
)

// wardrobe writes a fashion catalogue of products from number from up to to, whose titles tell their attributes but for the season.
func wardrobe(t *testing.T, from, to int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,title,gender,master_category,sub_category,article_type,base_colour,season,year,usage,image,split\n")
	types := []struct{ name, use string }{{"Shirts", "Formal"}, {"Sandals", "Casual"}, {"Track Pants", "Sports"}}
	for i := from; i < to; i++ {
		kind, colour, gender := types[i%3], []string{"Red", "Navy Blue", "Black", "NA"}[i/3%4], []string{"Men", "Women"}[i/7%2]
		season := []string{"Summer", "Winter"}[i%2]
		fmt.Fprintf(&b, "%d,Brand%d %s %s %s Model %d,%s,Apparel,Things,%s,%s,%s,201%d,%s,,train\n",
			i, i%5, gender, colour, strings.TrimSuffix(kind.name, "s"), i, gender, kind.name, colour, season, i%3, kind.use)
	}
	path := filepath.Join(t.TempDir(), "catalogue.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func evalAttributesJSON(t *testing.T, args ...string) (map[string]map[string]map[string]float64, error) {
	t.Helper()
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(append([]string{"eval", "attributes", "--json"}, args...))
	if err := root.ExecuteContext(t.Context()); err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	report := map[string]map[string]map[string]float64{}
	for _, key := range []string{"title", "image"} {
		var figures map[string]map[string]float64
		if data, ok := raw[key]; ok {
			if err := json.Unmarshal(data, &figures); err != nil {
				t.Fatal(err)
			}
		}
		report[key] = figures
	}
	return report, nil
}

// Ensure the report has the agreed keys, that titles which tell an attribute are read, and that a missing value is not counted.
func TestEvalAttributes(t *testing.T) {
	report, err := evalAttributesJSON(t, "--train", wardrobe(t, 0, 240), "--test", wardrobe(t, 240, 300))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"article_type", "base_colour", "gender", "usage"} {
		if f := report["title"][name]; f["accuracy"] != 1 || f["macro_f1"] != 1 {
			t.Errorf("%s: %v", name, f)
		}
	}
	if _, ok := report["title"]["season"]["accuracy"]; !ok {
		t.Error("season: no accuracy")
	}
	if n := report["title"]["base_colour"]["products"]; n != 45 {
		t.Errorf("base_colour: %v products counted, want 45 of 60", n)
	}
}

// Ensure that files that cannot be measured are refused with the reason.
func TestEvalAttributesBadFiles(t *testing.T) {
	good := wardrobe(t, 0, 30)
	empty, other := filepath.Join(t.TempDir(), "empty.csv"), filepath.Join(t.TempDir(), "other.csv")
	for path, text := range map[string]string{empty: "id,title,gender\n", other: "id,title,weight\n1,Stone,3\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []string{empty, other, "missing.csv"} {
		if _, err := evalAttributesJSON(t, "--train", good, "--test", test); vitrine.CodeOf(err) == vitrine.Internal || err == nil {
			t.Errorf("%s: %v", test, err)
		}
	}
}

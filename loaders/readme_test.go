package loaders_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"vitrine/loaders"
)

// Ensure that the mapping and the report that the README shows are real.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	_, rest, _ := strings.Cut(readme, "```yaml\n")
	block, _, _ := strings.Cut(rest, "```")
	var m loaders.Mapping
	if err := yaml.UnmarshalWithOptions([]byte(block), &m, yaml.Strict()); err != nil || len(m.Category) != 2 || m.PriceScale != 0.01 {
		t.Errorf("mapping %+v, error %v", m, err)
	}
	r, err := loaders.Open("testdata/generic.jsonl", loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, report, _ := drain(r)
	for line := range strings.Lines(report.String()) {
		if !strings.Contains(readme, "    "+line) {
			t.Errorf("the README lacks the report line %q", line)
		}
	}
	for _, layout := range loaders.Layouts() {
		if !strings.Contains(readme, "| `"+layout+"` |") {
			t.Errorf("the README lacks the layout %q", layout)
		}
	}
}

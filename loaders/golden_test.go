package loaders_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine/loaders"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// Ensure that each format and layout yields the products and the report that are written down for it.
func TestGolden(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() || entry.Name() == "README.md" || entry.Name() == ".gitattributes" {
			continue
		}
		t.Run(entry.Name(), func(t *testing.T) {
			r, err := loaders.Open(filepath.Join("testdata", entry.Name()), loaders.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			rows, report, err := drain(r)
			if err != nil {
				t.Error(err)
			}
			var b strings.Builder
			for _, row := range rows {
				line, err := json.Marshal(row.Product)
				if err != nil {
					t.Fatal(err)
				}
				b.Write(line)
				b.WriteByte('\n')
			}
			b.WriteString("--\n" + report.Format + " " + report.Layout + "\n" + report.String() + "\n")
			golden := filepath.Join("testdata", "golden", entry.Name())
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("products or report changed (-want +got):\n%s", diff)
			}
		})
	}
}

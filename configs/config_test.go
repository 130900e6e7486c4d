package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/configs"
)

// Ensure the documented file says what the program does.
func TestDefault_MatchesFile(t *testing.T) {
	data, err := os.ReadFile("default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var fromFile configs.Config
	if err := configs.Parse(data, &fromFile); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(configs.Default(), &fromFile); diff != "" {
		t.Errorf("default.yaml differs (-Default +file):\n%s", diff)
	}
	if err := configs.Default().Validate(); err != nil {
		t.Errorf("Default is not valid: %v", err)
	}
}

// Ensure a file changes what it names and nothing else.
func TestLoad(t *testing.T) {
	t.Setenv("VITRINE_ADMIN_KEYS", "0123456789abcdef,fedcba9876543210")
	path := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(path, []byte("search: {fusion: dbsf}\npictures: {bytes: 3 KiB}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := configs.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := configs.Default()
	want.Search.Fusion = "dbsf"
	want.Picture.Bytes = 3 << 10
	want.Server.AdminKeys = []string{"0123456789abcdef", "fedcba9876543210"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Ensure each kind of mistake names its place.
func TestLoad_Mistakes(t *testing.T) {
	for name, tc := range map[string]struct {
		file string
		want []string
	}{
		"unknown key":  {"data: x\nserch: {}\n", []string{"serch", "2"}},
		"unknown deep": {"search:\n  fuson: rrf\n", []string{"fuson", "2"}},
		"type":         {"vector: {m: many}\n", []string{"many"}},
		"size":         {"pictures: {bytes: 3 MB}\n", []string{"3 MB"}},
		"duration":     {"search: {leg_timeout: soon}\n", []string{"soon"}},
		"range":        {"vector: {m: 1}\nkeyword: {b: 2}\nindex: {engine: magic}\n", []string{"vector.m: 1", "keyword.b: 2", "index.engine: magic"}},
		"short key":    {"server: {admin_keys: [abc]}\n", []string{"server.admin_keys[0]"}},
		"shares":       {"experiments: [{name: x, variants: [{name: a, share: 0.5}, {name: b, share: 0.4}]}]\n", []string{"experiments[0]", "sum to 0.9"}},
		"experiments": {
			"experiments: [{name: x, interleave: true, variants: [{name: a}, {name: b, fusion: magic, weights: {smell: 1}}]},\n" +
				"  {name: x, index: products, interleave: true, variants: [{name: a}, {name: b}]}]\n",
			[]string{"experiments[0].variants.b.fusion: magic", "smell", "experiments[1].name", "experiments[1].index"},
		},
		"feeds": {
			"feeds: {attempts: 0, schedule: [{index: shop, url: \"ftp://x/y\", at: \"0 4 * *\"}, {index: \"A B\", path: a.csv, url: \"http://x/\", at: \"@daily\"}]}\nindex: {golden: {minimum_ndcg: 2}}\n",
			[]string{"feeds.attempts", "schedule[0].url", "schedule[0].at", "schedule[1].index", "schedule[1]: A B", "schedule[1].path", "golden.minimum_ndcg", "golden.judgments"},
		},
		"weights":  {"search: {weights: {text: -1, smell: 1}}\n", []string{"search.weights.text", "smell"}},
		"not YAML": {"{{{", []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.yaml")
			if err := os.WriteFile(path, []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := configs.Load(path)
			if vitrine.CodeOf(err) != vitrine.Invalid {
				t.Fatalf("error %v, want an invalid one", err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
		})
	}
	if _, err := configs.Load("nowhere.yaml"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("missing file: %v", err)
	}
}

// Ensure no file makes the reader panic, and what it accepts is valid or refused with a reason.
func FuzzParse(f *testing.F) {
	if data, err := os.ReadFile("default.yaml"); err == nil {
		f.Add(data)
	}
	f.Add([]byte("search: {weights: {text: 1e309}}"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		c := configs.Default()
		if configs.Parse(data, c) == nil {
			_ = c.Validate()
		}
	})
}

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
)

// ratingFiles writes a small rating set with a hidden taste: users like items of their gender's genre.
func ratingFiles(t *testing.T, rows int) (inter, item, user string) {
	t.Helper()
	r := rand.New(rand.NewPCG(2, 2))
	var a, b, c strings.Builder
	a.WriteString("user_id:token\titem_id:token\trating:float\ttimestamp:float\n")
	b.WriteString("item_id:token\tmovie_title:token_seq\trelease_year:token\tgenre:token_seq\n")
	c.WriteString("user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n")
	for i := range 60 {
		fmt.Fprintf(&b, "i%d\tthe movie %d\t%d\tg%d\n", i, i, 1950+i, i%2)
		fmt.Fprintf(&c, "u%d\t%d\t%s\tjob%d\t%05d\n", i, 18+i%9, []string{"F", "M"}[i%2], i%5, r.IntN(99999))
	}
	for k := range rows {
		u, i := r.IntN(60), r.IntN(60)
		v := 2.8 + r.NormFloat64()*0.8
		if u%2 == i%2 {
			v += 1.5
		}
		fmt.Fprintf(&a, "u%d\ti%d\t%.0f\t%d\n", u, i, min(5, max(1, v)), 978300000+k*60)
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"r.inter": a.String(), "r.item": b.String(), "r.user": c.String()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "r.inter"), filepath.Join(folder, "r.item"), filepath.Join(folder, "r.user")
}

// command runs a command line and returns what it printed.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// Ensure that eval ranker reads atomic files, beats its baselines, prints its figures and saves what it is asked to.
func TestEvalRanker(t *testing.T) {
	inter, item, user := ratingFiles(t, 3000)
	folder := t.TempDir()
	out, err := command(t, "eval", "ranker", "--interactions", inter, "--item", item, "--users", user, "--positive", "4", "--json",
		"--epochs", "2", "--trees", "60", "--save", filepath.Join(folder, "model"), "--curves", filepath.Join(folder, "curves.svg"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Test      map[string]float64
		Epochs    []map[string]float64
		Baselines map[string]map[string]float64
		Seconds   float64 `json:"train_s"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, key := range []string{"auc", "gauc", "logloss", "accuracy", "precision", "recall", "f1"} {
		if report.Test[key] <= 0 {
			t.Errorf("test: %s is %v", key, report.Test[key])
		}
	}
	if best := report.Baselines["item_mean"]["auc"]; report.Test["auc"] < best+0.1 || best < 0.4 {
		t.Errorf("AUC %v, item mean %v", report.Test["auc"], best)
	}
	if len(report.Epochs) != 2 || report.Epochs[1]["valid_auc"] == 0 || report.Epochs[1]["train_loss"] == 0 || report.Seconds == 0 {
		t.Errorf("epochs %v, %v s", report.Epochs, report.Seconds)
	}
	for _, name := range []string{"model/model.gob", "model/schema.json", "curves.svg"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that files which cannot be used are refused by name.
func TestEvalRankerRefuses(t *testing.T) {
	inter, item, user := ratingFiles(t, 50)
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "x.inter")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name string
		args []string
		code vitrine.Code
		want string
	}{
		{"no file", []string{"--interactions", inter + "x"}, vitrine.NotFound, "no such file"},
		{"columns", []string{"--interactions", item}, vitrine.Invalid, "no column"},
		{"items are users", []string{"--interactions", inter, "--item", user}, vitrine.Invalid, "no column item_id"},
		{"no timestamp", []string{"--interactions", write("user_id:token\titem_id:token\trating:float\ttimestamp:float\na\tb\t3\t\n")}, vitrine.Invalid, "row 1"},
		{"no rows", []string{"--interactions", write("user_id:token\titem_id:token\trating:float\ttimestamp:float\n")}, vitrine.Invalid, "no acts"},
		{"one class", []string{"--interactions", inter, "--positive", "9"}, vitrine.Invalid, "one class"},
		{"kind", []string{"--interactions", inter, "--model", "magic"}, vitrine.Invalid, "magic"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := command(t, append([]string{"eval", "ranker"}, tt.args...)...)
			if vitrine.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want code %s and %q", err, tt.code, tt.want)
			}
		})
	}
}

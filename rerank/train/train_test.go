package train_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/neural"
	"vitrine/rerank/train"
)

// shoppers is a dataset whose label depends on a feature, on the product of two others, and on whether user and item have the same parity.
func shoppers(rows int) *train.Dataset {
	r := rand.New(rand.NewPCG(8, 8))
	const users, items = 40, 30
	d := &train.Dataset{
		Features: []string{"a", "b", "c"}, IDNames: []string{"user", "item"}, IDs: make([][]int32, 2),
		History: &neural.History{Column: 1}, Segments: map[string][]string{"half": make([]string, rows)},
	}
	for i := range rows {
		a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		u, item := r.IntN(users), r.IntN(items)
		z := a + b*c
		if u%2 == item%2 {
			z++
		}
		d.X = append(d.X, float32(a), float32(b), float32(c))
		if i%50 == 0 {
			d.X[i*3] = float32(math.NaN())
		}
		d.IDs[0], d.IDs[1] = append(d.IDs[0], int32(u)), append(d.IDs[1], int32(item))
		from := len(d.History.Items)
		for range 3 {
			d.History.Items, d.History.Values = append(d.History.Items, int32(r.IntN(items))), append(d.History.Values, float32(r.NormFloat64()))
		}
		d.History.From, d.History.To = append(d.History.From, int32(from)), append(d.History.To, int32(from+3))
		label := float32(0)
		if r.Float64() < 1/(1+math.Exp(-2*z)) {
			label = 1
		}
		d.Label, d.Group = append(d.Label, label), append(d.Group, int32(u))
		d.Segments["half"][i] = []string{"even", "odd"}[u%2]
	}
	return d
}

func options(kind train.Kind) train.Options {
	return train.Options{
		Kind: kind, Refit: true, Boost: boost.Options{Trees: 80, Seed: 1},
		Network: neural.Options{Hidden: []int{32, 16}, Embedding: 4, Cross: 1, History: 3, Epochs: 12, Batch: 128, Rate: 5e-3, Seed: 1},
	}
}

// Ensure that every kind of model learns what it can, that its report is complete, and that it survives its files.
func TestTrain(t *testing.T) {
	d := shoppers(12000)
	least := map[train.Kind]float64{train.Linear: 0.68, train.Boost: 0.8, train.Network: 0.84, train.Blend: 0.84}
	for kind, auc := range least {
		t.Run(string(kind), func(t *testing.T) {
			m, report, err := train.Train(t.Context(), d, options(kind))
			if err != nil {
				t.Fatal(err)
			}
			if report.Test.AUC < auc {
				t.Errorf("AUC %.3f, want %.2f at least", report.Test.AUC, auc)
			}
			if report.Rows != [3]int{9600, 1200, 1200} || len(report.Segments) != 2 || len(report.Importance) != 3 || len(report.Calibration) != 10 {
				t.Errorf("report %+v", report)
			}
			if report.Importance[0].Feature != "a" && kind == train.Linear {
				t.Errorf("most important is %q", report.Importance[0].Feature)
			}
			if network := kind == train.Network || kind == train.Blend; network != (len(report.Epochs) > 0) {
				t.Errorf("%d epochs", len(report.Epochs))
			}
			folder := filepath.Join(t.TempDir(), "model")
			if err := m.Save(folder); err != nil {
				t.Fatal(err)
			}
			read, err := train.Load(folder)
			if err != nil {
				t.Fatal(err)
			}
			want, err := m.Score(d)
			if err != nil {
				t.Fatal(err)
			}
			got, err := read.Score(d)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error("the saved model scores otherwise")
			}
		})
	}
}

// Ensure that training goes on from its checkpoint to the same network as without an interruption.
func TestResume(t *testing.T) {
	d := shoppers(4000)
	o := options(train.Network)
	o.Network.Epochs = 4
	whole, _, err := train.Train(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Network.Checkpoint = filepath.Join(t.TempDir(), "state")
	o.Network.Epochs = 2
	if _, _, err := train.Train(t.Context(), d, o); err != nil {
		t.Fatal(err)
	}
	o.Network.Epochs = 4
	resumed, report, err := train.Train(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Epochs) != 4 {
		t.Errorf("%d epochs, want 4", len(report.Epochs))
	}
	a, _ := whole.Score(d)
	b, _ := resumed.Score(d)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error("the resumed training went another way")
	}
	o.Network.Hidden = []int{64}
	if _, _, err := train.Train(t.Context(), d, o); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("checkpoint of another shape: %v, want code conflict", err)
	}
	if err := os.WriteFile(o.Network.Checkpoint, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := train.Train(t.Context(), d, o); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("junk checkpoint: %v, want code invalid", err)
	}
}

// Ensure that data which cannot be learned from is refused with the reason.
func TestTrainRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*train.Dataset, *train.Options)
		want   string
	}{
		{"kind", func(_ *train.Dataset, o *train.Options) { o.Kind = "magic" }, `kind "magic"`},
		{"no rows", func(d *train.Dataset, _ *train.Options) { *d = *shoppers(0) }, "too few"},
		{"few rows", func(d *train.Dataset, _ *train.Options) { *d = *shoppers(2) }, "too few"},
		{"no test", func(_ *train.Dataset, o *train.Options) { o.Valid = 0.5 }, "leave nothing to test on"},
		{"one class", func(d *train.Dataset, _ *train.Options) { clear(d.Label) }, "one class"},
		{"label", func(d *train.Dataset, _ *train.Options) { d.Label[3] = 0.5 }, "row 3: label 0.5"},
		{"infinite", func(d *train.Dataset, _ *train.Options) { d.X[7] = float32(math.Inf(-1)) }, `row 2: feature "b" is infinite`},
		{"all NaN", func(d *train.Dataset, _ *train.Options) {
			for i := 2; i < len(d.X); i += 3 {
				d.X[i] = float32(math.NaN())
			}
		}, `feature "c" is NaN in all`},
		{"ragged", func(d *train.Dataset, _ *train.Options) { d.X = d.X[1:] }, "dataset"},
		{"same name", func(d *train.Dataset, _ *train.Options) { d.Features[1] = "a" }, `"a" twice`},
		{"history", func(d *train.Dataset, _ *train.Options) { d.History.To[0] = 1 << 30 }, "history"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, o := shoppers(1000), options(train.Network)
			tt.change(d, &o)
			_, _, err := train.Train(t.Context(), d, o)
			if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want code invalid and %q", err, tt.want)
			}
		})
	}
}

// Ensure that rows of another schema, and damaged files, are refused.
func TestModelRefuses(t *testing.T) {
	d := shoppers(1000)
	m, _, err := train.Train(t.Context(), d, options(train.Boost))
	if err != nil {
		t.Fatal(err)
	}
	other := *d
	other.Features = []string{"a", "c", "b"}
	if _, err := m.Score(&other); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "trained on features") {
		t.Errorf("other order of features: %v, want code invalid", err)
	}
	folder := t.TempDir()
	if err := m.Save(folder); err != nil {
		t.Fatal(err)
	}
	damage := func(file string, change func([]byte) []byte) {
		t.Helper()
		path := filepath.Join(folder, file)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(bytes.Clone(data)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := train.Load(folder); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("damaged %s: %v, want code invalid", file, err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage("model.gob", func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	damage("model.gob", func(b []byte) []byte { return b[:len(b)/2] })
	damage("schema.json", func(b []byte) []byte { return bytes.Replace(b, []byte(`"b"`), []byte(`"z"`), 1) })
	damage("schema.json", func([]byte) []byte { return []byte("{") })
	if _, err := train.Load(filepath.Join(folder, "none")); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("no folder: %v, want code not_found", err)
	}
}

// Ensure that the curves are a well-formed picture, also of one epoch or none.
func TestCurves(t *testing.T) {
	for n := range 3 {
		picture := train.Curves(make([]neural.Epoch, n))
		decoder := xml.NewDecoder(bytes.NewReader(picture))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%d epochs: %v", n, err)
			}
		}
		if bytes.Contains(picture, []byte("NaN")) {
			t.Errorf("%d epochs: NaN in %s", n, picture)
		}
	}
}

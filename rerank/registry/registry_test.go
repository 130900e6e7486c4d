package registry_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vitrine"
	"vitrine/rerank/boost"
	"vitrine/rerank/registry"
	"vitrine/rerank/train"
)

var features = []string{"a", "b"}

// candidate trains a small model; noise is the share of labels that are drawn by chance.
func candidate(t *testing.T, seed uint64, noise float64) registry.Candidate {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	d := &train.Dataset{Features: features, Segments: map[string][]string{"s": {}}}
	for i := range 2000 {
		a, b := r.Float32(), r.Float32()
		label := float32(0)
		if a > b != (r.Float64() < noise) {
			label = 1
		}
		d.X, d.Label, d.Group = append(d.X, a, b), append(d.Label, label), append(d.Group, int32(i%50))
		d.Segments["s"] = append(d.Segments["s"], fmt.Sprint(i%2))
	}
	m, report, err := train.Train(t.Context(), d, train.Options{Kind: train.Boost, Boost: boost.Options{Trees: 10, Rate: 0.3, Seed: seed}})
	if err != nil {
		t.Fatal(err)
	}
	return registry.Candidate{Model: m, Report: report, Data: d, FallbackAUC: 0.5}
}

func open(t *testing.T, dir string, changes *[]registry.Change) *registry.Registry {
	t.Helper()
	o := registry.Options{Dir: dir, Features: features, Keep: 2, Watch: registry.Watch{Impressions: 500}, Gate: registry.Gate{Latency: time.Second}}
	if changes != nil {
		o.OnChange = func(c registry.Change) { *changes = append(*changes, c) }
	}
	r, err := registry.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func add(t *testing.T, r *registry.Registry, c registry.Candidate) *registry.Version {
	t.Helper()
	v, err := r.Add(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Ensure that versions go live, back, and survive a restart, and that each shopper keeps a model.
func TestDeployment(t *testing.T) {
	dir := t.TempDir()
	var changes []registry.Change
	r := open(t, dir, &changes)
	if live, shadow := r.Choose("x"); live != nil || shadow != nil {
		t.Error("an empty registry has a model")
	}
	if _, err := r.Rollback(""); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("rollback of nothing: %v, want code conflict", err)
	}
	one, two := add(t, r, candidate(t, 1, 0.1)), add(t, r, candidate(t, 2, 0.1))
	if !one.Passed || one.Role != "" {
		t.Fatalf("first version: %+v", one)
	}
	if v, err := r.Promote(one.Version, false); err != nil || v.Role != "live" {
		t.Fatalf("promote: %+v, %v", v, err)
	}
	first, _ := r.Choose("x")
	if _, err := r.Canary(two.Version, 0.3, false); err != nil {
		t.Fatal(err)
	}
	share := 0
	for i := range 2000 {
		name := fmt.Sprint("shopper ", i)
		m, _ := r.Choose(name)
		again, _ := r.Choose(name)
		if m != again {
			t.Fatal("a shopper's model changed")
		}
		if m != first {
			share++
		}
	}
	if share < 500 || share > 700 {
		t.Errorf("the canary has %d of 2000 shoppers, want about 600", share)
	}
	if _, err := r.Promote(two.Version, false); err != nil {
		t.Fatal(err)
	}
	if err := r.Shadow(one.Version); err != nil {
		t.Fatal(err)
	}
	r = open(t, dir, nil)
	if s := r.Status(); s.Live != two.Version || s.Previous != one.Version || s.Canary != "" || s.Shadow != one.Version || len(s.Problems) > 0 {
		t.Errorf("after a restart: %+v", s)
	}
	if live, err := r.Rollback("test"); err != nil || live != one.Version {
		t.Errorf("rollback: %q, %v", live, err)
	}
	if live, err := r.Rollback("test"); err != nil || live != "" {
		t.Errorf("second rollback: %q, %v; want the order without a model", live, err)
	}
	var what []string
	for _, c := range changes {
		what = append(what, c.What)
	}
	if got := strings.Join(what, " "); got != "added added promoted canary promoted shadow" {
		t.Errorf("changes %s", got)
	}
}

// Ensure that a version which is no better, or loses in a segment, or is too slow, or has other features, does not pass and is promoted by force alone.
func TestGate(t *testing.T) {
	r := open(t, t.TempDir(), nil)
	good := candidate(t, 1, 0.1)
	bad := func(name string, change func(*registry.Candidate)) {
		c := candidate(t, 1, 0.1)
		current := *good.Report
		current.Test.AUC -= 0.1
		c.Current = &current
		change(&c)
		v := add(t, r, c)
		failed := ""
		for _, check := range v.Checks {
			if !check.Passed {
				failed += check.Name
			}
		}
		if v.Passed || failed != name {
			t.Errorf("%s: failed checks %q of %+v", name, failed, v.Checks)
		}
		if _, err := r.Promote(v.Version, false); vitrine.CodeOf(err) != vitrine.Conflict || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want code conflict", name, err)
		}
	}
	bad("gain", func(c *registry.Candidate) { c.Current.Test.AUC = c.Report.Test.AUC })
	bad("gain", func(c *registry.Candidate) { c.Current, c.FallbackAUC = nil, 0.999 })
	bad("segments", func(c *registry.Candidate) {
		c.Current.Segments = append([]train.Segment{}, c.Report.Segments...)
		c.Current.Segments[0].AUC += 0.05
	})
	worse := add(t, r, candidate(t, 3, 0.5))
	if _, err := r.Promote(worse.Version, true); err != nil {
		t.Errorf("by force: %v", err)
	}
	for name, f := range map[string]func() error{
		"promote unknown": func() error { _, err := r.Promote("none", true); return err },
		"canary unknown":  func() error { _, err := r.Canary("none", 0.1, true); return err },
		"shadow unknown":  func() error { return r.Shadow("none") },
		"path":            func() error { _, err := r.Promote("../x", true); return err },
	} {
		if err := f(); vitrine.CodeOf(err) != vitrine.NotFound {
			t.Errorf("%s: %v, want code not_found", name, err)
		}
	}
	if _, err := r.Canary(worse.Version, 0.1, true); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("canary of the live version: %v, want code conflict", err)
	}
	if _, err := r.Canary("none", 2, true); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("share 2: %v, want code invalid", err)
	}
	slow, err := registry.Open(registry.Options{Dir: t.TempDir(), Features: features, Gate: registry.Gate{Latency: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if v := add(t, slow, good); v.Passed || v.Checks[len(v.Checks)-1].Passed {
		t.Errorf("a model that takes longer than a nanosecond passed: %+v", v.Checks)
	}
}

// Ensure that a canary, and a version that has gone live, are sent back when shoppers click them surely less, and not when they click as much.
func TestWatch(t *testing.T) {
	var changes []registry.Change
	r := open(t, t.TempDir(), &changes)
	one, two := add(t, r, candidate(t, 1, 0.1)), add(t, r, candidate(t, 2, 0.1))
	if _, err := r.Promote(one.Version, false); err != nil {
		t.Fatal(err)
	}
	first, _ := r.Choose("")
	random := rand.New(rand.NewPCG(1, 1))
	visit := func(n int, rate func(canary bool) float64) {
		for range n {
			shopper := fmt.Sprint(random.IntN(100_000))
			m, _ := r.Choose(shopper)
			if err := r.Record(shopper, false); err != nil {
				t.Fatal(err)
			}
			if random.Float64() < rate(m != first) {
				if err := r.Record(shopper, true); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if _, err := r.Canary(two.Version, 0.5, false); err != nil {
		t.Fatal(err)
	}
	visit(8000, func(bool) float64 { return 0.1 })
	if r.Status().Canary == "" {
		t.Fatal("a canary that is clicked as much was sent back")
	}
	visit(8000, func(canary bool) float64 {
		if canary {
			return 0.04
		}
		return 0.1
	})
	if s := r.Status(); s.Canary != "" || s.Live != one.Version {
		t.Fatalf("a canary that is clicked less stays: %+v", s)
	}
	visit(3000, func(bool) float64 { return 0.1 })
	if _, err := r.Promote(two.Version, false); err != nil {
		t.Fatal(err)
	}
	visit(3000, func(bool) float64 { return 0.03 })
	if s := r.Status(); s.Live != one.Version {
		t.Errorf("a live version that is clicked less stays: %+v", s)
	}
	last := changes[len(changes)-1]
	if last.What != "rolled_back" || !strings.Contains(last.Reason, "click rate") {
		t.Errorf("last change %+v", last)
	}
}

// Ensure that damaged files and models of other features are problems that are told, and that the rest serves.
func TestOpenDamaged(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir, nil)
	one := add(t, r, candidate(t, 1, 0.1))
	if _, err := r.Promote(one.Version, false); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "junk"), 0o750); err != nil {
		t.Fatal(err)
	}
	r = open(t, dir, nil)
	if s := r.Status(); len(s.Problems) != 1 || s.Live != one.Version {
		t.Errorf("with a junk folder: %+v", s)
	}
	other, err := registry.Open(registry.Options{Dir: dir, Features: []string{"a", "c"}})
	if err != nil {
		t.Fatal(err)
	}
	if live, _ := other.Choose("x"); live != nil || !strings.Contains(strings.Join(other.Status().Problems, " "), "not those of this server") {
		t.Errorf("other features: %+v", other.Status().Problems)
	}
	if err := os.Truncate(filepath.Join(dir, one.Version, "model.gob"), 100); err != nil {
		t.Fatal(err)
	}
	r = open(t, dir, nil)
	if live, _ := r.Choose("x"); live != nil || len(r.Status().Problems) != 2 {
		t.Errorf("a truncated model serves: %+v", r.Status().Problems)
	}
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Open(registry.Options{Dir: dir, Features: features}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("damaged state: %v, want code invalid", err)
	}
}

// Ensure that no request fails or waits while versions change, and that old versions are removed.
func TestHotSwap(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir, nil)
	var names []string
	for i := range 5 {
		names = append(names, add(t, r, candidate(t, uint64(i), 0.1)).Version)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 3 { // two versions and the state
		t.Errorf("%d entries, want two versions and the state", len(entries))
	}
	names = names[3:]
	if _, err := r.Promote(names[0], false); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			d := &train.Dataset{Features: features, X: []float32{0.1, 0.9, 0.9, 0.1}}
			for {
				select {
				case <-stop:
					return
				default:
				}
				m, _ := r.Choose("x")
				p, err := m.Score(d)
				if err != nil || p[1] < p[0] {
					t.Errorf("scores %v, %v", p, err)
					return
				}
				r.Compare(p, p, d.X)
			}
		})
	}
	for i := range 20 {
		if _, err := r.Promote(names[(i+1)%2], false); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	group.Wait()
}

// Ensure that drift is 0 for features as in training and large for shifted ones.
func TestDrift(t *testing.T) {
	r := open(t, t.TempDir(), nil)
	v := add(t, r, candidate(t, 1, 0.1))
	random := rand.New(rand.NewPCG(7, 7))
	serve := func(shift float32) registry.Status {
		if _, err := r.Promote(v.Version, false); err != nil && vitrine.CodeOf(err) != vitrine.Conflict {
			t.Fatal(err)
		}
		for range 1000 {
			r.Compare(nil, nil, []float32{random.Float32(), random.Float32() + shift, random.Float32(), random.Float32() + shift})
		}
		return r.Status()
	}
	if s := serve(0); s.Drift > 0.05 {
		t.Errorf("no drift: %v of %s", s.Drift, s.DriftFeature)
	}
	if s := serve(0.8); s.Drift < 0.25 || s.DriftFeature != "b" {
		t.Errorf("drift: %v of %s", s.Drift, s.DriftFeature)
	}
}

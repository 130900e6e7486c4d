package profile_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/rerank/profile"
	"vitrine/store/embedded"
)

// catalogue is a catalogue in memory.
type catalogue struct {
	items map[string]*profile.Item
	basis string
}

func (c *catalogue) Items(_ context.Context, ids []string) ([]*profile.Item, error) {
	list := make([]*profile.Item, len(ids))
	for i, id := range ids {
		list[i] = c.items[id]
	}
	return list, nil
}

func (c *catalogue) Basis() string { return c.basis }

func shelf() *catalogue {
	c := &catalogue{items: map[string]*profile.Item{}, basis: "model-1"}
	for i := range 20 {
		id := fmt.Sprint("p", i)
		c.items[id] = item(id, fmt.Sprint("brand", i%4), fmt.Sprint("colour", i%3), 10*float64(i+1), float32(i%2), float32(1-i%2))
	}
	return c
}

// house is a store with profiles that follow it.
type house struct {
	*profile.Profiles
	store *embedded.Store
	stop  func()
}

func openHouse(t *testing.T, dir string, c *catalogue) *house {
	t.Helper()
	s, err := embedded.Open(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := profile.Options{Events: s, States: s, Catalogue: c}
	o.OnError = func(err error) { t.Errorf("follow: %v", err) }
	p, err := profile.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Follow(ctx)
	}()
	h := &house{Profiles: p, store: s}
	h.stop = func() {
		h.stop = func() {}
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { h.stop() })
	return h
}

// send stores events and waits until they are folded.
func (h *house) send(t *testing.T, events ...vitrine.Event) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	receipts, err := h.store.Append(ctx, events)
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for _, r := range receipts {
		last = max(last, r.Seq)
	}
	if err := h.Settle(ctx, last); err != nil {
		t.Fatal(err)
	}
}

func (h *house) get(t *testing.T, user string) *vitrine.Profile {
	t.Helper()
	p, err := h.Explain(context.Background(), user)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func view(id, user, product string, minutes int) vitrine.Event {
	return vitrine.Event{
		ID: id, Kind: vitrine.EventView, User: user, Product: product, Time: time.Now().Add(-time.Duration(minutes) * time.Minute).Truncate(time.Second),
	}
}

var about = cmpopts.EquateApprox(1e-4, 1e-6)

// Ensure a profile follows its events, duplicates count once, and a restart goes on where it stopped.
func TestProfiles_Follow(t *testing.T) {
	dir, c := t.TempDir(), shelf()
	h := openHouse(t, dir, c)
	h.send(t, view("1", "u", "p1", 9), view("2", "v", "p2", 8), view("3", "u", "p5", 7))
	h.send(t, view("1", "u", "p1", 9), view("3", "u", "p5", 7))
	first := h.get(t, "u")
	if first.Events != 2 || first.Affinities["brand"]["brand1"] <= 0 || len(first.Reasons) == 0 {
		t.Fatalf("profile %+v", first)
	}
	if _, err := h.Explain(context.Background(), "stranger"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("stranger: %v", err)
	}
	if p, err := h.Get(context.Background(), "stranger"); err != nil || p.Events != 0 {
		t.Errorf("stranger: %+v, %v", p, err)
	}
	h.stop()
	h = openHouse(t, dir, c)
	if diff := cmp.Diff(first, h.get(t, "u"), about); diff != "" {
		t.Errorf("after a restart: %s", diff)
	}
	h.send(t, view("4", "u", "p9", 1))
	if p := h.get(t, "u"); p.Events != 3 || p.History[0] != "p9" {
		t.Errorf("after one more event: %+v", p)
	}
}

// Ensure profiles are made anew from the events when the models behind the vectors change.
func TestProfiles_NewModel(t *testing.T) {
	dir, c := t.TempDir(), shelf()
	h := openHouse(t, dir, c)
	h.send(t, view("1", "u", "p1", 9), view("2", "u", "p3", 8))
	if err := h.Give(context.Background(), "u", profile.Given{Region: "north"}); err != nil {
		t.Fatal(err)
	}
	h.stop()
	c = shelf()
	c.basis = "model-2"
	for _, it := range c.items {
		it.Vectors["joint"] = []float32{0, 0, 1}
	}
	h = openHouse(t, dir, c)
	p := h.get(t, "u")
	if p.Events != 2 || p.Region != "north" || len(p.Interests["joint"][0].Vector) != 3 {
		t.Errorf("profile %+v", p)
	}
}

// Ensure nothing of an erased user is left, in profiles, events or files, that others stay, and that the user may come again.
func TestProfiles_Erase(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), shelf()
	h := openHouse(t, dir, c)
	for i := range 200 {
		h.send(t, view(fmt.Sprint("secret-event-", i), "secret-user", "p1", i), view(fmt.Sprint("e", i), "other", "p2", i))
	}
	proof, err := h.Erase(ctx, "secret-user")
	if err != nil {
		t.Fatal(err)
	}
	want := &profile.Proof{User: "secret-user", Events: 200, Profile: true}
	if diff := cmp.Diff(want, proof, cmpopts.IgnoreFields(profile.Proof{}, "At")); diff != "" {
		t.Error(diff)
	}
	if _, err := h.Explain(ctx, "secret-user"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("profile of the erased: %v", err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("secret-")) {
			t.Errorf("%s still holds the user", d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := h.get(t, "other"); p.Events != 200 {
		t.Errorf("the other has %d events", p.Events)
	}
	if proof, err = h.Erase(ctx, "secret-user"); err != nil || proof.Events != 0 || proof.Profile {
		t.Errorf("erased again: %+v, %v", proof, err)
	}
	h.send(t, view("secret-event-1", "secret-user", "p1", 0))
	if p := h.get(t, "secret-user"); p.Events != 1 {
		t.Errorf("the erased came again with %d events", p.Events)
	}
}

// Ensure a visitor who logs in takes the visit along.
func TestProfiles_Merge(t *testing.T) {
	ctx, h := context.Background(), openHouse(t, t.TempDir(), shelf())
	h.send(t, view("1", "visitor", "p1", 3), view("2", "u", "p2", 500), view("3", "visitor", "p3", 2))
	if err := h.Give(ctx, "visitor", profile.Given{Region: "north", Age: 20}); err != nil {
		t.Fatal(err)
	}
	if err := h.Give(ctx, "u", profile.Given{Age: 40}); err != nil {
		t.Fatal(err)
	}
	n, err := h.Merge(ctx, "visitor", "u")
	if err != nil || n != 2 {
		t.Fatalf("moved %d, %v", n, err)
	}
	p := h.get(t, "u")
	if diff := cmp.Diff([]string{"p3", "p1", "p2"}, p.History); diff != "" || p.Events != 3 || p.Age != 40 || p.Region != "north" {
		t.Errorf("profile %+v\n%s", p, diff)
	}
	if p.Intent == nil || p.Intent.Events != 2 {
		t.Errorf("intent %+v", p.Intent)
	}
	if _, err := h.Explain(ctx, "visitor"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("the visitor is still there: %v", err)
	}
	h.send(t, view("4", "u", "p4", 0))
	if p := h.get(t, "u"); p.Events != 4 {
		t.Errorf("%d events after one more", p.Events)
	}
	if _, err := h.Merge(ctx, "u", "u"); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("merge with oneself: %v", err)
	}
}

// Ensure a user with 100,000 events is served like any other.
func TestProfiles_BusyUser(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 5000
	}
	ctx, h := context.Background(), openHouse(t, t.TempDir(), shelf())
	for from := 0; from < n; from += 5000 {
		events := make([]vitrine.Event, 5000)
		for i := range events {
			events[i] = view(fmt.Sprint(from+i), "busy", fmt.Sprint("p", i%20), n-from-i)
		}
		h.send(t, events...)
	}
	start := time.Now()
	p, err := h.Get(ctx, "busy")
	if err != nil || p.Events != n {
		t.Fatalf("profile %+v, %v", p, err)
	}
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("profile took %v", took)
	}
	if moved, err := h.Merge(ctx, "busy", "busier"); err != nil || moved != n {
		t.Errorf("moved %d, %v", moved, err)
	}
	if proof, err := h.Erase(ctx, "busier"); err != nil || proof.Events != n || proof.Left != 0 {
		t.Errorf("proof %+v, %v", proof, err)
	}
}

func BenchmarkProfiles(b *testing.B) {
	f := profile.NewFolder(profile.Rules{})
	s, c := &profile.State{}, shelf()
	for i := range 500 {
		e := view(fmt.Sprint(i), "u", fmt.Sprint("p", i%20), i)
		f.Apply(s, &e, c.items[e.Product])
	}
	e := view("x", "u", "p1", 0)
	b.Run("apply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Apply(s, &e, c.items["p1"])
		}
	})
	b.Run("profile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Profile("u", s, time.Now())
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

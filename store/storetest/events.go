package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/store"
)

// Base is the time of the first event of the tests.
func Base() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// Event makes an event of a user, minutes after [Base].
func Event(id, user string, minutes int) vitrine.Event {
	return vitrine.Event{
		ID: id, Kind: vitrine.EventView, User: user, Session: "s-" + user, Product: "p-" + id, Time: Base().Add(time.Duration(minutes) * time.Minute),
	}
}

// Events runs the contract of a log; open returns an empty store each time.
func Events(t *testing.T, open func(t *testing.T) store.Events) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, store.Events)
	}{
		{"append and scan", appendAndScan},
		{"duplicates", duplicates},
		{"invalid", invalid},
		{"latest", latest},
		{"forget", forget},
		{"move", move},
		{"expire", expire},
		{"wait", wait},
		{"side by side", sideBySide},
		{"random", random},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s store.Events, events ...vitrine.Event) []store.Receipt {
	t.Helper()
	receipts, err := s.Append(context.Background(), events)
	must(t, err)
	return receipts
}

func scan(t *testing.T, s store.Events, r store.Range) []vitrine.Event {
	t.Helper()
	var list []vitrine.Event
	last := r.After
	must(t, s.Scan(context.Background(), r, func(r store.Record) error {
		if r.Seq <= last {
			t.Errorf("number %d after %d", r.Seq, last)
		}
		last = r.Seq
		list = append(list, r.Event)
		return nil
	}))
	return list
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func appendAndScan(t *testing.T, s store.Events) {
	t.Helper()
	full := vitrine.Event{
		ID: "1", Kind: vitrine.EventClick, User: "ü ser", Session: "s", Product: "p", Query: "红 dress", Value: 2.5, List: "search", Position: 3,
		Propensity: 0.25, Device: "phone", Time: Base().Add(123456789 * time.Nanosecond),
	}
	nobody := Event("2", "", 5)
	late := Event("3", "b", -60)
	receipts := put(t, s, full, nobody, late)
	same(t, "all events in the order of arrival", scan(t, s, store.Range{}), []vitrine.Event{full, nobody, late})
	same(t, "after the first", scan(t, s, store.Range{After: receipts[0].Seq}), []vitrine.Event{nobody, late})
	same(t, "by time", scan(t, s, store.Range{From: Base(), Until: Base().Add(5 * time.Minute)}), []vitrine.Event{full})
	same(t, "limit", scan(t, s, store.Range{Limit: 2}), []vitrine.Event{full, nobody})
	stop := errors.New("stop")
	if err := s.Scan(context.Background(), store.Range{}, func(store.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("scan returned %v", err)
	}
	stats, err := s.Stats(context.Background())
	must(t, err)
	same(t, "stats", stats, store.Stats{Events: 3, Last: receipts[2].Seq, Kinds: map[vitrine.EventKind]uint64{vitrine.EventClick: 1, vitrine.EventView: 2}})
}

func duplicates(t *testing.T, s store.Events) {
	t.Helper()
	a, b := Event("a", "u", 1), Event("b", "u", 2)
	first := put(t, s, a)
	changed := a
	changed.Product = "other"
	got := put(t, s, changed, b, b)
	same(t, "receipts", got, []store.Receipt{{Seq: first[0].Seq, Duplicate: true}, {Seq: got[1].Seq}, {Seq: got[1].Seq, Duplicate: true}})
	same(t, "events", scan(t, s, store.Range{}), []vitrine.Event{a, b})
}

func invalid(t *testing.T, s store.Events) {
	t.Helper()
	good := Event("g", "u", 1)
	for name, spoil := range map[string]func(*vitrine.Event){
		"no id":   func(e *vitrine.Event) { e.ID = "" },
		"no kind": func(e *vitrine.Event) { e.Kind = "" },
		"no time": func(e *vitrine.Event) { e.Time = time.Time{} },
		"nul":     func(e *vitrine.Event) { e.User = "a\x00b" },
		"ancient": func(e *vitrine.Event) { e.Time = time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC) },
	} {
		bad := Event("bad", "u", 1)
		spoil(&bad)
		if _, err := s.Append(context.Background(), []vitrine.Event{good, bad}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list := scan(t, s, store.Range{}); len(list) != 0 {
		t.Errorf("stored %v", list)
	}
}

func latest(t *testing.T, s store.Events) {
	t.Helper()
	put(t, s, Event("1", "u", 10), Event("2", "v", 50), Event("3", "u", 30), Event("4", "u", 20), Event("5", "", 60))
	ids := func(user string, n int) (list []string) {
		records, err := s.Latest(context.Background(), user, n)
		must(t, err)
		for _, r := range records {
			list = append(list, r.ID)
		}
		return list
	}
	same(t, "two of u", ids("u", 2), []string{"3", "4"})
	same(t, "all of u", ids("u", 9), []string{"3", "4", "1"})
	same(t, "nobody", ids("", 9), []string(nil))
	same(t, "stranger", ids("w", 9), []string(nil))
	same(t, "none", ids("u", 0), []string(nil))
}

func forget(t *testing.T, s store.Events) {
	t.Helper()
	put(t, s, Event("1", "u", 1), Event("2", "v", 2), Event("3", "u", 3))
	n, err := s.Forget(context.Background(), "u")
	must(t, err)
	same(t, "forgotten", n, 2)
	same(t, "rest", scan(t, s, store.Range{}), []vitrine.Event{Event("2", "v", 2)})
	n, err = s.Forget(context.Background(), "u")
	must(t, err)
	same(t, "forgotten again", n, 0)
	stats, err := s.Stats(context.Background())
	must(t, err)
	same(t, "events", stats.Events, uint64(1))
	if got := put(t, s, Event("1", "u", 1)); got[0].Duplicate {
		t.Error("the id of a forgotten event is still known")
	}
}

func move(t *testing.T, s store.Events) {
	t.Helper()
	put(t, s, Event("1", "anon", 1), Event("2", "u", 2), Event("3", "anon", 3))
	n, err := s.Move(context.Background(), "anon", "u")
	must(t, err)
	same(t, "moved", n, 2)
	moved := Event("1", "anon", 1)
	moved.User = "u"
	records, err := s.Latest(context.Background(), "u", 9)
	must(t, err)
	same(t, "of u", len(records), 3)
	same(t, "oldest of u", records[2].Event, moved)
	records, err = s.Latest(context.Background(), "anon", 9)
	must(t, err)
	same(t, "of anon", len(records), 0)
	if got := put(t, s, Event("3", "anon", 3)); !got[0].Duplicate {
		t.Error("the id of a moved event is no longer known")
	}
	for _, pair := range [][2]string{{"u", "u"}, {"", "u"}, {"u", ""}} {
		if _, err := s.Move(context.Background(), pair[0], pair[1]); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("move %q: %v", pair, err)
		}
	}
}

func expire(t *testing.T, s store.Events) {
	t.Helper()
	put(t, s, Event("1", "u", 1), Event("2", "", 5), Event("3", "u", 9))
	n, err := s.Expire(context.Background(), Base().Add(9*time.Minute))
	must(t, err)
	same(t, "expired", n, 2)
	same(t, "rest", scan(t, s, store.Range{}), []vitrine.Event{Event("3", "u", 9)})
	n, err = s.Expire(context.Background(), time.Time{})
	must(t, err)
	same(t, "expired before time began", n, 0)
}

func wait(t *testing.T, s store.Events) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("wait of an empty store: %v", err)
	}
	woken := make(chan error, 1)
	go func() { woken <- s.Wait(context.Background(), 0) }()
	receipts := put(t, s, Event("1", "u", 1))
	select {
	case err := <-woken:
		must(t, err)
	case <-time.After(5 * time.Second):
		t.Fatal("an event woke nobody")
	}
	must(t, s.Wait(context.Background(), receipts[0].Seq-1))
}

// sideBySide has several goroutines append the same events: each is stored once.
func sideBySide(t *testing.T, s store.Events) {
	t.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	fresh := 0
	for range 4 {
		group.Go(func() {
			for i := range 50 {
				receipts, err := s.Append(context.Background(), []vitrine.Event{Event(fmt.Sprint(i), "u", i)})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if !receipts[0].Duplicate {
					fresh++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	same(t, "stored", []int{fresh, len(scan(t, s, store.Range{}))}, []int{50, 50})
}

// random holds a store against a plain list.
func random(t *testing.T, s store.Events) {
	t.Helper()
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // must be repeatable
	users := []string{"", "a", "b", "c"}
	var want []vitrine.Event
	for step := range 300 {
		user := users[r.IntN(len(users))]
		switch n := r.IntN(20); {
		case n == 0 && user != "":
			want = slices.DeleteFunc(want, func(e vitrine.Event) bool { return e.User == user })
			_, err := s.Forget(context.Background(), user)
			must(t, err)
		case n == 1 && user != "" && user != "a":
			for i := range want {
				if want[i].User == user {
					want[i].User = "a"
				}
			}
			_, err := s.Move(context.Background(), user, "a")
			must(t, err)
		case n == 2:
			before := Base().Add(time.Duration(r.IntN(20)) * time.Minute)
			want = slices.DeleteFunc(want, func(e vitrine.Event) bool { return e.Time.Before(before) })
			_, err := s.Expire(context.Background(), before)
			must(t, err)
		default:
			e := Event(fmt.Sprint(r.IntN(200)), user, r.IntN(100))
			known := slices.ContainsFunc(want, func(w vitrine.Event) bool { return w.ID == e.ID })
			if got := put(t, s, e); got[0].Duplicate != known {
				t.Fatalf("seed %d step %d: duplicate %v, want %v", seed, step, got[0].Duplicate, known)
			}
			if !known {
				want = append(want, e)
			}
		}
	}
	same(t, fmt.Sprintf("events, seed %d", seed), scan(t, s, store.Range{}), want)
}

package embedded_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vitrine"
	"vitrine/store"
	"vitrine/store/embedded"
	"vitrine/store/storetest"
)

func open(t *testing.T, dir string) *embedded.Store {
	t.Helper()
	s, err := embedded.Open(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opened(t *testing.T) *embedded.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Ensure the embedded store keeps the contract of package store.
func TestStore_Contract(t *testing.T) {
	storetest.Events(t, func(t *testing.T) store.Events { t.Helper(); return opened(t) })
	storetest.States(t, func(t *testing.T) store.States { t.Helper(); return opened(t) })
}

// Ensure events, ids and states are there after a restart, and numbers go on.
func TestStore_Restart(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := open(t, dir)
	first, err := s.Append(ctx, []vitrine.Event{storetest.Event("1", "u", 1)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutState(ctx, "u", []byte("state"), 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	defer s.Close() //nolint:errcheck // a test's end
	again, err := s.Append(ctx, []vitrine.Event{storetest.Event("1", "u", 1), storetest.Event("2", "u", 2)})
	if err != nil || !again[0].Duplicate || again[1].Seq != first[0].Seq+1 {
		t.Errorf("receipts %v, %v", again, err)
	}
	if value, _, err := s.State(ctx, "u"); string(value) != "state" || err != nil {
		t.Errorf("state %q, %v", value, err)
	}
	stats, err := s.Stats(ctx)
	if err != nil || stats.Events != 2 {
		t.Errorf("stats %v, %v", stats, err)
	}
}

// Ensure no file of the store holds a trace of a user who was forgotten: neither name nor session, product or query, whether the events
// were in memory, in the log or in tables, and that the others' events stay.
func TestStore_ForgetLeavesNothing(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := open(t, dir)
	const secret = "secret"
	for round := range 3 {
		var events []vitrine.Event
		for i := range 500 {
			e := storetest.Event(fmt.Sprintf("%s-%d-%d", "x", round, i), "other", i)
			if i%7 == 0 {
				e.ID, e.User, e.Session = secret+e.ID, secret+"-user", secret+"-session"
				e.Product, e.Query = secret+"-product", secret+"-query"
			}
			events = append(events, e)
		}
		if _, err := s.Append(ctx, events); err != nil {
			t.Fatal(err)
		}
		if _, version, err := s.State(ctx, secret+"-user"); err != nil {
			t.Fatal(err)
		} else if _, err := s.PutState(ctx, secret+"-user", []byte(secret+"-state"), version); err != nil {
			t.Fatal(err)
		}
		if round == 1 { // what was in the log goes to a table
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
		}
	}
	if !holds(t, dir, secret) {
		t.Fatal("the files never held the secret: this test cannot fail")
	}
	if err := s.DropState(ctx, secret+"-user"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Forget(ctx, secret+"-user"); err != nil || n != 3*72 {
		t.Fatalf("forgot %d events, %v", n, err)
	}
	if err := s.Shred(ctx); err != nil {
		t.Fatal(err)
	}
	if holds(t, dir, secret) {
		t.Error("a file still holds the secret")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if holds(t, dir, secret) {
		t.Error("a file holds the secret after closing")
	}
	s = open(t, dir)
	defer s.Close() //nolint:errcheck // a test's end
	if stats, err := s.Stats(ctx); err != nil || stats.Events != 3*(500-72) {
		t.Errorf("stats %v, %v", stats, err)
	}
}

// holds reports whether a file below dir holds the text. Tables compress blocks, but not every short one: the test above checks that the
// text is found before it is erased.
func holds(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			found = true
			t.Logf("%s holds %q", filepath.Base(path), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			s, err := embedded.Open(b.TempDir(), embedded.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // a benchmark's end
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				events := make([]vitrine.Event, size)
				for i := range events {
					n++
					events[i] = storetest.Event(fmt.Sprint(n), fmt.Sprintf("user-%d", n%1000), n)
				}
				if _, err := s.Append(context.Background(), events); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// Ensure events are refused, and none is stored, when the disk is nearly full.
func TestStore_DiskFull(t *testing.T) {
	s, err := embedded.Open(t.TempDir(), embedded.Options{MinFree: 1 << 60})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // a test's end
	_, err = s.Append(context.Background(), []vitrine.Event{storetest.Event("1", "u", 1)})
	if vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("append: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := s.Wait(ctx, 0); err == nil {
		t.Error("the refused event woke a reader")
	}
}

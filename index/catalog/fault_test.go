package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"vitrine"
	"vitrine/index/catalog"
)

// broken is a disk that fails from one of its writing operations on, for that one or for good; then the power goes.
type broken struct {
	after   int64
	err     error
	forGood bool
	seen    atomic.Int64
}

func (b *broken) inject(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	n := b.seen.Add(1)
	if n == b.after || b.forGood && n > b.after {
		return b.err
	}
	return nil
}

// Ensure that whatever write, sync, creation or rename the disk refuses first, and whatever part of what was not synced is lost or torn when the power
// goes after it, every acknowledged change is there when the store is opened again, and no batch is there in part. VITRINE_CRASHES sets the number of points.
func TestStore_Faults(t *testing.T) {
	points := 100
	if n, err := strconv.Atoi(os.Getenv("VITRINE_CRASHES")); err == nil && n > 0 {
		points = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	tried := map[string]int{}
	for range points {
		b := &broken{after: 1 + r.Int64N(400), err: syscall.ENOSPC, forGood: r.IntN(2) == 0}
		name := "ENOSPC"
		switch r.IntN(3) {
		case 0:
			b.err, name = syscall.EIO, "EIO"
		case 1:
			b.after, name = 1<<40, "power loss"
		}
		kept := []int{0, 50, 100}[r.IntN(3)]
		name = fmt.Sprintf("%s, %d %% of unsynced blocks kept", name, kept)
		tried[name]++
		fault(t, r, b, kept, name)
	}
	for _, name := range []string{"ENOSPC", "EIO", "power loss"} {
		for _, kept := range []int{0, 50, 100} {
			what := fmt.Sprintf("%s, %d %% of unsynced blocks kept", name, kept)
			t.Logf("%-45s %4d tried, 0 lost", what, tried[what])
		}
	}
}

// fault writes until the disk fails, or for a while, cuts the power and looks at what is there.
func fault(t *testing.T, r *rand.Rand, b *broken, kept int, name string) {
	t.Helper()
	disk := vfs.NewCrashableMem()
	o := catalog.Options{Memtable: 64 << 10, MinFree: -1}
	s, err := catalog.Open("catalog", o.WithFS(errorfs.Wrap(disk, errorfs.InjectorFunc(b.inject))))
	if err != nil {
		if !errors.Is(err, b.err) {
			t.Fatalf("%s: open: %v", name, err)
		}
		return // nothing was acknowledged
	}
	model := map[string]catalog.Entry{}
	doubt := model // the model, had the write that failed come through
	for range 20 + r.IntN(60) {
		next := maps.Clone(model)
		if err = write(s, r, next); err != nil {
			doubt = next
			if vitrine.CodeOf(err) != vitrine.Unavailable {
				t.Fatalf("%s: %v", name, err)
			}
			break
		}
		model, doubt = next, next
	}
	after := disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: kept, RNG: r})
	closed := make(chan struct{})
	go func(s *catalog.Store) {
		_ = s.Close() // on the disk of before; it may fail, but not hang
		close(closed)
	}(s)
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Fatalf("%s: Close hangs", name)
	}
	s, err = catalog.Open("catalog", o.WithFS(after))
	if err != nil {
		t.Fatalf("%s: open again: %v", name, err)
	}
	defer mustClose(t, s)
	checked, err := s.Check(t.Context(), 5)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if holds(t, s, model) || holds(t, s, doubt) {
		return
	}
	t.Fatalf("%s at %d: %d products of %d acknowledged", name, b.after, checked.Products, len(model))
}

// write makes a random change of store and model.
func write(s *catalog.Store, r *rand.Rand, model map[string]catalog.Entry) error {
	if r.IntN(4) == 0 {
		id := fmt.Sprint(r.IntN(30))
		delete(model, id)
		_, err := s.Delete(context.Background(), []string{id})
		return err
	}
	var batch []catalog.Entry
	for range 1 + r.IntN(5) {
		e := entry(fmt.Sprint(r.IntN(30)), fmt.Sprint("title ", r.Uint64()), []float32{r.Float32(), 1})
		e.Product.Description = fmt.Sprintf("%0*d", 500+r.IntN(1500), r.Uint64())
		batch = append(batch, e)
		model[e.Product.ID] = e
	}
	_, err := s.Put(context.Background(), batch)
	return err
}

// holds reports whether the store holds the titles of a model and nothing else.
func holds(t *testing.T, s *catalog.Store, model map[string]catalog.Entry) bool {
	t.Helper()
	same := s.Len() == len(model)
	err := s.Scan(t.Context(), func(_ vitrine.Doc, p *vitrine.Product) error {
		e, ok := model[p.ID]
		same = same && ok && e.Product.Title == p.Title
		return nil
	})
	return same && err == nil
}

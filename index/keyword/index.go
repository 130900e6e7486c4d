package keyword

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"vitrine"
)

// Index is a keyword index on disk. Its methods may be called from several goroutines at the same time.
type Index struct {
	options  Options
	tuned    atomic.Pointer[tuned]
	store    index.Index
	queue    *index.AnalysisQueue
	cache    *cache
	names    nameRegister
	scratch  sync.Pool
	automata automata
	synonyms atomic.Pointer[synonyms]
	// wording is held while synonyms or what they are read with change.
	wording sync.Mutex

	writing sync.Mutex
	closed  bool

	refreshing sync.Mutex
	viewing    sync.Mutex
	view       *view
	refresher  refresher
}

// Entry is a product with its number.
type Entry struct {
	Doc     vitrine.Doc
	Product *vitrine.Product
}

// seqKey is the internal key of the sequence number in the store.
const seqKey = "vitrine_seq"

// Open opens the index in a folder and creates it when the folder is absent or empty.
func Open(path string, o Options) (*Index, error) {
	o = o.WithDefaults()
	if path == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "keyword index: path is empty")
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	x := &Index{options: o, cache: newCache(o.CacheBytes)}
	x.tuned.Store(newTuned(o))
	x.scratch.New = func() any { return &scratch{} }
	if err := x.SetSynonyms(o.Synonyms); err != nil {
		return nil, err
	}
	var err error
	if x.automata, err = newAutomata(); err != nil {
		return nil, fmt.Errorf("keyword index: %w", err)
	}
	queue := index.NewAnalysisQueue(o.Workers)
	store, err := scorch.NewScorch(scorch.Name, map[string]any{"path": path, "bolt_timeout": o.LockWait.String(), "read_only": o.ReadOnly}, queue)
	if err != nil {
		queue.Close()
		return nil, fmt.Errorf("keyword index %s: %w", path, err)
	}
	if err := sheltered(store.Open); err != nil {
		queue.Close()
		return nil, fmt.Errorf("keyword index %s: %w", path, err)
	}
	x.store, x.queue = store, queue
	if err := x.refresh(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	x.startRefresher()
	return x, nil
}

// sheltered turns a panic, and a fault in a mapped file that is shorter than it was, into an error: bolt knows no other answer to damage.
func sheltered(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = vitrine.Errorf(vitrine.Internal, "damaged: %v", r)
		}
	}()
	return f()
}

// Seq returns the sequence number of the last update, 0 when there was none.
func (x *Index) Seq() uint64 {
	reader, err := x.reader()
	if err != nil {
		return 0
	}
	value := reader.Internal()[seqKey]
	if err := reader.Close(); err != nil || len(value) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}

// Close closes the index; searches that run finish, later calls return [vitrine.Unavailable].
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.closed {
		return nil
	}
	x.closed = true
	x.refresher.stop()
	x.publish(nil)
	err := x.store.Close()
	x.queue.Close()
	if err != nil {
		return fmt.Errorf("keyword index: %w", err)
	}
	return nil
}

// reader returns the present snapshot of the store; the caller closes it.
func (x *Index) reader() (*scorch.IndexSnapshot, error) {
	reader, err := x.store.Reader()
	if err != nil {
		return nil, fmt.Errorf("keyword snapshot: %w", err)
	}
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok || snapshot == nil {
		return nil, errClosed()
	}
	return snapshot, nil
}

func errClosed() error { return vitrine.Errorf(vitrine.Unavailable, "keyword index: is closed") }

package index

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"vitrine"
)

// Indexes are all indexes below one root folder. It is safe for concurrent use.
type Indexes struct {
	root    string
	options Options
	lock    io.Closer
	// closing ends when Close is called, and with it every reindex.
	closing context.Context
	cancel  context.CancelFunc

	versions atomic.Uint64

	// aliasWrite is held while aliases change, and while indexes are created and dropped, so that no name is both. It is taken before mu.
	aliasWrite sync.Mutex

	mu     sync.Mutex
	byName map[string]*named
	// aliases lead to names of indexes; the map is replaced, never changed. AliasFault is why they are not known.
	aliases    map[string]string
	aliasFault error
	closed     bool
}

// named is one index: an alias and the generation that it points at.
type named struct {
	name    string
	dir     string
	options Options

	// write serialises writes to the serving generation, and the swap. It is taken before mu.
	write sync.Mutex
	// queue holds the commits that wait for their turn to write.
	queueMu sync.Mutex
	queue   []*commit

	mu       sync.Mutex
	alias    alias
	current  *Generation // nil when none serves
	fault    error       // why none serves
	building bool        // a reindex, rollback or drop is under way
	closed   bool
	note     string
	work     sync.WaitGroup // what building tells of
	retired  sync.WaitGroup // closings in the background

	// settingsWrite is held while a setting is kept, settingsMu never while a disk is waited for but at its first reading.
	settingsWrite sync.Mutex
	settingsMu    sync.Mutex
	settings      map[string]Setting // those read or kept so far
	versions      *atomic.Uint64     // of the settings of all indexes, so that one made anew under an old name has others

	// synonymsMu is held while synonyms and settings are kept, and while a generation is given them and begins to serve. It is taken before mu.
	synonymsMu sync.Mutex
}

// droppedPrefix marks the folder of an index that is being removed; no index name begins with a dot.
const droppedPrefix = ".dropped-"

// Open opens every index below the root folder, which is created when absent; of half-built generations, the furthest of each index stays for its next reindex. An index that cannot be opened
// does not hinder the others: [Indexes.Acquire] and [Info] say why. A root that another process has open has code Conflict. Once ctx is over, which ends a long catching up, its error is returned.
func Open(ctx context.Context, root string, o Options) (*Indexes, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	o.courtesy = &courtesy{patience: o.Patience}
	if err := os.MkdirAll(root, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "index root: %w", err)
	}
	lock, err := lockRoot(root)
	if err != nil {
		return nil, err
	}
	x := &Indexes{root: root, options: o, lock: lock, byName: map[string]*named{}}
	x.closing, x.cancel = context.WithCancel(context.WithoutCancel(ctx))
	x.aliases, x.aliasFault = readAliases(root)
	folders, err := os.ReadDir(root)
	if err != nil {
		return nil, errors.Join(vitrine.Errorf(vitrine.Internal, "index root: %w", err), lock.Close())
	}
	for _, f := range folders {
		name := f.Name()
		switch {
		case strings.HasPrefix(name, droppedPrefix), strings.HasPrefix(name, stagedPrefix):
			_ = os.RemoveAll(filepath.Join(root, name)) // tried again at the next start
		case f.IsDir() && isName(name):
			if n := x.openNamed(ctx, name); n != nil {
				x.byName[name] = n
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// openNamed opens the index in a folder; nil when nothing in it ever served, though a half-built generation may stay.
func (x *Indexes) openNamed(ctx context.Context, name string) *named {
	n := x.newNamed(name)
	var err error
	n.alias, n.note, err = readAlias(n.dir)
	if errors.Is(err, fs.ErrNotExist) {
		// A first build that a crash ended, or a folder that is not ours: only generations are removed.
		numbers, err := unserved(n.dir)
		half := resumable(n.dir, n.alias, 0)
		for _, number := range numbers {
			if number != half {
				err = errors.Join(err, os.RemoveAll(generationDir(n.dir, number)))
			}
		}
		if n.fault = err; err == nil {
			_ = os.Remove(n.dir) // unless something stays in it
			return nil
		}
		return n
	}
	if err == nil && n.note != "" {
		err = writeAlias(n.dir, n.alias)
	}
	if err == nil && n.note == "" {
		err = sweep(n.dir, n.alias)
	}
	if err == nil {
		n.current, err = openGeneration(ctx, generationDir(n.dir, n.alias.Current), n.alias.Current, x.options)
	}
	if err == nil {
		n.giveSettings(n.current)
	}
	n.fault = err
	return n
}

func (x *Indexes) newNamed(name string) *named {
	return &named{name: name, dir: filepath.Join(x.root, name), options: x.options, versions: &x.versions}
}

// Close ends every reindex, then saves and closes all indexes. It waits until every acquired generation is released.
func (x *Indexes) Close() error {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	x.closed = true
	all := slices.Collect(maps.Values(x.byName))
	x.mu.Unlock()
	x.cancel()
	var err error
	for _, n := range all {
		n.mu.Lock()
		n.closed = true
		n.mu.Unlock()
		n.work.Wait()
		err = errors.Join(err, n.shut())
	}
	return errors.Join(err, x.lock.Close())
}

// shut takes the index out of service and closes its generation when the last search on it ends.
func (n *named) shut() error {
	n.write.Lock()
	n.mu.Lock()
	g := n.current
	n.current, n.fault = nil, errors.New("is closed")
	n.mu.Unlock()
	n.write.Unlock()
	var err error
	if g != nil {
		g.release()
		err = g.wait()
	}
	n.retired.Wait()
	return err
}

// named finds an index by its name or an alias.
func (x *Indexes) named(name string) (*named, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil, vitrine.Errorf(vitrine.Unavailable, "indexes are closed")
	}
	if n, ok := x.byName[name]; ok {
		return n, nil
	}
	index, isAlias := x.aliases[name]
	n, ok := x.byName[index]
	switch {
	case isAlias && ok:
		return n, nil
	case isAlias:
		return nil, vitrine.Errorf(vitrine.NotFound, "alias %q: its index %q does not exist", name, index)
	case x.aliasFault != nil:
		return nil, vitrine.Errorf(vitrine.Unavailable, "index %q: does not exist, and aliases are not known: %w", name, x.aliasFault)
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "index %q: does not exist", name)
}

// Acquire returns the generation that serves an index, given by its name or an alias, and a function that gives it back, which must be called once and may be called more
// often. An unknown name has code NotFound, an index that could not be opened Unavailable.
func (x *Indexes) Acquire(name string) (*Generation, func(), error) {
	g, err := x.acquire(name)
	if err != nil {
		return nil, nil, err
	}
	searches := &x.options.courtesy.searches
	searches.Add(1)
	return g, sync.OnceFunc(func() {
		searches.Add(-1)
		g.release()
	}), nil
}

func (x *Indexes) acquire(name string) (*Generation, error) {
	n, err := x.named(name)
	for err == nil {
		g, fault := n.acquire()
		if fault == nil {
			return g, nil
		}
		// An alias may have left the index, and the index the list, since it was found.
		found := n
		if n, err = x.named(name); n == found {
			err = fault
		}
	}
	return nil, err
}

func (n *named) acquire() (*Generation, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.current != nil && n.current.acquire() {
		return n.current, nil
	}
	if n.fault != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "index %q: %w", n.name, n.fault)
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "index %q: its first generation is being built", n.name)
}

// claim marks an index as being built on, so that one reindex, rollback or drop runs at a time.
func (n *named) claim() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.building || n.closed {
		return vitrine.Errorf(vitrine.Conflict, "index %q: a reindex is running, or the index is being closed", n.name)
	}
	n.building = true
	n.work.Add(1)
	return nil
}

func (n *named) unclaim() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.building = false
	n.work.Done()
}

// Create makes an empty index. A name that exists has code Conflict; one that is not made of a-z, 0-9, - and _ has code Invalid.
func (x *Indexes) Create(ctx context.Context, name string) error {
	n, created, err := x.claimOrCreate(name)
	if err != nil {
		return err
	}
	defer n.unclaim()
	switch {
	case !created && n.name != name:
		return vitrine.Errorf(vitrine.Conflict, "index %q: is an alias of index %q", name, n.name)
	case !created:
		return vitrine.Errorf(vitrine.Conflict, "index %q: exists", name)
	}
	g, err := n.begin(ctx)
	if err == nil {
		if err = n.swap(g); err == nil {
			return nil
		}
		err = errors.Join(err, g.destroy())
	}
	return errors.Join(err, x.forget(n))
}

// claimOrCreate claims an index for building, and adds it when it does not exist.
func (x *Indexes) claimOrCreate(name string) (n *named, created bool, err error) {
	if err := vitrine.ValidateIndexName(name); err != nil {
		return nil, false, err
	}
	n, err = x.named(name)
	if err == nil {
		return n, false, n.claim()
	}
	if vitrine.CodeOf(err) != vitrine.NotFound {
		return nil, false, err
	}
	x.aliasWrite.Lock()
	defer x.aliasWrite.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, ok := x.aliases[name]; ok {
		return nil, false, err
	}
	if _, ok := x.byName[name]; ok || x.closed {
		return nil, false, vitrine.Errorf(vitrine.Conflict, "index %q: is being created or closed", name)
	}
	n = x.newNamed(name)
	if err := errors.Join(os.MkdirAll(n.dir, 0o750), syncDir(x.root)); err != nil {
		return nil, false, vitrine.Errorf(vitrine.Internal, "index %q: %w", name, err)
	}
	x.byName[name] = n
	return n, true, n.claim()
}

// forget takes an index out of the list and removes its folder, which is renamed first so that a crash leaves all of it or nothing.
func (x *Indexes) forget(n *named) error {
	dropped := filepath.Join(x.root, droppedPrefix+n.name)
	x.mu.Lock()
	err := errors.Join(os.RemoveAll(dropped), os.Rename(n.dir, dropped))
	if err == nil {
		delete(x.byName, n.name)
	}
	x.mu.Unlock()
	err = errors.Join(err, syncDir(x.root), os.RemoveAll(dropped))
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "index %q: %w", n.name, err)
	}
	return nil
}

// Drop removes an index with all its generations after the searches that run on it have ended. One that aliases lead to, or that is named by an alias, has code Conflict.
func (x *Indexes) Drop(name string) error {
	x.aliasWrite.Lock()
	defer x.aliasWrite.Unlock()
	n, err := x.named(name)
	if err != nil {
		return err
	}
	if n.name != name {
		return vitrine.Errorf(vitrine.Conflict, "index %q: is an alias of index %q, which is dropped by its own name", name, n.name)
	}
	if err := x.undroppable(name); err != nil {
		return err
	}
	if err := n.claim(); err != nil {
		return err
	}
	defer n.unclaim()
	return errors.Join(n.shut(), x.forget(n))
}

// Names lists the indexes, sorted.
func (x *Indexes) Names() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Sorted(maps.Keys(x.byName))
}

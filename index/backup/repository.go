package backup

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"vitrine"
)

// Options of a [Repository]; the zero value suits any catalogue.
type Options struct {
	// BlockBytes is the size of the parts that files are kept in, default 4 MiB. Sensible: 1 to 16 MiB. Smaller finds more that is unchanged in large
	// files and needs more requests. Changing it makes the next snapshot a full one.
	BlockBytes int
	// Parallel is the number of blocks under way at once, default 4; each holds BlockBytes of memory. More helps where the store is far away.
	Parallel int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.BlockBytes <= 0 {
		o.BlockBytes = 4 << 20
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Repository keeps snapshots in a target.
//
// A snapshot's object is written after all of its blocks, and a block goes only when no snapshot names it, so that whatever cuts a save or a prune
// short leaves every snapshot whole; left-over blocks are used by the next save or removed by the next prune.
type Repository struct {
	target  Target
	options Options
}

// New returns the repository in a target, which may be empty.
func New(target Target, o Options) *Repository {
	return &Repository{target: target, options: o.withDefaults()}
}

// Snapshots lists the snapshots of an index, oldest first. One that is damaged is an error.
func (r *Repository) Snapshots(ctx context.Context, index string) ([]*Snapshot, error) {
	var list []*Snapshot
	for key, err := range r.target.List(ctx, snapshotPrefix(index)) {
		if err != nil {
			return nil, err
		}
		s, err := r.snapshot(ctx, key)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Snapshot) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

func (r *Repository) snapshot(ctx context.Context, key string) (*Snapshot, error) {
	data, err := r.target.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return decodeSnapshot(key, data)
}

// Indexes lists the indexes that have snapshots, sorted.
func (r *Repository) Indexes(ctx context.Context) ([]string, error) {
	var names []string
	for key, err := range r.target.List(ctx, "snapshots/") {
		if err != nil {
			return nil, err
		}
		names = append(names, path.Base(path.Dir(key)))
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Find returns the snapshot of a name, or the last one that was taken not after a moment; with neither, the last of all. One that does not exist has
// code NotFound.
func (r *Repository) Find(ctx context.Context, index, name string, at time.Time) (*Snapshot, error) {
	if name != "" {
		if strings.ContainsAny(name, "/\\") {
			return nil, vitrine.Errorf(vitrine.Invalid, "snapshot %q: not a name", name)
		}
		s, err := r.snapshot(ctx, snapshotKey(index, name))
		if vitrine.CodeOf(err) == vitrine.NotFound {
			return nil, vitrine.Errorf(vitrine.NotFound, "snapshot %q of index %q: does not exist", name, index)
		}
		return s, err
	}
	list, err := r.Snapshots(ctx, index)
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(list) {
		if at.IsZero() || !s.Taken.After(at) {
			return s, nil
		}
	}
	if at.IsZero() {
		return nil, vitrine.Errorf(vitrine.NotFound, "index %q: has no snapshots here", index)
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "index %q: has no snapshot from before %s", index, at.Format(time.RFC3339))
}

// Prune removes all but the last keep snapshots of an index, then the blocks that no snapshot of any index names. It returns how many of each.
func (r *Repository) Prune(ctx context.Context, index string, keep int) (snapshots, blocks int, err error) {
	if keep < 1 {
		return 0, 0, vitrine.Errorf(vitrine.Invalid, "prune: keep %d; at least one snapshot stays", keep)
	}
	list, err := r.Snapshots(ctx, index)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range list[:max(0, len(list)-keep)] {
		if err := r.target.Delete(ctx, snapshotKey(index, s.Name)); err != nil {
			return snapshots, 0, err
		}
		snapshots++
	}
	named := map[string]bool{}
	indexes, err := r.Indexes(ctx)
	if err != nil {
		return snapshots, 0, err
	}
	for _, name := range indexes {
		list, err := r.Snapshots(ctx, name)
		if err != nil {
			return snapshots, 0, err
		}
		for _, s := range list {
			for _, f := range s.Files {
				for _, b := range f.Blocks {
					named[blockKey(b)] = true
				}
			}
		}
	}
	for key, err := range r.target.List(ctx, blockPrefix) {
		if err != nil {
			return snapshots, blocks, err
		}
		if named[key] {
			continue
		}
		if err := r.target.Delete(ctx, key); err != nil {
			return snapshots, blocks, err
		}
		blocks++
	}
	return snapshots, blocks, nil
}

package index

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"vitrine"
	"vitrine/index/catalog"
)

// unfinished lists the generations in an index's folder that a crash or a shutdown left half-built: newer than the one that serves, and never served.
func unfinished(dir string, a alias) ([]int, error) {
	numbers, err := generationNumbers(dir)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(numbers, func(n int) bool {
		m, err := readManifest(generationDir(dir, n))
		return n <= a.Current || n == a.Previous || err != nil || !m.Activated.IsZero()
	}), nil
}

// resumable is the half-built generation whose catalogue is the largest, so that a build that is cut off again and again loses nothing; 0 when there is none. The one of
// number except, which is being built, does not count.
func resumable(dir string, a alias, except int) int {
	numbers, err := unfinished(dir, a)
	if err != nil {
		return 0
	}
	best, most := 0, int64(0)
	for _, n := range numbers {
		if size := folderBytes(filepath.Join(generationDir(dir, n), "catalog")); size > most && n != except {
			best, most = n, size
		}
	}
	return best
}

// leftover opens the catalogue of the half-built generation that the build of next may take vectors from; nil when there is none that can be read.
func (n *named) leftover(next int) *Generation {
	n.mu.Lock()
	number := resumable(n.dir, n.alias, next)
	n.mu.Unlock()
	if number == 0 {
		return nil
	}
	g := &Generation{number: number, dir: generationDir(n.dir, number), options: n.options, spaces: map[string]*space{}, closed: make(chan struct{})}
	var err error
	if g.manifest, err = readManifest(g.dir); err != nil {
		return nil
	}
	if g.catalog, err = catalog.Open(filepath.Join(g.dir, "catalog"), n.options.Catalog); err != nil {
		return nil // it was only to save time
	}
	return g
}

// abandon gives up a generation that was not finished. When the indexes are being closed its folder stays, for the next reindex to take vectors from.
func (x *Indexes) abandon(g *Generation) error {
	if x.closing.Err() == nil {
		return g.destroy()
	}
	err := g.closeFiles()
	g.closeErr = err
	close(g.closed)
	return err
}

// clear removes half-built generations after one has been finished. What stays is swept at the next start.
func (n *named) clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	numbers, err := generationNumbers(n.dir)
	if err != nil {
		return
	}
	for _, number := range numbers {
		if m, err := readManifest(generationDir(n.dir, number)); err == nil && m.Activated.IsZero() && number < n.alias.Current {
			_ = os.RemoveAll(generationDir(n.dir, number))
		}
	}
}

// donor is a generation with what it holds of some rows; their vectors are taken from it where they would be the same.
type donor struct {
	*Generation
	records []catalog.Record
	// resumed says that it is the half-built one.
	resumed bool
}

// donors looks the rows' products up in generations, of which nil ones are left out.
func donors(ctx context.Context, rows []row, from []*Generation) ([]donor, error) {
	var list []donor
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.product.ID
	}
	for _, g := range from {
		if g == nil {
			continue
		}
		records, err := g.catalog.Lookup(ctx, ids)
		if err != nil {
			if !g.half() {
				return nil, err
			}
			continue // damaged, and only there to save time
		}
		list = append(list, donor{Generation: g, records: records, resumed: g.half()})
	}
	return list, nil
}

// half reports whether the generation is one that was cut off, of which there is a catalogue alone.
func (g *Generation) half() bool { return g.keyword == nil }

// give takes the vectors of a row in a space from the first donor that has them for the same content.
func (o *Options) give(donors []donor, i int, space string, same func(*vitrine.Product, [][]float32) bool, e *encoded) bool {
	for _, d := range donors {
		old := d.records[i]
		if old.Product == nil || !o.reusable(d.Generation, space) || !same(old.Product, old.Vectors[space]) {
			continue
		}
		e.entries[i].Vectors[space] = old.Vectors[space]
		if d.resumed {
			e.report.Resumed++
		}
		return true
	}
	return false
}

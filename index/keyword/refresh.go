package keyword

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// refresher makes the view of what bleve merged in the background, so that no search waits for the columns of a new segment.
type refresher struct {
	quit chan struct{}
	done sync.WaitGroup
}

// startRefresher reads what searches will need first and goes on refreshing; it returns when the reading is done, or after Options.WarmWait.
func (x *Index) startRefresher() {
	x.refresher.quit = make(chan struct{})
	warm := make(chan struct{})
	x.refresher.done.Go(func() {
		x.warm()
		close(warm)
		ticks := time.NewTicker(x.options.Refresh)
		defer ticks.Stop()
		for {
			select {
			case <-x.refresher.quit:
				return
			case <-ticks.C:
				// A snapshot that cannot be read now is tried again; searches go on with the one before, and an update reports its own.
				_ = x.refresh()
			}
		}
	})
	wait := time.NewTimer(x.options.WarmWait)
	defer wait.Stop()
	select {
	case <-warm:
	case <-wait.C:
	}
}

func (r *refresher) stop() {
	if r.quit == nil {
		return
	}
	close(r.quit)
	r.done.Wait()
}

func (r *refresher) stopped() bool {
	select {
	case <-r.quit:
		return true
	default:
		return false
	}
}

// refresh makes the view of the store's present snapshot the one that searches take.
func (x *Index) refresh() error {
	x.refreshing.Lock()
	defer x.refreshing.Unlock()
	snapshot, err := x.reader()
	if err != nil {
		return err
	}
	before := x.view
	if before != nil && before.snapshot == snapshot {
		return snapshot.Close()
	}
	v, err := newView(snapshot, before, x.cache, x.options.Drift)
	if err == nil {
		err = x.inherit(v, before)
	}
	if err != nil {
		_ = snapshot.Close()
		return fmt.Errorf("keyword view: %w", err)
	}
	v.refs.Store(1)
	x.publish(v)
	return nil
}

// publish makes a view the present one; nil leaves none.
func (x *Index) publish(v *view) {
	x.viewing.Lock()
	before := x.view
	x.view = v
	x.viewing.Unlock()
	if before != nil {
		before.release()
	}
}

// acquire returns the present view; the caller calls release when done with it.
func (x *Index) acquire() (v *view, release func(), err error) {
	x.viewing.Lock()
	defer x.viewing.Unlock()
	if x.view == nil {
		return nil, nil, errClosed()
	}
	v = x.view
	v.refs.Add(1)
	return v, v.release, nil
}

func (v *view) release() {
	if v.refs.Add(-1) == 0 {
		_ = v.snapshot.Close()
	}
}

// inherit reads for the new segments of a view what was kept of those that they replace, which it drops.
func (x *Index) inherit(v, before *view) error {
	if before == nil {
		return nil
	}
	gone := map[*segment]bool{}
	for i := range before.parts {
		gone[before.parts[i].segment] = true
	}
	var fresh []*part
	for i := range v.parts {
		if p := &v.parts[i]; gone[p.segment] {
			delete(gone, p.segment)
		} else {
			fresh = append(fresh, p)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	w, done := x.newScratch()
	defer done()
	terms, columns := map[string]bool{}, map[string]bool{}
	for s := range gone {
		for _, term := range x.cache.used(s, "") {
			terms[term] = true
		}
		for _, prefix := range x.cache.used(s, fieldValues) {
			columns[prefix] = true
		}
	}
	for _, p := range fresh {
		for term := range terms {
			if _, err := x.now().scorer.list(p, v.means, w, term); err != nil {
				return err
			}
		}
		for prefix := range columns {
			if _, err := p.column(p.source, strings.TrimSuffix(prefix, sep)); err != nil {
				return err
			}
		}
	}
	x.cache.forget(gone)
	return nil
}

// warm reads the longest lists, as far as half of the cache holds them, and the columns that most searches count by.
func (x *Index) warm() {
	v, release, err := x.acquire()
	if err != nil {
		return
	}
	defer release()
	w, done := x.newScratch()
	defer done()
	type wanted struct {
		part  *part
		term  string
		count uint64
	}
	var lists []wanted
	for i := range v.parts {
		p := &v.parts[i]
		for _, name := range x.options.WarmColumns {
			// What cannot be read now fails the search that needs it.
			_, _ = p.column(p.source, name)
		}
		counts := map[string]uint64{}
		for _, f := range x.now().scorer.fields {
			_ = eachTerm(p.source, textFieldName(f.field), "", "", func(term string, docs *roaring.Bitmap) error {
				if n := docs.GetCardinality(); n >= uint64(x.options.WarmFrom) { //nolint:gosec // not negative
					counts[term] += n
				}
				return nil
			})
		}
		for term, n := range counts {
			lists = append(lists, wanted{p, term, n})
		}
	}
	slices.SortFunc(lists, func(a, b wanted) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.term, b.term))
	})
	const posting = 8
	left := x.options.CacheBytes / 2
	for _, l := range lists {
		left -= posting * int(l.count) //nolint:gosec // a segment has 32-bit numbers
		if left < 0 || x.refresher.stopped() {
			return
		}
		_, _ = x.now().scorer.list(l.part, v.means, w, l.term)
	}
}

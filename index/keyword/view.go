package keyword

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segapi "github.com/blevesearch/scorch_segment_api/v2"

	"vitrine"
)

// view is a snapshot of the index, ready to be searched. It does not change and is shared by its readers; each of them holds a
// reference on it from [Index.acquire] until it calls release, and the index one on the present view.
type view struct {
	snapshot *scorch.IndexSnapshot
	refs     atomic.Int64
	parts    []part
	// products counts the live ones.
	products int
	// room is above every Doc.
	room  int
	means *means

	live func() *vitrine.DocSet
	memo memo
}

// part is a segment as the snapshot has it.
type part struct {
	*segment
	id     uint64
	source segapi.Segment
	// deleted is by bleve's numbers, alive by ours; both are nil when nothing is deleted.
	deleted *roaring.Bitmap
	alive   bitmap
	// products counts the live documents, total sums their lengths up.
	products int
	total    [textFields]uint64
}

// isDead reports whether the document of a local number is deleted.
func (p *part) isDead(local uint32) bool { return p.alive != nil && !p.alive.has(local) }

// newView builds the view of a snapshot; what the view before knew of its segments is taken over. The means of scores stay those of the view before until one of
// them is further off than a share.
func newView(snapshot *scorch.IndexSnapshot, before *view, cache *cache, drift float64) (*view, error) {
	known := map[uint64]*part{}
	if before != nil {
		for i := range before.parts {
			known[before.parts[i].id] = &before.parts[i]
		}
	}
	v := &view{snapshot: snapshot, means: &means{}}
	var total [textFields]uint64
	for _, s := range snapshot.Segments() {
		p := part{id: s.Id(), source: s.Segment(), deleted: s.Deleted()}
		old := known[p.id]
		if old != nil {
			p.segment = old.segment
		} else {
			segment, err := newSegment(p.source, cache)
			if err != nil {
				return nil, err
			}
			p.segment = segment
		}
		p.bury(old)
		for f := range total {
			total[f] += p.total[f]
		}
		v.room = max(v.room, p.room)
		v.products += p.products
		v.parts = append(v.parts, p)
	}
	for f := range total {
		v.means.of[f] = float64(total[f]) / float64(max(v.products, 1))
	}
	if before != nil && !v.means.differ(before.means, drift) {
		v.means = before.means
	}
	v.live = sync.OnceValue(v.collectLive)
	return v, nil
}

// bury fills in which documents are dead and what remains without them. A part of an earlier view of the same segment saves work: nothing comes alive again.
func (p *part) bury(old *part) {
	p.products, p.total = len(p.docs), p.segment.total
	if old != nil {
		p.alive, p.products, p.total = old.alive, old.products, old.total
		if old.deleted == p.deleted {
			return
		}
	}
	if p.deleted == nil || p.deleted.IsEmpty() {
		return
	}
	dead := p.deleted
	if old != nil && old.deleted != nil {
		dead = roaring.AndNot(p.deleted, old.deleted)
	}
	if p.alive == nil {
		p.alive = p.all()
	} else {
		p.alive = slices.Clone(p.alive)
	}
	for it := dead.Iterator(); it.HasNext(); {
		local := p.places[it.Next()]
		p.alive.remove(local)
		p.products--
		for f := range p.total {
			p.total[f] -= uint64(p.lengths[f][local])
		}
	}
}

// countLive counts the documents of an ascending list that are not deleted.
func (p *part) countLive(docs []uint32) int {
	if p.alive == nil {
		return len(docs)
	}
	n := len(docs)
	const search = 16
	if dead := len(p.docs) - p.products; dead < len(docs)/search {
		for it := p.deleted.Iterator(); it.HasNext(); {
			local := p.places[it.Next()]
			if at := sort.Search(len(docs), func(i int) bool { return docs[i] >= local }); at < len(docs) && docs[at] == local {
				n--
			}
		}
		return n
	}
	for _, local := range docs {
		if !p.alive.has(local) {
			n--
		}
	}
	return n
}

// collect returns the live products among those that local returns of each part, which it may change.
func (v *view) collect(local func(p *part) (bitmap, error)) (*vitrine.DocSet, error) {
	set := vitrine.NewDocSet(v.room)
	for i := range v.parts {
		p := &v.parts[i]
		docs, err := local(p)
		if err != nil {
			return nil, err
		}
		p.addLive(set, docs)
	}
	return set, nil
}

// addLive adds those of local that are not deleted to a set, and changes local.
func (p *part) addLive(set *vitrine.DocSet, local bitmap) {
	if p.alive != nil {
		local.and(p.alive)
	}
	p.addTo(set, local)
}

func (v *view) collectLive() *vitrine.DocSet {
	set := vitrine.NewDocSet(v.room)
	for i := range v.parts {
		p := &v.parts[i]
		p.addLive(set, p.all())
	}
	return set
}

// all returns the local numbers of all documents.
func (p *part) all() bitmap {
	all := newBitmap(len(p.docs))
	for i := range all {
		all[i] = ^uint64(0)
	}
	if extra := len(p.docs) % wordBits; extra > 0 {
		all[len(all)-1] = 1<<extra - 1
	}
	return all
}

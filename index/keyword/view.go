package keyword

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segapi "github.com/blevesearch/scorch_segment_api/v2"

	"vitrine"
)

// view is a snapshot of the index, ready to be searched. It does not change and shared by the readers of the snapshot; each of them holds a
// reference on it from [Index.acquire] until it calls release.
type view struct {
	snapshot *scorch.IndexSnapshot
	parts    []part
	// products counts the live ones.
	products int
	// room is above every Doc.
	room int
	// average holds the mean number of words of each text field over the live products.
	average [textFields]float64

	live func() *vitrine.DocSet
	memo memo
}

// part is a segment as the snapshot has it.
type part struct {
	*segment
	id     uint64
	source segapi.Segment
	// deleted is nil when nothing is; dead has the same members by local number.
	deleted *roaring.Bitmap
	dead    *vitrine.DocSet
	// products counts the live documents, total sums their lengths up.
	products int
	total    [textFields]uint64
}

// isDead reports whether the document of a local number is deleted.
func (p *part) isDead(local uint32) bool { return p.dead != nil && p.dead.Contains(vitrine.Doc(local)) }

// newView builds the view of a snapshot; columns of segments that the view before had are taken over.
func newView(snapshot *scorch.IndexSnapshot, before *view, budget *budget) (*view, error) {
	known := map[uint64]*part{}
	if before != nil {
		for i := range before.parts {
			known[before.parts[i].id] = &before.parts[i]
		}
	}
	v := &view{snapshot: snapshot}
	var total [textFields]uint64
	for _, s := range snapshot.Segments() {
		p := part{id: s.Id(), source: s.Segment(), deleted: s.Deleted()}
		if old := known[p.id]; old != nil {
			p.segment = old.segment
			delete(known, p.id)
			if old.deleted == p.deleted {
				p.dead, p.products, p.total = old.dead, old.products, old.total
			} else {
				p.bury()
			}
		} else {
			segment, err := newSegment(p.source, budget)
			if err != nil {
				return nil, err
			}
			p.segment = segment
			p.bury()
		}
		for f := range total {
			total[f] += p.total[f]
		}
		v.room = max(v.room, p.room)
		v.products += p.products
		v.parts = append(v.parts, p)
	}
	for f := range total {
		v.average[f] = float64(total[f]) / float64(max(v.products, 1))
	}
	for _, gone := range known {
		gone.cache.drop()
	}
	v.live = sync.OnceValue(v.collectLive)
	return v, nil
}

// bury fills in which documents are dead and what remains without them.
func (p *part) bury() {
	p.dead, p.products, p.total = deadSet(p.deleted), len(p.docs), p.segment.total
	if p.dead == nil {
		return
	}
	p.products -= p.dead.Len()
	for f := range p.total {
		for local := range p.dead.All() {
			p.total[f] -= uint64(p.lengths[f][local])
		}
	}
}

func deadSet(deleted *roaring.Bitmap) *vitrine.DocSet {
	if deleted == nil || deleted.IsEmpty() {
		return nil
	}
	dead := vitrine.NewDocSet(int(deleted.Maximum()) + 1)
	for it := deleted.Iterator(); it.HasNext(); {
		dead.Add(vitrine.Doc(it.Next()))
	}
	return dead
}

func (v *view) collectLive() *vitrine.DocSet {
	live := vitrine.NewDocSet(v.room)
	for i := range v.parts {
		p := &v.parts[i]
		for local, d := range p.docs {
			if !p.isDead(uint32(local)) {
				live.Add(d)
			}
		}
	}
	return live
}

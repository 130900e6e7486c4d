package hnsw

import (
	"math"
	"sync"
	"sync/atomic"

	"vitrine/index/vector/chunk"
	"vitrine/index/vector/rows"
)

// none ends a list of links that is not full, and stands for a missing block.
const none = math.MaxUint32

// maxLevel bounds the height of the graph; with M=16 a node of this level is one in 16^15.
const maxLevel = 15

// stripes is the number of locks that share the nodes; far more than there are writers, so that they rarely meet.
const stripes = 1 << 10

// graph is the links between the rows of a set. Lists of links are runs of row numbers ended by none or by their width; elements are
// read and written atomically.
type graph struct {
	rows *rows.Set
	m    int
	seed uint64
	// codes has every node's code, see [SQ8]; nil when walks compare the vectors.
	codes *chunk.Table[uint8]
	// base has every node's list on level 0: 2M links.
	base *chunk.Table[uint32]
	// upper has lists of M links; a node of level n owns n of them in a row, for levels 1…n, the first being block[node].
	upper *chunk.Table[uint32]
	block *chunk.Table[uint32]
	// nodes and blocks count what there is room for; only the one who grows the graph looks at them.
	nodes  int
	blocks int
	// entry is the node where every search begins, a highest one: level<<32 | row, or noEntry.
	entry atomic.Uint64
	// rise is held while a node that will be the new entry is linked.
	rise sync.Mutex
	// doomed are the nodes that a repair is about to remove, or nil: nobody may link to them any more.
	doomed atomic.Pointer[[]bool]
	// locks guard the lists of the nodes whose number has the same remainder, against other writers.
	locks [stripes]sync.Mutex
}

const noEntry = math.MaxUint64

func newGraph(set *rows.Set, m int, seed uint64) *graph {
	g := &graph{
		rows: set, m: m, seed: seed,
		base:  chunk.New[uint32](2*m, none),
		upper: chunk.New[uint32](m, none),
		block: chunk.New[uint32](1, none),
	}
	g.entry.Store(noEntry)
	return g
}

// grow gives every row below n a place for its links.
func (g *graph) grow(n int) {
	g.base.Grow(n)
	g.block.Grow(n)
	if g.codes != nil {
		g.codes.Grow(n)
	}
	for r := g.nodes; r < n; r++ {
		if level := g.level(uint32(r)); level > 0 { //nolint:gosec // rows are below 2^32
			g.block.Row(uint32(r))[0] = uint32(g.blocks) //nolint:gosec // as above; read only through links, which are published later
			g.blocks += level
		}
	}
	g.upper.Grow(g.blocks)
	g.nodes = n
}

// level is the level of row r: n or more with probability M^-n, as the paper's ⌊-ln(uniform)/ln(M)⌋ has it, but in whole numbers and
// from a hash of the row (splitmix64), so that it needs no storage and is the same on every machine and in every order of insertion.
func (g *graph) level(r uint32) int {
	h := g.seed + (uint64(r)+1)*0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	m, n := uint64(g.m), 0 //nolint:gosec // M is positive
	for n < maxLevel && h%m == 0 {
		h /= m
		n++
	}
	return n
}

// links is the list of a node on a level that it has.
func (g *graph) links(r uint32, level int) []uint32 {
	if level == 0 {
		return g.base.Row(r)
	}
	return g.upper.Row(g.block.Row(r)[0] + uint32(level) - 1) //nolint:gosec // at most maxLevel
}

// neighbours appends the links of a node to dst.
func (g *graph) neighbours(dst []uint32, r uint32, level int) []uint32 {
	list := g.links(r, level)
	for i := range list {
		n := atomic.LoadUint32(&list[i])
		if n == none {
			break
		}
		dst = append(dst, n)
	}
	return dst
}

// unseen appends the links of a list that are not yet marked to dst, and marks them.
func unseen(dst, list []uint32, seen *marks) []uint32 {
	for i := range list {
		n := atomic.LoadUint32(&list[i])
		if n == none {
			break
		}
		if seen.add(n) {
			dst = append(dst, n)
		}
	}
	return dst
}

// change tells the tables that the list of a node is about to change.
func (g *graph) change(r uint32, level int) {
	if level == 0 {
		g.base.Change(r)
	} else {
		g.upper.Change(g.block.Row(r)[0] + uint32(level) - 1) //nolint:gosec // at most maxLevel
	}
}

// store replaces a node's list; the caller holds the node's lock, or nobody else knows the node.
func (g *graph) store(r uint32, level int, links []uint32) {
	g.change(r, level)
	list := g.links(r, level)
	for i := range list {
		n := uint32(none)
		if i < len(links) {
			n = links[i]
		}
		atomic.StoreUint32(&list[i], n)
	}
}

// top returns where searches begin, and false while the graph is empty.
func (g *graph) top() (r uint32, level int, ok bool) {
	e := g.entry.Load()
	return uint32(e), int(e >> 32), e != noEntry //nolint:gosec // the lower half is the row
}

// isDoomed reports whether a repair is about to remove node r.
func isDoomed(doomed *[]bool, r uint32) bool {
	return doomed != nil && int(r) < len(*doomed) && (*doomed)[r]
}

func (g *graph) setTop(r uint32, level int) {
	g.entry.Store(uint64(level)<<32 | uint64(r)) //nolint:gosec // at most maxLevel
}

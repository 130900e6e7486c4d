package boost

import (
	"math"
	"math/rand/v2"
	"slices"
)

// cell sums gradients and hessians of the rows of one bin.
type cell struct{ g, h float64 }

// cells is the number of cells of a feature's histogram.
const cells = 256

// histogram has cells for every feature.
type histogram []cell

// leaf is a leaf of a growing tree.
type leaf struct {
	rows []int32
	hist histogram
	sum  cell
	best split
	// parent and right say whose child it is; parent is -1 for the root.
	parent int32
	right  bool
}

// split is the best way to divide a leaf; gain 0 means none.
type split struct {
	gain    float64
	feature int32
	bin     uint8
	left    cell
}

// grower grows trees on binned rows.
type grower struct {
	options Options
	data    *binned
	g, h    []float32
	random  *rand.Rand
	gain    []float64
	free    []histogram
}

// grow returns a tree for the drawn rows and, per row of the whole data, what must be added to its score through assign.
func (b *grower) grow(rows []int32) Tree {
	columns := b.columns()
	root := &leaf{rows: rows, hist: b.histogram(), parent: -1}
	b.fill(root, columns)
	for _, r := range rows {
		root.sum.g += float64(b.g[r])
		root.sum.h += float64(b.h[r])
	}
	b.find(root, columns)
	leaves := []*leaf{root}
	var t Tree
	for len(leaves) < b.options.Leaves {
		at := 0
		for i, l := range leaves {
			if l.best.gain > leaves[at].best.gain {
				at = i
			}
		}
		l := leaves[at]
		if l.best.gain <= 0 {
			break
		}
		left, right := b.divide(&t, l, columns)
		leaves[at] = left
		leaves = append(leaves, right)
	}
	t.Value = make([]float32, len(leaves))
	for i, l := range leaves {
		t.Value[i] = float32(-l.sum.g / (l.sum.h + b.options.L2) * b.options.Rate)
		t.link(l, ^int32(i))
		b.free = append(b.free, l.hist)
	}
	return t
}

// link makes child a child of the leaf's parent, in the leaf's place.
func (t *Tree) link(l *leaf, child int32) {
	switch {
	case l.parent < 0:
	case l.right:
		t.Right[l.parent] = child
	default:
		t.Left[l.parent] = child
	}
}

// divide turns a leaf into a node with two leaves; the histogram of the larger is what the smaller leaves of the parent's.
func (b *grower) divide(t *Tree, l *leaf, columns []int32) (left, right *leaf) {
	node := int32(len(t.Feature)) //nolint:gosec // few leaves
	s := l.best
	t.Feature = append(t.Feature, s.feature)
	threshold := float32(-math.MaxFloat32) // only missing values go left
	if s.bin > 0 {
		threshold = b.data.bounds[s.feature][s.bin-1]
	}
	t.Threshold = append(t.Threshold, threshold)
	t.Left, t.Right = append(t.Left, 0), append(t.Right, 0)
	t.link(l, node)
	b.gain[s.feature] += s.gain
	mid := b.partition(l.rows, s)
	left = &leaf{rows: l.rows[:mid], sum: s.left, parent: node}
	right = &leaf{rows: l.rows[mid:], sum: cell{l.sum.g - s.left.g, l.sum.h - s.left.h}, parent: node, right: true}
	small, large := left, right
	if len(small.rows) > len(large.rows) {
		small, large = large, small
	}
	small.hist = b.histogram()
	b.fill(small, columns)
	large.hist = l.hist
	parallel(len(columns), b.options.Threads, func(i int) {
		f := columns[i]
		to, from := large.hist[int(f)*cells:int(f+1)*cells], small.hist[int(f)*cells:int(f+1)*cells]
		for j := range to {
			to[j].g -= from[j].g
			to[j].h -= from[j].h
		}
	})
	b.find(left, columns)
	b.find(right, columns)
	return left, right
}

// partition puts the rows that go left first and returns their number; within both parts the order stays.
func (b *grower) partition(rows []int32, s split) int {
	right := make([]int32, 0, len(rows)/2)
	n := 0
	for _, r := range rows {
		if b.data.bytes[int(r)*b.data.width+int(s.feature)] <= s.bin {
			rows[n] = r
			n++
		} else {
			right = append(right, r)
		}
	}
	copy(rows[n:], right)
	return n
}

// columns draws the features of one tree, in order.
func (b *grower) columns() []int32 {
	n := max(1, int(math.Ceil(b.options.Columns*float64(b.data.width))))
	list := make([]int32, n)
	for i, f := range b.random.Perm(b.data.width)[:n] {
		list[i] = int32(f) //nolint:gosec // few features
	}
	slices.Sort(list)
	return list
}

func (b *grower) histogram() histogram {
	if n := len(b.free); n > 0 {
		h := b.free[n-1]
		b.free = b.free[:n-1]
		return h
	}
	return make(histogram, b.data.width*cells)
}

// fill computes a leaf's histogram, a few features at a time so that their cells stay in the processor's cache.
func (b *grower) fill(l *leaf, columns []int32) {
	const together = 4
	parallel((len(columns)+together-1)/together, b.options.Threads, func(part int) {
		list := columns[part*together : min(len(columns), (part+1)*together)]
		if len(list) == together {
			b.fillFour(l, list)
			return
		}
		for _, f := range list {
			hist := (*[cells]cell)(l.hist[int(f)*cells:])
			*hist = [cells]cell{}
			for _, r := range l.rows {
				c := &hist[b.data.bytes[int(r)*b.data.width+int(f)]]
				c.g += float64(b.g[r])
				c.h += float64(b.h[r])
			}
		}
	})
}

func (b *grower) fillFour(l *leaf, list []int32) {
	f0, f1, f2, f3 := int(list[0]), int(list[1]), int(list[2]), int(list[3])
	h0, h1 := (*[cells]cell)(l.hist[f0*cells:]), (*[cells]cell)(l.hist[f1*cells:])
	h2, h3 := (*[cells]cell)(l.hist[f2*cells:]), (*[cells]cell)(l.hist[f3*cells:])
	*h0, *h1, *h2, *h3 = [cells]cell{}, [cells]cell{}, [cells]cell{}, [cells]cell{}
	for _, r := range l.rows {
		g, h := float64(b.g[r]), float64(b.h[r])
		row := b.data.bytes[int(r)*b.data.width:][:b.data.width]
		c := &h0[row[f0]]
		c.g, c.h = c.g+g, c.h+h
		c = &h1[row[f1]]
		c.g, c.h = c.g+g, c.h+h
		c = &h2[row[f2]]
		c.g, c.h = c.g+g, c.h+h
		c = &h3[row[f3]]
		c.g, c.h = c.g+g, c.h+h
	}
}

// find sets the leaf's best split. A leaf too small to divide has none. The rows of a part are estimated from its share of the hessians.
func (b *grower) find(l *leaf, columns []int32) {
	l.best = split{}
	if len(l.rows) < 2*b.options.MinRows {
		return
	}
	l2 := b.options.L2
	score := func(c cell) float64 { return c.g * c.g / (c.h + l2) }
	whole, least := score(l.sum), l.sum.h*float64(b.options.MinRows)/float64(len(l.rows))
	found := make([]split, len(columns))
	parallel(len(columns), b.options.Threads, func(i int) {
		f := columns[i]
		var left cell
		hist := l.hist[int(f)*cells:]
		for bin := range b.data.bounds[f] { // the last bin has nothing to its right
			left.g += hist[bin].g
			left.h += hist[bin].h
			if left.h < least {
				continue
			}
			right := cell{l.sum.g - left.g, l.sum.h - left.h}
			if right.h < least {
				break
			}
			if gain := score(left) + score(right) - whole; gain > found[i].gain+1e-9 {
				found[i] = split{gain: gain, feature: f, bin: uint8(bin), left: left}
			}
		}
	})
	for _, s := range found {
		if s.gain > l.best.gain {
			l.best = s
		}
	}
}

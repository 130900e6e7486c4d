package boost

import (
	"math"
	"slices"
	"sync"
)

// binned holds rows as one byte a feature: bin 0 is a missing value, bin b>0 one of at most the b-th bound.
type binned struct {
	rows, width int
	bytes       []uint8
	bounds      [][]float32
}

// sampled is the number of rows that bounds are estimated from.
const sampled = 200_000

func newBounds(d *Data, bins int) [][]float32 {
	rows := len(d.Label)
	step := max(1, rows/sampled)
	bounds := make([][]float32, d.Width)
	parallel(d.Width, 0, func(f int) {
		var values []float32
		for i := 0; i < rows; i += step {
			if v := d.X[i*d.Width+f]; v == v {
				values = append(values, v)
			}
		}
		bounds[f] = quantiles(values, bins-1)
	})
	return bounds
}

// quantiles returns at most n upper bounds of equally filled bins of the values, the last the largest number. A bound lies midway to the next value, so that
// rounding elsewhere does not move a row across.
func quantiles(values []float32, n int) []float32 {
	slices.Sort(values)
	unique := slices.Compact(slices.Clone(values))
	var bounds []float32
	if len(unique) <= n {
		for i := 1; i < len(unique); i++ {
			bounds = append(bounds, unique[i-1]+(unique[i]-unique[i-1])/2)
		}
	} else {
		for b := 1; b < n; b++ {
			at := b * len(values) / n
			if low, high := values[at-1], values[at]; low < high {
				bounds = append(bounds, low+(high-low)/2)
			} else if next, ok := after(values, at); ok {
				bounds = append(bounds, high+(next-high)/2)
			}
		}
		bounds = slices.Compact(bounds)
	}
	return append(bounds, math.MaxFloat32)
}

// after returns the first value above values[at].
func after(values []float32, at int) (float32, bool) {
	i, _ := slices.BinarySearchFunc(values[at:], values[at], func(v, target float32) int {
		if v > target {
			return 1
		}
		return -1
	})
	if at+i == len(values) {
		return 0, false
	}
	return values[at+i], true
}

func bin(d *Data, bounds [][]float32, threads int) *binned {
	b := &binned{rows: len(d.Label), width: d.Width, bounds: bounds, bytes: make([]uint8, len(d.X))}
	const block = 4096
	parallel((b.rows+block-1)/block, threads, func(part int) {
		for i := part * block; i < min(b.rows, (part+1)*block); i++ {
			for f := range d.Width {
				b.bytes[i*d.Width+f] = find(bounds[f], d.X[i*d.Width+f])
			}
		}
	})
	return b
}

// find returns the bin of a value.
func find(bounds []float32, v float32) uint8 {
	if v != v {
		return 0
	}
	low, high := 0, len(bounds)-1
	for low < high {
		mid := (low + high) / 2
		if v <= bounds[mid] {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return uint8(low + 1)
}

// parallel calls work(0 … n-1) from several goroutines; threads of 0 means all cores.
func parallel(n, threads int, work func(int)) {
	if threads <= 0 {
		threads = cores()
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range min(threads, n) {
		group.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

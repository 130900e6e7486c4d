package hnsw

import (
	"math"
	"runtime"

	"vitrine"
	"vitrine/index/vector/distance"
)

// Options tune an index. The zero value is a good start for 100 to 1000 dimensions and up to some million vectors.
type Options struct {
	// Metric is how vectors are compared; "" means distance.Cosine. Load takes that of the file.
	Metric distance.Metric
	// M is the number of links that a new node makes on each level; the lowest level keeps up to 2M. Sensible: 8 to 48; 0 means 16.
	// Too low: recall stays below the wish however large EfSearch is. Too high: memory (8M bytes a vector) and slow building for nothing.
	M int
	// EfConstruction is how many near nodes a new node chooses its links from. Sensible: 100 to 500; 0 means 200.
	// Too low: recall suffers for good. Too high: building takes longer in proportion.
	EfConstruction int
	// EfSearch is how many near nodes a search keeps in view. Sensible: from k to 1000; 0 means 100. A search for more than EfSearch
	// results uses their number. Too low: recall below 0.95. Too high: searches take longer in proportion.
	EfSearch int
	// Seed decides which nodes rise to upper levels. Any value is fine; equal seeds make builds repeatable with one worker.
	Seed uint64
	// Quantization is None or SQ8; "" means SQ8, since it was faster at every recall that we measured. An index may be loaded with the other
	// one than it was saved with. SQ8 takes a quarter more memory.
	Quantization Quantization
	// Workers is the most goroutines that one Add, or one exact scan, uses; 0 means one per core. 1 makes building deterministic.
	Workers int
	// ScanFactor and HopFactor weigh the ways of a filtered search: with a of n vectors allowed, scanning them costs a comparisons, walking the
	// graph as much as ScanFactor·EfSearch·n/a, and hopping from one allowed vector to the next as much as HopFactor·EfSearch; the least wins.
	// Sensible: 4 to 40, and 50 to 400; 0 means 16 and 150, as measured. Too low: searches with narrow filters wander through the graph.
	// Too high: those with wide filters scan needlessly.
	ScanFactor, HopFactor int
	// Resident is about how many bytes of the vectors of an opened file the process keeps in its own memory, rather than in the system's cache of the file. Sensible: 64 MiB to
	// the size of the file; 0 means 256 MiB; below 0, all that were looked at. Too low: searches take up to half a millisecond longer. Codes and links are not counted.
	Resident int
	// Yield is called by each worker before it inserts a vector, so that it may let other work go first; nil means that nothing is called.
	Yield func()
	// RepairShare is the share of deleted nodes among all at which a writer repairs the graph, with at least some hundred of them. Sensible:
	// 0.05 to 0.5; 0 means 0.2; below 0, never. Too low: writing is slow. Too high: searches are, and memory is wasted.
	RepairShare float64
}

// limits of the options: far beyond sense, near enough that arithmetic and memory stay safe.
const (
	maxM  = 1 << 10
	maxEf = 1 << 20
)

// defaulted returns the options with zero values replaced. Invalid: a value is out of range.
func (o Options) defaulted() (Options, error) {
	for _, f := range []struct {
		name              string
		value             *int
		def, lowest, most int
	}{
		{"M", &o.M, 16, 2, maxM},
		{"EfConstruction", &o.EfConstruction, 200, 1, maxEf},
		{"EfSearch", &o.EfSearch, 100, 1, maxEf},
		{"Workers", &o.Workers, runtime.GOMAXPROCS(0), 1, maxEf},
		{"ScanFactor", &o.ScanFactor, 16, 1, maxEf},
		{"HopFactor", &o.HopFactor, 150, 1, maxEf},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.lowest || *f.value > f.most {
			return o, vitrine.Errorf(vitrine.Invalid, "hnsw option %s %d: must be in %d…%d", f.name, *f.value, f.lowest, f.most)
		}
	}
	if o.Resident == 0 {
		o.Resident = 256 << 20
	}
	if o.RepairShare == 0 {
		o.RepairShare = 0.2
	}
	if math.IsNaN(o.RepairShare) || o.RepairShare > 1 {
		return o, vitrine.Errorf(vitrine.Invalid, "hnsw option RepairShare %v: must be at most 1", o.RepairShare)
	}
	switch o.Quantization {
	case "":
		o.Quantization = SQ8
	case None, SQ8:
	default:
		return o, vitrine.Errorf(vitrine.Invalid, "hnsw option Quantization %q: must be %q or %q", o.Quantization, None, SQ8)
	}
	o.EfConstruction = max(o.EfConstruction, o.M)
	var err error
	o.Metric, err = o.Metric.Valid()
	return o, err
}

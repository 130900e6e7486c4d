package hnsw_test

import (
	"bytes"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"vitrine"
	"vitrine/index/vector/distance"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// Ensure that a long random life of writes, searches, commits and crashes, torn commits among them, agrees with a plain map: after a crash
// the index has what the last whole commit had. $VITRINE_OPERATIONS sets its length; `make soak` runs ten million.
func TestSimulation(t *testing.T) {
	operations := 60_000
	if s := os.Getenv("VITRINE_OPERATIONS"); s != "" {
		var err error
		if operations, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	l := life{t: t, rng: rand.New(rand.NewPCG(seed, seed)), path: filepath.Join(t.TempDir(), "vectors")}
	l.options = hnsw.Options{Metric: distance.L2, M: 4, EfConstruction: 20, EfSearch: 20, ScanFactor: 1, RepairShare: 0.1, Seed: seed}
	var err error
	if l.x, err = hnsw.Create(l.path, simulated, l.options); err != nil {
		t.Fatal(err)
	}
	l.model, l.saved = vectortest.Model{}, vectortest.Model{}
	for i := range operations {
		l.step()
		if i%1000 == 0 {
			l.check()
		}
	}
	l.check()
	t.Logf("%d operations, %d commits, %d of them torn, %d crashes; recall@k %.3f", operations, l.commits, l.torn, l.crashes, l.recall/float64(l.searches))
	if l.recall < 0.9*float64(l.searches) {
		t.Errorf("recall@k %.3f", l.recall/float64(l.searches))
	}
	if err := l.x.Close(); err != nil {
		t.Fatal(err)
	}
}

// simulated is the dimension of the simulation.
const simulated = 4

// life is an index and what it should have.
type life struct {
	t       *testing.T
	rng     *rand.Rand
	path    string
	options hnsw.Options
	x       *hnsw.Index
	// model is what the index has, saved what its file has.
	model, saved                     vectortest.Model
	commits, torn, crashes, searches int
	recall                           float64
	tag                              uint64
}

func (l *life) step() {
	const docs = 3000
	d := []vitrine.Doc{vitrine.Doc(l.rng.Uint32N(docs)), vitrine.Doc(l.rng.Uint32N(docs))}
	v := [][]float32{l.vector(), l.vector()}
	switch n := l.rng.IntN(5000); {
	case n < 1500:
		l.must(l.x.Replace(d, v))
		l.model.Delete(d)
		l.model.Add(d, v)
	case n < 2000:
		l.must(l.x.Add(d, v))
		l.model.Add(d, v)
	case n < 3500:
		l.x.Delete(d)
		l.model.Delete(d)
	case n < 4995:
		l.search()
	case n < 4997:
		l.commit()
	default:
		l.crash()
	}
}

// vector is one of few, so that many docs share one.
func (l *life) vector() []float32 {
	v := make([]float32, simulated)
	for i := range v {
		v[i] = float32(l.rng.IntN(12))
	}
	return v
}

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// search holds every answer to what must be true of it, and notes recall now and then.
func (l *life) search() {
	l.t.Helper()
	q, k := l.vector(), 1+l.rng.IntN(10)
	got, err := l.x.Search(l.t.Context(), q, k, nil)
	l.must(err)
	if len(got) != min(k, len(l.model)) {
		l.t.Fatalf("%d answers, want %d", len(got), min(k, len(l.model)))
	}
	for i, c := range got {
		if want := nearest(l.model[c.Doc], q); math.Abs(c.Score-want) > 1e-3 {
			l.t.Fatalf("doc %d has similarity %v, want %v", c.Doc, c.Score, want)
		}
		if i > 0 && got[i-1].Score < c.Score {
			l.t.Fatalf("answers are not in order: %v", got)
		}
	}
	if l.rng.IntN(200) > 0 || len(got) == 0 {
		return
	}
	better := 0
	for _, vectors := range l.model {
		if nearest(vectors, q) > got[len(got)-1].Score+1e-3 {
			better++
		}
	}
	l.recall += float64(max(0, len(got)-max(0, better-len(got)+1))) / float64(len(got))
	l.searches++
}

// nearest is the similarity of q and the nearest of the vectors.
func nearest(vectors [][]float32, q []float32) float64 {
	best := math.Inf(-1)
	for _, v := range vectors {
		sum := 0.0
		for i := range v {
			sum -= float64(v[i]-q[i]) * float64(v[i]-q[i])
		}
		best = max(best, sum)
	}
	return best
}

func (l *life) commit() {
	l.t.Helper()
	l.tag++
	l.must(l.x.Commit(l.tag))
	l.commits++
	l.saved = maps.Clone(l.model)
}

// crash forgets the index and opens its file again, two times in three after a commit of which a part is missing.
func (l *life) crash() {
	l.t.Helper()
	if l.commits == 0 {
		l.commit()
	}
	before, err := os.ReadFile(l.path)
	l.must(err)
	if l.rng.IntN(3) > 0 {
		l.must(l.x.Commit(l.tag + 1))
		after, err := os.ReadFile(l.path)
		l.must(err)
		if len(after) > len(before) && bytes.Equal(after[:len(before)], before) {
			l.torn++
		} else { // written anew: the rename has not happened yet
			after = before
		}
		l.must(os.WriteFile(l.path+".new", after[:len(before)+l.rng.IntN(len(after)-len(before)+1)], 0o600))
		l.must(os.Rename(l.path+".new", l.path))
	}
	l.must(l.x.Close())
	if l.x, err = hnsw.Open(l.path, l.options); err != nil {
		l.t.Fatal(err)
	}
	switch l.x.Tag() {
	case l.tag:
	case l.tag + 1: // nothing was missing
		l.tag, l.saved = l.tag+1, maps.Clone(l.model)
	default:
		l.t.Fatalf("opened with tag %d, want %d", l.x.Tag(), l.tag)
	}
	l.crashes++
	l.model = maps.Clone(l.saved)
	l.check()
}

// check compares every vector of every doc.
func (l *life) check() {
	l.t.Helper()
	if l.x.Len() != l.model.Len() {
		l.t.Fatalf("%d vectors, want %d", l.x.Len(), l.model.Len())
	}
	for d, vectors := range l.model {
		if got := l.x.Vector(d); !slices.Equal(got, vectors[0]) {
			l.t.Fatalf("doc %d has %v, want %v", d, got, vectors[0])
		}
	}
}

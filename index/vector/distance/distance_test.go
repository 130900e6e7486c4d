package distance_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/vector/distance"
)

// Ensure that the sums are right for every length around the kernels' strides.
func TestDot(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range 300 {
		a, b := random(rng, n), random(rng, n+3)
		if got, want := distance.Dot(a, b), exact(a, b); math.Abs(float64(got)-want) > tolerance(a, b) {
			t.Errorf("length %d: got %v, want %v", n, got, want)
		}
	}
}

// Ensure that squares of distances are right for every length around the kernels' strides, and zero for a vector and itself.
func TestL2(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for n := range 300 {
		a, b := random(rng, n), random(rng, n+3)
		d := make([]float32, n)
		for i := range d {
			d[i] = a[i] - b[i]
		}
		if got, want := distance.L2.Similarity(a, b), -exact(d, d); math.Abs(float64(got)-want) > tolerance(d, d) {
			t.Errorf("length %d: got %v, want %v", n, got, want)
		}
		if got := distance.L2.Similarity(a, a); got != 0 {
			t.Errorf("length %d: %v from itself", n, got)
		}
	}
}

// Ensure that a list of rows, scattered over chunks, gives what its rows give one by one, and that nothing beside is written.
func TestRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, dim := range []int{1, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 384, 784} {
		for _, shift := range []uint{0, 1, 3} {
			chunks := [][]float32{random(rng, dim<<shift), random(rng, dim<<shift), random(rng, dim<<shift)}
			q := random(rng, dim)
			for _, n := range []int{0, 1, 2, 5} {
				ids := make([]uint32, n)
				for i := range ids {
					ids[i] = rng.Uint32N(3 << shift)
				}
				out := make([]float32, n+1)
				out[n] = 42
				distance.Cosine.Rows(q, chunks, shift, ids, out)
				for i, r := range ids {
					row := chunks[r>>shift][int(r&(1<<shift-1))*dim:]
					if got, want := out[i], exact(q, row); math.Abs(float64(got)-want) > tolerance(q, row) {
						t.Errorf("dimension %d, row %d: got %v, want %v", dim, r, got, want)
					}
					if got := distance.Dot(q, row); got != out[i] {
						t.Errorf("dimension %d, row %d: alone %v, in a list %v", dim, r, got, out[i])
					}
				}
				distance.L2.Rows(q, chunks, shift, ids, out)
				for i, r := range ids {
					row := chunks[r>>shift][int(r&(1<<shift-1))*dim:]
					if got := distance.L2.Similarity(q, row); got != out[i] {
						t.Errorf("dimension %d, row %d: distance alone %v, in a list %v", dim, r, got, out[i])
					}
				}
				if out[n] != 42 {
					t.Errorf("dimension %d: wrote beyond the list", dim)
				}
			}
		}
	}
}

// Ensure that a row that does not exist is a panic and not a read of foreign memory.
func TestRowsBounds(t *testing.T) {
	chunks := [][]float32{make([]float32, 8), make([]float32, 6)}
	for _, r := range []uint32{3, 4, 1 << 31} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("row %d: no panic", r)
				}
			}()
			distance.Cosine.Rows(make([]float32, 4), chunks, 1, []uint32{r}, make([]float32, 1))
		}()
	}
}

// Ensure that L2 takes vectors as they are, zero too, and refuses those whose distances would not be finite.
func TestAdmitL2(t *testing.T) {
	for _, v := range [][]float32{{0, 0}, {3, 4}, {1e17, -1e17}} {
		if got, err := distance.L2.Admit(nil, v); err != nil || !cmp.Equal(got, v) {
			t.Errorf("%v: got %v, %v", v, got, err)
		}
	}
	for _, x := range []float32{float32(math.NaN()), float32(math.Inf(1)), math.MaxFloat32} {
		if _, err := distance.L2.Admit(nil, []float32{x}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%v: got %v", x, err)
		}
	}
	if _, err := distance.Metric("dot").Valid(); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("unknown metric: got %v", err)
	}
}

// Ensure that vectors are scaled to length one, and those without a direction refused.
func TestAdmit(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, test := range []struct {
		name     string
		in, want []float32
		code     vitrine.Code
	}{
		{name: "scaled", in: []float32{3, 4}, want: []float32{0.6, 0.8}},
		{name: "kept", in: []float32{0.6, -0.8}, want: []float32{0.6, -0.8}},
		{name: "tiny", in: []float32{0, 1e-40}, want: []float32{0, 1}},
		{name: "huge", in: []float32{math.MaxFloat32, 0}, want: []float32{1, 0}},
		{name: "zero", in: []float32{0, 0}, code: vitrine.Invalid},
		{name: "none", code: vitrine.Invalid},
		{name: "not a number", in: []float32{1, nan}, code: vitrine.Invalid},
		{name: "infinite", in: []float32{inf, 1}, code: vitrine.Invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := distance.Cosine.Admit(nil, test.in)
			if vitrine.CodeOf(err) != test.code {
				t.Fatalf("got error %v, want code %q", err, test.code)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkRows(b *testing.B) {
	const rows, dim, list = 1 << 16, 384, 32
	rng := rand.New(rand.NewPCG(3, 3))
	chunks := [][]float32{random(rng, rows*dim)}
	q := random(rng, dim)
	lists := make([][list]uint32, 1<<10)
	for i := range lists {
		for j := range lists[i] {
			lists[i][j] = rng.Uint32N(rows)
		}
	}
	out := make([]float32, list)
	i := 0
	b.SetBytes(list * dim * 4)
	for b.Loop() {
		distance.Cosine.Rows(q, chunks, 16, lists[i%len(lists)][:], out)
		i++
	}
}

func random(rng *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

func exact(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// tolerance bounds the rounding of a sum of products in float32.
func tolerance(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) * float64(b[i]))
	}
	return (sum + 1) * float64(len(a)+1) * 0x1p-24
}

package index_test

import (
	"context"
	"strings"
	"testing"

	"vitrine"
	"vitrine/index"
)

// reels are clips by reference, each with the vector of a word.
type reels map[string]string

func (r reels) Clip(ctx context.Context, ref string) (vitrine.Vectors, error) {
	word, ok := r[ref]
	if !ok {
		return nil, vitrine.Errorf(vitrine.NotFound, "no such file")
	}
	vectors, errs := (&hashing{dimension: 16}).Images(ctx, [][]byte{[]byte(word)})
	return vectors[0], errs[0]
}

// Ensure that clips are embedded beside pictures, found by either, embedded once only, tried again when they failed, and reported when they are broken.
func TestIndexes_Clips(t *testing.T) {
	o := options(index.EngineFlat)
	o.Clips, o.ClipsPerProduct = reels{"turn.mp4": "turning thing", "walk.webm": "walking thing"}, 2
	x := open(t, t.TempDir(), o)
	mustReindex(t, x, products(5, "red shoe"))
	filmed, bare := product(0, "red shoe"), product(1, "red shoe")
	filmed.Clips = []string{"turn.mp4", "walk.webm", "third.mp4"}
	bare.Images, bare.Clips = nil, []string{"walk.webm", "lost.mp4"}
	r := mustPut(t, x, filmed, bare)
	if r.Clips != 3 || r.Pictures != 1 || r.ProblemCount != 1 || r.Problems[0].Row != 2 || !strings.Contains(r.Problems[0].Message, `clip "lost.mp4"`) {
		t.Errorf("report %+v", r)
	}
	if r := mustPut(t, x, filmed); r.Clips+r.Pictures != 0 {
		t.Errorf("second time embedded again: %+v", r)
	}
	if r := mustPut(t, x, bare); r.Clips != 1 || r.ProblemCount != 1 {
		t.Errorf("a failed clip must be tried again: %+v", r)
	}
	g, release, err := x.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for word, want := range map[string]int{"turning thing": 1, "walking thing": 2} {
		v, _ := reels{"": word}.Clip(t.Context(), "")
		near, err := g.Nearest(t.Context(), vitrine.SpaceJoint, v[vitrine.SpaceJoint], nil, 5)
		if err != nil || len(near) < want {
			t.Fatalf("%s: %v, %v", word, near, err)
		}
		same := 0
		for _, c := range near {
			if c.Score > 0.99 {
				same++
			}
		}
		if same != want {
			t.Errorf("%s: %d products have it, want %d: %v", word, same, want, near)
		}
	}
}

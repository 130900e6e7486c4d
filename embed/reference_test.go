package embed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
	"vitrine/embed"
)

// Ensure texts and pictures get the vectors that Python gives them through the same model (embed/train/references.py makes the file): cosine at least 0.999 on
// the mean for texts, where releases of ONNX Runtime round 8-bit numbers differently, and 0.99 for pictures, which are also decoded and resized by other code.
func TestEncoder_References(t *testing.T) {
	data, err := os.ReadFile(filepath.FromSlash("testdata/vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var refs struct {
		Texts []struct {
			Query string    `json:"query"`
			Text  []float32 `json:"text"`
			Joint []float32 `json:"joint"`
		} `json:"texts"`
		Images []struct {
			File  string    `json:"file"`
			Joint []float32 `json:"joint"`
		} `json:"images"`
	}
	if err := json.Unmarshal(data, &refs); err != nil {
		t.Fatal(err)
	}
	if len(refs.Texts) < 15 || len(refs.Images) < 10 {
		t.Fatalf("%d texts and %d pictures, want 15 and 10", len(refs.Texts), len(refs.Images))
	}
	e := open(t, embed.Options{})
	compare := func(what, space string, got vitrine.Vectors, want []float32, least float64) float64 {
		t.Helper()
		checkUnit(t, e, got)
		if len(got[space]) != len(want) {
			t.Errorf("%.40s, space %s: %d numbers, the reference has %d", what, space, len(got[space]), len(want))
			return 0
		}
		c := cosine(got[space], want)
		if !(c >= least) {
			t.Errorf("%.40s, space %s: cosine %.5f to the reference, want %v", what, space, c, least)
		}
		return c
	}
	sum, compared := 0.0, 0.0
	for _, ref := range refs.Texts {
		if strings.TrimSpace(ref.Query) == "" {
			continue
		}
		got, err := e.Text(t.Context(), ref.Query)
		if err != nil {
			t.Fatal(err)
		}
		sum += compare(ref.Query, vitrine.SpaceText, got, ref.Text, 0.998) + compare(ref.Query, vitrine.SpaceJoint, got, ref.Joint, 0.998)
		compared += 2
	}
	if mean := sum / compared; !(mean >= 0.999) {
		t.Errorf("texts: cosine %.5f to the references on the mean, want 0.999", mean)
	}
	files := make([][]byte, len(refs.Images))
	for i, ref := range refs.Images {
		if files[i], err = os.ReadFile(filepath.Join("testdata", "pictures", ref.File)); err != nil {
			t.Fatal(err)
		}
	}
	bulk, errs := e.Images(t.Context(), files)
	for i, ref := range refs.Images {
		if errs[i] != nil {
			t.Errorf("%s: %v", ref.File, errs[i])
			continue
		}
		compare(ref.File, vitrine.SpaceJoint, bulk[i], ref.Joint, 0.99)
		one, err := e.Image(t.Context(), files[i])
		if err != nil {
			t.Fatal(err)
		}
		compare(ref.File+" alone", vitrine.SpaceJoint, one, bulk[i][vitrine.SpaceJoint], 0.9999)
	}
}

// Ensure bad pictures have errors of their own and leave the others alone.
func TestEncoder_BadPictures(t *testing.T) {
	e := open(t, embed.Options{BatchImages: 8, Workers: 1})
	good, err := os.ReadFile(filepath.FromSlash("testdata/pictures/baseline.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	files := [][]byte{good, nil, []byte("a text file named .png"), good[:len(good)/2], good}
	vectors, errs := e.Images(t.Context(), files)
	for i, file := range files {
		bad := i > 0 && i < 4
		if bad != (vitrine.CodeOf(errs[i]) == vitrine.Invalid) || bad != (vectors[i] == nil) {
			t.Errorf("picture %d: %d vectors, error %v", i, len(vectors[i]), errs[i])
		}
		if _, err := e.Image(t.Context(), file); vitrine.CodeOf(err) != vitrine.CodeOf(errs[i]) {
			t.Errorf("picture %d alone: %v, in bulk %v", i, err, errs[i])
		}
	}
	if c := cosine(vectors[0][vitrine.SpaceJoint], vectors[4][vitrine.SpaceJoint]); !(c >= 0.9999) {
		t.Errorf("the same picture twice: cosine %v", c)
	}
	if _, errs := e.Images(t.Context(), nil); len(errs) != 0 {
		t.Errorf("no pictures: %v", errs)
	}
}

package retrieve_test

import (
	"strings"
	"testing"

	"vitrine"
	"vitrine/retrieve"
)

// Ensure that a picture is searched by the part of it that is meant, also together with words, and that a crop without a picture, outside of it or where
// cutting is switched off is refused.
func TestSearchCrop(t *testing.T) {
	parts := shop(t)
	box := &vitrine.Box{X: 0.5, Width: 0.5, Height: 1}
	picture := []byte("picture of red shoe | blue lamp")
	if _, err := retrieve.New(parts, retrieve.Options{}).Search(t.Context(), vitrine.Query{Image: picture, Crop: box}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("switched off: got %v", err)
	}
	parts.Crop = func(data []byte, b vitrine.Box) ([]byte, error) {
		left, right, _ := strings.Cut(strings.TrimPrefix(string(data), "picture of "), " | ")
		if b.X >= 0.5 {
			left = right
		}
		return []byte("picture of " + left), nil
	}
	r := retrieve.New(parts, retrieve.Options{})
	if got, res := search(t, r, vitrine.Query{Image: picture, Crop: box}); got[0] != "lamp-blue" || len(res.Degraded) > 0 {
		t.Errorf("right half: got %v, degraded %v", got, res.Degraded)
	}
	if got, _ := search(t, r, vitrine.Query{Image: picture, Crop: &vitrine.Box{Width: 0.5, Height: 1}}); got[0] != "shoe-red" {
		t.Errorf("left half: got %v", got)
	}
	if got, _ := search(t, r, vitrine.Query{Image: picture, Crop: box, Text: "green"}); !strings.HasPrefix(got[0], "lamp") {
		t.Errorf("with words: got %v", got)
	}
	for name, q := range map[string]vitrine.Query{
		"no picture": {Text: "lamp", Crop: box},
		"outside":    {Image: picture, Crop: &vitrine.Box{X: 0.9, Width: 0.5, Height: 1}},
		"empty":      {Image: picture, Crop: &vitrine.Box{}},
	} {
		if _, err := r.Search(t.Context(), q); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

package retrieve_test

import (
	"context"
	"strings"
	"testing"

	"vitrine"
	"vitrine/retrieve"
)

// films are clips of one thing: "clip of red shoe" looks like the picture of it.
type films struct{ pictures retrieve.Embedder }

func (f films) Clip(ctx context.Context, data []byte) (vitrine.Vectors, error) {
	thing, ok := strings.CutPrefix(string(data), "clip of ")
	switch {
	case thing == "nothing to be had":
		return nil, vitrine.Errorf(vitrine.Unavailable, "ffmpeg is not installed")
	case !ok:
		return nil, vitrine.Errorf(vitrine.Invalid, "clip: unknown format")
	}
	return f.pictures.Image(ctx, []byte("picture of "+thing))
}

// Ensure that a clip is searched with as a picture is, also together with words; that a broken one, one beside a picture or with a crop, and any where it is
// switched off are refused; and that words are answered where clips cannot be read.
func TestSearchClip(t *testing.T) {
	parts := shop(t)
	clip := []byte("clip of blue lamp")
	if _, err := retrieve.New(parts, retrieve.Options{}).Search(t.Context(), vitrine.Query{Clip: clip}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("switched off: got %v", err)
	}
	parts.Clips = films{parts.Embedder}
	r := retrieve.New(parts, retrieve.Options{})
	if got, res := search(t, r, vitrine.Query{Clip: clip}); got[0] != "lamp-blue" || len(res.Degraded) > 0 {
		t.Errorf("got %v, degraded %v", got, res.Degraded)
	}
	if got, _ := search(t, r, vitrine.Query{Clip: []byte("clip of lamp"), Text: "red"}); got[0] != "lamp-red" {
		t.Errorf("with words: got %v", got)
	}
	absent := []byte("clip of nothing to be had")
	if got, res := search(t, r, vitrine.Query{Clip: absent, Text: "red lamp"}); got[0] != "lamp-red" || len(res.Degraded) != 1 || !strings.Contains(res.Degraded[0], "ffmpeg") {
		t.Errorf("without ffmpeg, with words: got %v, degraded %v", got, res.Degraded)
	}
	if _, err := r.Search(t.Context(), vitrine.Query{Clip: absent}); vitrine.CodeOf(err) != vitrine.Unavailable || !strings.Contains(err.Error(), "ffmpeg") {
		t.Errorf("without ffmpeg: got %v", err)
	}
	for name, q := range map[string]vitrine.Query{
		"broken":       {Clip: []byte("noise")},
		"with picture": {Clip: clip, Image: []byte("picture of lamp")},
		"with crop":    {Clip: clip, Crop: &vitrine.Box{Width: 1, Height: 1}},
		"keyword mode": {Clip: clip, Mode: vitrine.ModeKeyword},
	} {
		if _, err := r.Search(t.Context(), q); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

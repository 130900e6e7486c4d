package section_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/vector/section"
)

// Ensure that what is written is read back, and that reading too much, too little or something else is an invalid file.
func TestSections(t *testing.T) {
	words := make([]uint32, 40_000) // more than a buffer
	floats := []float32{0, -1.5, float32(math.Inf(1)), math.MaxFloat32}
	for i := range words {
		words[i] = uint32(i * 7)
	}
	var file bytes.Buffer
	w := section.NewWriter(&file, "magic 01")
	w.Begin("word", len(words))
	w.Uint32s(words)
	w.End()
	w.Begin("real", len(floats))
	w.Float32s(floats)
	w.End()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	open := func() *section.Reader {
		r, err := section.NewReader(bytes.NewReader(file.Bytes()), "magic 01")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	gotWords, gotFloats := make([]uint32, len(words)), make([]float32, len(floats))
	r := open()
	for _, err := range []error{
		r.Expect("word", uint64(len(words))), r.Uint32s(gotWords), r.End(),
		r.Expect("real", uint64(len(floats))), r.Float32s(gotFloats), r.End(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !cmp.Equal(words, gotWords) || !cmp.Equal(floats, gotFloats) {
		t.Error("read something else than was written")
	}

	for _, test := range []struct {
		name string
		do   func(r *section.Reader) error
	}{
		{"other name", func(r *section.Reader) error { return r.Expect("real", uint64(len(words))) }},
		{"other size", func(r *section.Reader) error { return r.Expect("word", 3) }},
		{"too little", func(r *section.Reader) error { _, _ = r.Begin("word"); return r.End() }},
		{"too much", func(r *section.Reader) error { _, _ = r.Begin("word"); return r.Uint32s(make([]uint32, len(words)+1)) }},
	} {
		if err := test.do(open()); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	if _, err := section.NewReader(bytes.NewReader(file.Bytes()), "magic 02"); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("other magic: got %v", err)
	}
}

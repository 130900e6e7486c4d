package embed_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"vitrine"
	"vitrine/embed"
)

func open(tb testing.TB, o embed.Options) *embed.Encoder {
	tb.Helper()
	e, err := embed.Open(o)
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		tb.Skipf("not run, it needs ONNX Runtime: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}

// checkUnit reports a vector that is not of its space's dimension and of length 1.
func checkUnit(tb testing.TB, e *embed.Encoder, vectors vitrine.Vectors) {
	tb.Helper()
	for space, v := range vectors {
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if len(v) != e.Spaces()[space].Dimension || math.Abs(square-1) > 1e-5 {
			tb.Errorf("space %s: %d numbers of length %v, want %d of length 1", space, len(v), math.Sqrt(square), e.Spaces()[space].Dimension)
		}
	}
}

// Ensure texts of like meaning lie nearer than others, in every space, with unit vectors.
func TestEncoder_Text(t *testing.T) {
	e := open(t, embed.Options{})
	texts := []string{"red dress", "crimson evening gown", "ink cartridge for printers"}
	vectors := make([]vitrine.Vectors, len(texts))
	for i, text := range texts {
		var err error
		if vectors[i], err = e.Text(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		checkUnit(t, e, vectors[i])
	}
	for _, space := range []string{vitrine.SpaceText, vitrine.SpaceJoint} {
		like, unlike := cosine(vectors[0][space], vectors[1][space]), cosine(vectors[0][space], vectors[2][space])
		if !(like > unlike+0.2) {
			t.Errorf("space %s: %.3f to a gown, %.3f to a cartridge", space, like, unlike)
		}
	}
}

// Ensure bad texts are Invalid with their position, and odd ones are encoded: of any length, script, or no known character at all.
func TestEncoder_OddTexts(t *testing.T) {
	e := open(t, embed.Options{Cached: -1})
	for _, text := range []string{"", " \t\n", "\u3000"} {
		if _, err := e.Text(t.Context(), text); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("text %q: %v, want Invalid", text, err)
		}
	}
	if _, err := e.Texts(t.Context(), []string{"shoe", " "}); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "text 1") {
		t.Errorf("empty in bulk: %v, want Invalid with text 1", err)
	}
	odd := []string{strings.Repeat("shoe ", 20_000), strings.Repeat("x", 100_000), "𓀀", "\xff\xfe", "\u200b", "红色连衣裙", "[SEP][CLS]", "👩‍👩‍👧"}
	vectors, err := e.Texts(t.Context(), odd)
	if err != nil {
		t.Fatal(err)
	}
	for i := range odd {
		checkUnit(t, e, vectors[i])
		if len(vectors[i]) != len(e.Spaces()) {
			t.Errorf("text %d: spaces %v", i, vectors[i])
		}
	}
	if vectors, err := e.Texts(t.Context(), nil); err != nil || len(vectors) != 0 {
		t.Errorf("no texts: %v, %v", vectors, err)
	}
}

// Ensure a text has the same vector alone, in bulk among longer and shorter ones, and under load, in the order given.
func TestEncoder_BatchesAgree(t *testing.T) {
	e := open(t, embed.Options{Cached: -1})
	texts := make([]string, 60)
	for i := range texts {
		texts[i] = fmt.Sprintf("article %d %s", i*37, strings.Repeat("cotton shirt ", i%7))
	}
	bulk, err := e.Texts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for i, text := range texts {
		wait.Go(func() {
			alone, err := e.Text(t.Context(), text)
			if err != nil {
				t.Error(err)
				return
			}
			for space := range e.Spaces() {
				if c := cosine(alone[space], bulk[i][space]); !(c >= 0.999) {
					t.Errorf("text %d, space %s: cosine %.5f between a query and bulk", i, space, c)
				}
			}
		})
	}
	wait.Wait()
}

// Ensure an ended context is answered at once, whatever the models are doing.
func TestEncoder_Cancelled(t *testing.T) {
	e := open(t, embed.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, errText := e.Text(ctx, "some words not asked for before")
	_, errTexts := e.Texts(ctx, []string{"shoe", "shirt"})
	if errTexts == nil || errText != nil && !errors.Is(errText, context.Canceled) {
		t.Errorf("cancelled: text %v, texts %v", errText, errTexts)
	}
	if _, errs := e.Images(ctx, [][]byte{{1}, {2}, {3}}); errs[0] == nil || errs[1] == nil || errs[2] == nil {
		t.Errorf("cancelled: pictures %v", errs)
	}
}

// Ensure a cached query gives the very same vectors, and that the closed encoder gives errors rather than crashes.
func TestEncoder_CacheAndClose(t *testing.T) {
	e, err := embed.Open(embed.Options{Cached: 1})
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		t.Skipf("not run, it needs ONNX Runtime: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ask := func(text string) []float32 {
		v, err := e.Text(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		return v[vitrine.SpaceText]
	}
	first := ask("blue mug")
	if second := ask("blue mug"); &second[0] != &first[0] {
		t.Error("the second query was not answered from the cache")
	}
	ask("green mug")
	if again := ask("blue mug"); &again[0] == &first[0] {
		t.Error("a cache of one kept two queries")
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Text(t.Context(), "white mug"); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("closed: %v, want Unavailable", err)
	}
	if _, err := e.Texts(t.Context(), []string{"white mug"}); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("closed: %v, want Unavailable", err)
	}
}

// Ensure each space may have a model of its own, and that an unknown one is NotFound.
func TestOpen_TwoModels(t *testing.T) {
	folder := unpack(t)
	two := open(t, embed.Options{Joint: folder, Threads: 2, Workers: 1})
	one := open(t, embed.Options{})
	a, err := two.Text(t.Context(), "wooden chair")
	if err != nil {
		t.Fatal(err)
	}
	b, err := one.Text(t.Context(), "wooden chair")
	if err != nil {
		t.Fatal(err)
	}
	for space := range one.Spaces() {
		if c := cosine(a[space], b[space]); !(c >= 0.999) || two.Spaces()[space] != one.Spaces()[space] {
			t.Errorf("space %s: cosine %.5f, %v and %v", space, c, two.Spaces()[space], one.Spaces()[space])
		}
	}
	if _, err := embed.Open(embed.Options{Text: "no-such-model"}); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("unknown model: %v, want NotFound", err)
	}
}

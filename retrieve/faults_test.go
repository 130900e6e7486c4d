package retrieve_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank"
	"vitrine/retrieve"
)

// fault is what a part does instead of answering.
type fault func(context.Context) error

func fails(context.Context) error { return errors.New("disk on fire") }

func panics(context.Context) error { panic("index out of range") }

func waits(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// The parts with a fault; what they embed is real.
type (
	faultyLexical struct {
		retrieve.Lexical
		match, facets fault
	}
	faultyVectors struct {
		retrieve.Vectors
		space string
		fault fault
	}
	faultyEmbedder struct{ fault fault }
	faultyReranker struct{ fault fault }
	faultyPictures struct{ fault fault }
)

func (f faultyLexical) Match(ctx context.Context, text string, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, *vitrine.DocSet, error) {
	if f.match != nil {
		return nil, nil, f.match(ctx)
	}
	return f.Lexical.Match(ctx, text, allowed, k)
}

func (f faultyLexical) Facets(ctx context.Context, requests []vitrine.FacetRequest, over *vitrine.DocSet) (map[string]vitrine.Facet, error) {
	if f.facets != nil {
		return nil, f.facets(ctx)
	}
	return f.Lexical.Facets(ctx, requests, over)
}

func (f faultyVectors) Nearest(ctx context.Context, space string, v []float32, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, error) {
	if f.space == "" || f.space == space {
		return nil, f.fault(ctx)
	}
	return f.Vectors.Nearest(ctx, space, v, allowed, k)
}

func (f faultyEmbedder) Text(ctx context.Context, _ string) (vitrine.Vectors, error) {
	return nil, f.fault(ctx)
}

func (f faultyEmbedder) Image(ctx context.Context, _ []byte) (vitrine.Vectors, error) {
	return nil, f.fault(ctx)
}

// Rerank spoils the hits before it fails.
func (f faultyReranker) Rerank(ctx context.Context, _ *vitrine.Query, hits []vitrine.Hit) error {
	for i := range hits {
		hits[i] = vitrine.Hit{}
	}
	return f.fault(ctx)
}

func (f faultyPictures) Fetch(ctx context.Context, _ string) ([]byte, error) {
	return nil, f.fault(ctx)
}

// Ensure that a part that is missing, broken or slow is named and the rest answers, with the hits that it has.
func TestSearchDegrades(t *testing.T) {
	whole := shop(t)
	ranker, err := rerank.New(rerank.Default())
	if err != nil {
		t.Fatal(err)
	}
	whole.Reranker = ranker
	brief := retrieve.Options{Timeouts: retrieve.Timeouts{
		Leg: 50 * time.Millisecond, Embed: 50 * time.Millisecond, Fetch: 50 * time.Millisecond, Rerank: 50 * time.Millisecond, Facets: 50 * time.Millisecond,
	}}
	words := vitrine.Query{Text: "red lamp", Facets: []string{"colour"}}
	tests := []struct {
		name  string
		spoil func(*retrieve.Parts)
		query vitrine.Query
		want  []string
	}{
		{"nothing", func(*retrieve.Parts) {}, words, nil},
		{"keyword fails", func(p *retrieve.Parts) { p.Lexical = faultyLexical{Lexical: p.Lexical, match: fails} }, words, []string{"keyword: internal error"}},
		{"keyword panics", func(p *retrieve.Parts) { p.Lexical = faultyLexical{Lexical: p.Lexical, match: panics} }, words, []string{"keyword: internal error"}},
		{"keyword is slow", func(p *retrieve.Parts) { p.Lexical = faultyLexical{Lexical: p.Lexical, match: waits} }, words, []string{"keyword: deadline"}},
		{"a space is slow", func(p *retrieve.Parts) { p.Vectors = faultyVectors{p.Vectors, "text", waits} }, words, []string{"vector text: deadline"}},
		{"all spaces fail", func(p *retrieve.Parts) { p.Vectors = faultyVectors{Vectors: p.Vectors, fault: fails} }, words, []string{"vector joint: internal error", "vector text: internal error"}},
		{"no vectors", func(p *retrieve.Parts) { p.Vectors = nil }, words, []string{"vector: the index has no vectors"}},
		{"no encoder", func(p *retrieve.Parts) { p.Embedder = nil }, words, []string{"encode text: no encoder"}},
		{"encoder is slow", func(p *retrieve.Parts) { p.Embedder = faultyEmbedder{waits} }, words, []string{"encode text: deadline"}},
		{"encoder panics", func(p *retrieve.Parts) { p.Embedder = faultyEmbedder{panics} }, words, []string{"encode text: internal error"}},
		{"ranker fails", func(p *retrieve.Parts) { p.Reranker = faultyReranker{fails} }, words, []string{"rerank: internal error"}},
		{"ranker is slow", func(p *retrieve.Parts) { p.Reranker = faultyReranker{waits} }, words, []string{"rerank: deadline"}},
		{"facets are slow", func(p *retrieve.Parts) { p.Lexical = faultyLexical{Lexical: p.Lexical, facets: waits} }, words, []string{"facets: deadline"}},
		{"the picture is slow", func(p *retrieve.Parts) { p.Pictures = faultyPictures{waits} }, vitrine.Query{Text: "red lamp", ImageURL: "https://shop.example/red-lamp.png"}, []string{"fetch image: deadline"}},
		{"example without an encoder", func(p *retrieve.Parts) { p.Embedder = nil }, vitrine.Query{Like: []string{"lamp-blue"}, Filter: term("colour", "red")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parts, o := whole, brief
			tt.spoil(&parts)
			var mu sync.Mutex
			var told []string
			o.OnDegrade = func(part string, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					t.Errorf("%s: no error told", part)
				}
				told = append(told, part)
			}
			r := retrieve.New(parts, o)
			got, res := search(t, r, tt.query)
			r.Wait()
			if len(got) == 0 || got[0] != "lamp-red" {
				t.Errorf("hits %v, want lamp-red first", got)
			}
			slices.Sort(res.Degraded)
			if diff := cmp.Diff(tt.want, res.Degraded); diff != "" {
				t.Error(diff)
			}
			if len(told) != len(tt.want) {
				t.Errorf("told of %v, want %d parts", told, len(tt.want))
			}
		})
	}
}

// Ensure that a search that no leg can answer is unavailable and says why, in every way in which that can come about.
func TestSearchUnavailable(t *testing.T) {
	whole := shop(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name  string
		ctx   context.Context
		spoil func(*retrieve.Parts)
		query vitrine.Query
		says  string
	}{
		{"all legs fail", t.Context(), func(p *retrieve.Parts) {
			p.Lexical, p.Vectors = faultyLexical{Lexical: p.Lexical, match: fails}, faultyVectors{Vectors: p.Vectors, fault: fails}
		}, vitrine.Query{Text: "red"}, "keyword: internal error"},
		{"keyword mode without its leg", t.Context(), func(p *retrieve.Parts) {
			p.Lexical = faultyLexical{Lexical: p.Lexical, match: fails}
		}, vitrine.Query{Text: "red", Mode: vitrine.ModeKeyword}, "keyword"},
		{"a picture without an encoder", t.Context(), func(p *retrieve.Parts) { p.Embedder = nil }, vitrine.Query{Image: []byte("picture of mug")}, "no encoder"},
		{"vector mode without vectors", t.Context(), func(p *retrieve.Parts) { p.Vectors = nil }, vitrine.Query{Text: "red", Mode: vitrine.ModeVector}, "no vectors"},
		{"an example without vectors", t.Context(), func(p *retrieve.Parts) { p.Vectors = bare{p.Vectors} }, vitrine.Query{Like: []string{"mug-red"}}, "no part could answer"},
		{"a caller who is gone", ended, func(*retrieve.Parts) {}, vitrine.Query{Text: "red"}, "canceled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parts := whole
			tt.spoil(&parts)
			res, err := retrieve.New(parts, retrieve.Options{}).Search(tt.ctx, tt.query)
			if vitrine.CodeOf(err) != vitrine.Unavailable || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, %v; want code unavailable and %q", res, err, tt.says)
			}
			if err != nil && strings.Contains(err.Error(), "fire") {
				t.Errorf("%v: tells a shopper's program about our disks", err)
			}
		})
	}
}

// Ensure that a leg that ignores its deadline does not hold the answer up, and that Wait waits for it.
func TestSearchLeavesStubbornLegBehind(t *testing.T) {
	parts := shop(t)
	release := make(chan struct{})
	parts.Lexical = faultyLexical{Lexical: parts.Lexical, match: func(context.Context) error {
		<-release
		return nil
	}}
	r := retrieve.New(parts, retrieve.Options{Timeouts: retrieve.Timeouts{Leg: 20 * time.Millisecond}})
	got, _ := search(t, r, vitrine.Query{Text: "red mug"})
	if len(got) == 0 || got[0] != "mug-red" {
		t.Errorf("hits %v", got)
	}
	waited := make(chan struct{})
	go func() {
		r.Wait()
		close(waited)
	}()
	select {
	case <-waited:
		t.Error("Wait returned while the leg was running")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	<-waited
}

// Ensure that one retriever serves many searches at once.
func TestSearchConcurrently(t *testing.T) {
	r := retrieve.New(shop(t), retrieve.Options{})
	queries := []vitrine.Query{
		{Text: "red mug", Facets: []string{"colour"}, Explain: true},
		{Image: []byte("picture of red mug"), Diversity: 0.3},
		{Like: []string{"mug-red"}, Unlike: []string{"lamp-red"}, Filter: term("category", "mug")},
	}
	var want [][]string
	for _, q := range queries {
		got, _ := search(t, r, q)
		want = append(want, got)
	}
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			res, err := r.Search(t.Context(), queries[i%len(queries)])
			if err != nil {
				t.Error(err)
				return
			}
			if diff := cmp.Diff(want[i%len(queries)], ids(res)); diff != "" {
				t.Error(diff)
			}
		})
	}
	group.Wait()
}

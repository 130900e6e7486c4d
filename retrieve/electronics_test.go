package retrieve_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"vitrine"
	"vitrine/embed"
	"vitrine/index"
	"vitrine/loaders"
	"vitrine/rerank"
	"vitrine/retrieve"
	"vitrine/retrieve/relevance"
	"vitrine/retrieve/understand"
)

var measured = flag.Bool("measure", false, "measure fusions and fit the ranker on the electronics judgments, which takes minutes")

// shelf is the electronics catalogue on a real index, with its judged queries in alphabetical order.
type shelf struct {
	parts   retrieve.Parts
	queries []string
	grades  map[string]map[string]int
}

// Ensure that the default fusion is worth its place on the judged queries of the electronics catalogue, that the default ranking model is the
// one that Fit finds there, and that reranking does no harm to queries held out of the fit. The log has the figures of the READMEs.
func TestElectronics(t *testing.T) {
	if !*measured {
		t.Skip("relevance on electronics was not measured: go test ./retrieve -run TestElectronics -measure -v -timeout 30m")
	}
	s := electronics(t)
	t.Run("fusions", func(t *testing.T) { fusions(t, s) })
	t.Run("ranker", func(t *testing.T) { ranker(t, s) })
}

func fusions(t *testing.T, s *shelf) {
	t.Helper()
	s.measure(t, "keyword", vitrine.ModeKeyword, retrieve.Options{})
	s.measure(t, "vector", vitrine.ModeVector, retrieve.Options{})
	best := s.measure(t, "default", vitrine.ModeHybrid, retrieve.Options{})
	if got := relevance.Mean(best.plain); got < 0.70 {
		t.Errorf("hybrid NDCG@10 is %.3f, want at least 0.70", got)
	}
	for _, w := range []float64{0.2, 0.4, 0.7, 1} {
		o := retrieve.Options{Weights: map[string]float64{vitrine.SpaceText: w}}
		for _, name := range []string{"rrf", "relative", "dbsf", "convex"} {
			fusion, err := retrieve.FusionNamed(name, 0)
			if err != nil {
				t.Fatal(err)
			}
			o.Fusion = fusion
			s.measure(t, fmt.Sprintf("%s %.1f", name, w), vitrine.ModeHybrid, o)
		}
	}
	for _, depth := range []int{50, 200, 400} {
		s.measure(t, fmt.Sprintf("depth %d", depth), vitrine.ModeHybrid, retrieve.Options{Depth: depth})
	}
	for _, floor := range []float64{0.01, 0.3, 0.4} {
		s.measure(t, fmt.Sprintf("floor %.2f", floor), vitrine.ModeHybrid, retrieve.Options{Floors: map[string]float64{vitrine.SpaceText: floor}})
	}
}

func ranker(t *testing.T, s *shelf) {
	t.Helper()
	list := s.samples(t)
	hybrid := s.measure(t, "hybrid", vitrine.ModeHybrid, retrieve.Options{})
	o := rerank.FitOptions{Fixed: rerank.Policy()}
	m, err := rerank.Fit(list, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("fit: %+v", m.Features)
	const repeats = 3
	held := figures{plain: make([]float64, len(list)), condensed: make([]float64, len(list))}
	for seed := range uint64(repeats) {
		o.Seed = seed + 1
		ranks, err := rerank.CrossValidate(list, 5, o)
		if err != nil {
			t.Fatal(err)
		}
		one := s.figures(ranks)
		one.log(t, fmt.Sprintf("held out %d", o.Seed))
		for i := range list {
			held.plain[i] += one.plain[i] / repeats
			held.condensed[i] += one.condensed[i] / repeats
		}
	}
	t.Logf("held out against hybrid: p = %.2f, condensed %.2f", relevance.PairedP(held.plain, hybrid.plain, 100_000, 1),
		relevance.PairedP(held.condensed, hybrid.condensed, 100_000, 1))
	if relevance.Mean(held.plain) < relevance.Mean(hybrid.plain)-0.002 || relevance.Mean(held.condensed) < relevance.Mean(hybrid.condensed)-0.002 {
		t.Error("reranking costs relevance on held-out queries")
	}
	for _, w := range rerank.Default().Features {
		i := slices.IndexFunc(m.Features, func(f rerank.Weight) bool { return f.Name == w.Name })
		// Encoders differ in the last digits from machine to machine.
		if i < 0 && math.Abs(w.Weight) > 0.01 || i >= 0 && math.Abs(m.Features[i].Weight-w.Weight) > 0.02 {
			t.Errorf("default weight %+v is not what the fit finds", w)
		}
	}
}

// figures are NDCG@10, plain and condensed, and reciprocal ranks by query.
type figures struct{ plain, condensed, reciprocal []float64 }

func (f figures) log(t *testing.T, name string) {
	t.Helper()
	t.Logf("%-12s nDCG@10 %.3f, condensed %.3f, MRR %.3f, %d queries", name, relevance.Mean(f.plain), relevance.Mean(f.condensed), relevance.Mean(f.reciprocal), len(f.plain))
}

func (s *shelf) figures(ranks [][]string) (f figures) {
	for i, q := range s.queries {
		g := s.grades[q]
		f.plain = append(f.plain, relevance.NDCG(ranks[i], g, 10))
		f.condensed = append(f.condensed, relevance.NDCG(relevance.Condense(ranks[i], g), g, 10))
		f.reciprocal = append(f.reciprocal, relevance.ReciprocalRank(ranks[i], g, 1))
	}
	return f
}

// measure logs and returns the figures of one setting.
func (s *shelf) measure(t *testing.T, name string, mode vitrine.Mode, o retrieve.Options) figures {
	t.Helper()
	var ranks [][]string
	for _, res := range s.ask(t, mode, o) {
		ranks = append(ranks, ids(res))
	}
	f := s.figures(ranks)
	f.log(t, name)
	return f
}

func (s *shelf) ask(t *testing.T, mode vitrine.Mode, o retrieve.Options) []*vitrine.Results {
	t.Helper()
	o.Timeouts = retrieve.Timeouts{Leg: time.Minute, Embed: time.Minute}
	r := retrieve.New(s.parts, o)
	list := make([]*vitrine.Results, len(s.queries))
	for i, text := range s.queries {
		_, list[i] = search(t, r, vitrine.Query{Text: text, Mode: mode, PageSize: 100, Explain: true})
		if len(list[i].Degraded) > 0 {
			t.Fatalf("%q: degraded: %v", text, list[i].Degraded)
		}
	}
	return list
}

func (s *shelf) samples(t *testing.T) []rerank.Sample {
	t.Helper()
	var list []rerank.Sample
	for i, res := range s.ask(t, vitrine.ModeHybrid, retrieve.Options{}) {
		text := s.queries[i]
		list = append(list, rerank.Sample{Query: vitrine.Query{Text: text, Understood: res.Understood}, Hits: res.Hits, Grades: s.grades[text]})
	}
	return list
}

// electronics indexes the catalogue with the shipped encoder.
func electronics(t *testing.T) *shelf {
	t.Helper()
	catalogue, judgments := dataFile(t, "electronics/products.jsonl.gz"), dataFile(t, "electronics/judgments.csv")
	encoder, err := embed.Open(embed.Options{})
	if err != nil {
		t.Skipf("the encoder is absent, so relevance on electronics was not measured: %v", err)
	}
	t.Cleanup(func() { _ = encoder.Close() })
	space := encoder.Spaces()[vitrine.SpaceText]
	indexes, err := index.Open(t.Context(), t.TempDir(), index.Options{
		Embedder: encoder, Engine: index.EngineFlat,
		Spaces: map[string]index.Space{vitrine.SpaceText: {Model: space.Model, Dimension: space.Dimension}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = indexes.Close() })
	if _, err := indexes.Reindex(t.Context(), "electronics", products(t, catalogue), index.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	g, release, err := indexes.Acquire("electronics")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	lexicon, err := understand.Learn(t.Context(), g, g.Len(), encoder, understand.LearnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reader := understand.New(lexicon, encoder, understand.Options{})
	s := &shelf{parts: retrieve.Parts{Interpreter: reader, Lexical: g.Keyword(), Vectors: g, Catalogue: g, Embedder: encoder}, grades: readJudgments(t, judgments)}
	for text, grades := range s.grades {
		if relevance.Answerable(grades) {
			s.queries = append(s.queries, text)
		}
	}
	slices.Sort(s.queries)
	return s
}

func products(t *testing.T, path string) iter.Seq2[*vitrine.Product, error] {
	t.Helper()
	reader, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	return func(yield func(*vitrine.Product, error) bool) {
		for row, err := range reader.Rows(t.Context()) {
			if !yield(row.Product, err) {
				return
			}
		}
	}
}

func readJudgments(t *testing.T, path string) map[string]map[string]int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	grades := map[string]map[string]int{}
	for _, row := range rows[1:] {
		grade, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		if grades[row[0]] == nil {
			grades[row[0]] = map[string]int{}
		}
		grades[row[0]][row[1]] = grade
	}
	return grades
}

// dataFile returns the path of a file of the shared data, or skips the test.
func dataFile(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("VITRINE_DATA")
	if root == "" {
		// Tests run in their package's folder, one below the root.
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(root, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is absent, so relevance on electronics was not measured", name)
	}
	return path
}

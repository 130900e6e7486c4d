package vitrine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// IndexSettings are what an index has of its own about how it is searched. What is absent is as the settings file has it for all indexes. All of them count from
// the next search on, without a reindex, and are kept over reindexing, rollback and restart. Synonyms and rules are kept beside them.
type IndexSettings struct {
	// StopWords are left out of queries that have other words; an empty list means none.
	StopWords []string `json:"stop_words,omitzero" doc:"Words left out of queries that have other words; an empty list means none."`
	// FieldWeights say how much a word counts in title, brand, category, codes, attributes, description and translations; a field that is not named is not searched.
	FieldWeights map[string]float64 `json:"field_weights,omitzero" doc:"How much a word counts in title, brand, category, codes, attributes, description, translations; a field that is not named is not searched."`
	// K1 and B are those of BM25.
	K1 *float64 `json:"k1,omitempty" doc:"How slowly repeated words saturate, above 0 to 100."`
	B  *float64 `json:"b,omitempty" doc:"How much long fields are held back, above 0 to 1."`
	// MinimumMatch is the share of a query's words that a product must have; with fewer than Enough such products, fewer words will do.
	MinimumMatch *float64 `json:"minimum_match,omitempty" doc:"Share of the words that a product must have, above 0 to 1."`
	Enough       *int     `json:"enough,omitempty" doc:"Number of matching products below which fewer words will do, 1 or more."`
	// Typos corrects misspelt words and completes the last one.
	Typos *bool `json:"typos,omitempty" doc:"Correct misspelt words and complete the last one."`

	// Mode, Facets and Diversity are for queries that say nothing of them. A facet that no product has any more is left out.
	Mode      Mode     `json:"mode,omitempty" doc:"Mode of queries that name none: keyword, vector, hybrid or ranked."`
	Facets    []string `json:"facets,omitzero" doc:"Fields counted for queries that name no facets."`
	Diversity *float64 `json:"diversity,omitempty" doc:"Diversity of queries that name none and are not sorted, 0 to 1."`

	// Fusion is rrf, relative, dbsf or convex.
	Fusion       string   `json:"fusion,omitempty" doc:"How the legs are merged: rrf, relative, dbsf or convex."`
	RankConstant *float64 `json:"rank_constant,omitempty" doc:"The k of rrf, above 0."`
	// Weights by leg: keyword, text, joint; Floors by space: text, joint. They are laid over those of the settings file.
	Weights map[string]float64 `json:"weights,omitzero" doc:"Weight by leg: keyword, text, joint."`
	Floors  map[string]float64 `json:"floors,omitzero" doc:"Least similarity by vector space: text, joint."`
	// Depth is the number of candidates of a leg, RerankDepth those of the ranker.
	Depth       *int `json:"depth,omitempty" doc:"Candidates of each leg, 1 to 10000."`
	RerankDepth *int `json:"rerank_depth,omitempty" doc:"Candidates that the ranker sees, 1 to 10000."`
	// Understand reads what words mean, Relax lets a query that finds nothing find what comes near.
	Understand *bool `json:"understand,omitempty" doc:"Read what the words of a query mean."`
	Relax      *bool `json:"relax,omitempty" doc:"Let a query that finds nothing find what comes near."`
	// Ranker is a linear ranking model of the index's own, weight by feature, instead of the learned one.
	Ranker map[string]float64 `json:"ranker,omitzero" doc:"Linear ranking model of the index's own, weight by feature, instead of the learned one."`
}

// Bounds of [IndexSettings].
const (
	// MaxStopWords is the largest number of stop words, MaxDepth that of candidates.
	MaxStopWords = 10_000
	MaxDepth     = 10_000
)

// WeighedFields are the fields that [IndexSettings].FieldWeights may name.
func WeighedFields() []string {
	return []string{"title", "brand", "category", "codes", "attributes", "description", "translations"}
}

// ParseIndexSettings reads settings from JSON; an empty text is none. The error's code is [Invalid], and it names the field that is unknown or out of range.
func ParseIndexSettings(data []byte) (*IndexSettings, error) {
	s := &IndexSettings{}
	if len(data) > 0 {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(s); err != nil {
			return nil, Errorf(Invalid, "settings: %w", err)
		}
	}
	return s, s.Validate()
}

// Validate reports the first field that is out of range, with code [Invalid]. Names of fusions, facets and ranking features are known to the engine alone.
func (s *IndexSettings) Validate() error {
	check := func(ok bool, field string, value any, want string) error {
		if ok {
			return nil
		}
		return Errorf(Invalid, "field %s: %v is not %s", field, value, want)
	}
	number := func(v *float64, field string, from, to float64, above bool) error {
		if v == nil {
			return nil
		}
		want := "in %v … %v"
		if above {
			want = "above %v … %v"
		}
		return check(*v >= from && *v <= to && !(above && *v == from), field, *v, fmt.Sprintf(want, from, to))
	}
	whole := func(v *int, field string, to int) error {
		if v == nil {
			return nil
		}
		return check(*v >= 1 && *v <= to, field, *v, fmt.Sprintf("in 1 … %d", to))
	}
	const large = 1e6
	for _, err := range []error{
		check(len(s.StopWords) <= MaxStopWords, "stop_words", len(s.StopWords), fmt.Sprintf("at most %d words", MaxStopWords)),
		number(s.K1, "k1", 0, 100, true), number(s.B, "b", 0, 1, true), number(s.MinimumMatch, "minimum_match", 0, 1, true), number(s.Diversity, "diversity", 0, 1, false),
		number(s.RankConstant, "rank_constant", 0, large, true),
		whole(s.Enough, "enough", large), whole(s.Depth, "depth", MaxDepth), whole(s.RerankDepth, "rerank_depth", MaxDepth),
		check(slices.Contains([]Mode{"", ModeKeyword, ModeVector, ModeHybrid, ModeRanked}, s.Mode), "mode", s.Mode, "one of keyword, vector, hybrid, ranked"),
	} {
		if err != nil {
			return err
		}
	}
	for i, word := range s.StopWords {
		if len(strings.Fields(word)) != 1 || strings.TrimSpace(word) != word {
			return Errorf(Invalid, "field stop_words[%d]: %.80q is not one word", i, word)
		}
	}
	for i, field := range s.Facets {
		if field == "" || slices.Contains(s.Facets[:i], field) {
			return Errorf(Invalid, "field facets[%d]: %q is empty or comes twice", i, field)
		}
	}
	for _, m := range []struct {
		field    string
		weights  map[string]float64
		known    []string
		from, to float64
	}{
		{"field_weights", s.FieldWeights, WeighedFields(), 0, large},
		{"weights", s.Weights, []string{"keyword", "text", "joint"}, 0, large},
		{"floors", s.Floors, []string{"text", "joint"}, -1, 1},
	} {
		sum := 0.0
		for _, key := range slices.Sorted(maps.Keys(m.weights)) {
			v := m.weights[key]
			if !slices.Contains(m.known, key) {
				return Errorf(Invalid, "field %s: %q is none of %s", m.field, key, strings.Join(m.known, ", "))
			}
			if !(v >= m.from && v <= m.to) {
				return Errorf(Invalid, "field %s.%s: %v is not in %v … %v", m.field, key, v, m.from, m.to)
			}
			sum += v
		}
		if m.field == "field_weights" && m.weights != nil && sum == 0 {
			return Errorf(Invalid, "field field_weights: no field has a weight")
		}
	}
	return nil
}

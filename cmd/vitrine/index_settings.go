package main

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/index"
	"vitrine/index/keyword"
	"vitrine/rerank"
	"vitrine/retrieve"
)

// ownSettings hold what the indexes have of their own about how they are searched, ready to be laid over the settings file.
type ownSettings struct {
	// changing is held from reading settings to keeping the next.
	changing sync.Mutex
	mu       sync.Mutex
	byIndex  map[string]openSettings
}

// openSettings are settings as a version of them has it, with what their names stand for; a nil fusion or ranker is that of the settings file.
type openSettings struct {
	version uint64
	own     *vitrine.IndexSettings
	fusion  retrieve.Fusion
	ranker  *rerank.Linear
}

// IndexSettings returns what an index has of its own, or, effective, together with what the settings file says.
func (e *engine) IndexSettings(_ context.Context, name string, effective bool) (*vitrine.IndexSettings, error) {
	s, err := e.openSettings(name)
	if err != nil || !effective {
		return s.own, err
	}
	base, err := json.Marshal(e.commonSettings())
	if err != nil {
		return nil, err
	}
	own, err := json.Marshal(s.own)
	if err != nil {
		return nil, err
	}
	if s.own.FieldWeights != nil { // one that is not named does not count
		if base, err = jsonpatch.MergePatch(base, []byte(`{"field_weights":null}`)); err != nil {
			return nil, err
		}
	}
	merged, err := jsonpatch.MergePatch(base, own)
	if err != nil {
		return nil, err
	}
	return vitrine.ParseIndexSettings(merged)
}

// commonSettings are those of the settings file.
func (e *engine) commonSettings() *vitrine.IndexSettings {
	c, k := e.config, e.keyword.WithDefaults()
	typos, understand, relax := !k.Typos.Off, c.Understanding.Enabled, c.Understanding.Relax
	rankConstant, diversity := c.Search.RankConstant, 0.0
	depth, rerankDepth := c.Search.Depth, c.Search.RerankDepth
	w := k.Weights
	return &vitrine.IndexSettings{
		StopWords: k.StopWords, K1: &k.K1, B: &k.B, MinimumMatch: &k.MinimumMatch, Enough: &k.Enough, Typos: &typos,
		FieldWeights: map[string]float64{
			"title": w.Title, "brand": w.Brand, "category": w.Category, "codes": w.Codes, "attributes": w.Attributes, "description": w.Description, "translations": w.Translations,
		},
		Mode: vitrine.ModeRanked, Diversity: &diversity, Fusion: c.Search.Fusion, RankConstant: &rankConstant, Weights: c.Search.Weights, Floors: e.retrieve.Floors,
		Depth: &depth, RerankDepth: &rerankDepth, Understand: &understand, Relax: &relax,
	}
}

func (e *engine) openSettings(name string) (openSettings, error) {
	m := e.own
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, err := e.indexes.Settings(name)
	if err != nil {
		return openSettings{}, err
	}
	if s, ok := m.byIndex[name]; ok && s.version == kept.Version {
		return s, nil
	}
	own, err := vitrine.ParseIndexSettings(kept.Data)
	var s openSettings
	if err == nil {
		s, err = e.resolveSettings(own)
	}
	if err != nil {
		return openSettings{}, vitrine.Errorf(vitrine.Internal, "stored settings of index %q: %w", name, err)
	}
	if m.byIndex == nil {
		m.byIndex = map[string]openSettings{}
	}
	s.version = kept.Version
	m.byIndex[name] = s
	return s, nil
}

// resolveSettings finds what settings name.
func (e *engine) resolveSettings(own *vitrine.IndexSettings) (s openSettings, err error) {
	s.own = own
	if own.Fusion != "" || own.RankConstant != nil {
		k := e.config.Search.RankConstant
		if own.RankConstant != nil {
			k = *own.RankConstant
		}
		if s.fusion, err = retrieve.FusionNamed(cmp.Or(own.Fusion, e.config.Search.Fusion), k); err != nil {
			return s, vitrine.Errorf(vitrine.Invalid, "field fusion: %w", err)
		}
	}
	if own.Ranker != nil {
		model := rerank.Model{Name: "index"}
		for _, name := range slices.Sorted(maps.Keys(own.Ranker)) {
			model.Features = append(model.Features, rerank.Weight{Name: name, Weight: own.Ranker[name]})
		}
		if s.ranker, err = rerank.New(model); err != nil {
			return s, vitrine.Errorf(vitrine.Invalid, "field ranker: %w", err)
		}
	}
	return s, nil
}

// settle lays the settings of an index over parts and options. Settings that cannot be read are no reason not to search.
func (e *engine) settle(g *index.Generation, parts *retrieve.Parts, o *retrieve.Options) {
	s, err := e.openSettings(g.Index())
	if err != nil {
		if vitrine.CodeOf(err) != vitrine.NotFound {
			slog.Error("no settings", "index", g.Index(), "reason", err)
		}
		return
	}
	own := s.own
	if s.fusion != nil {
		o.Fusion = s.fusion
	}
	if s.ranker != nil {
		parts.Reranker = s.ranker
	}
	o.Weights, o.Floors = laidOver(o.Weights, own.Weights), laidOver(o.Floors, own.Floors)
	set(&o.Depth, own.Depth)
	set(&o.RerankDepth, own.RerankDepth)
	if own.Understand != nil {
		o.Literal = !*own.Understand
	}
	if own.Relax != nil {
		o.Strict = !*own.Relax
	}
	if own.Mode == "" && own.Facets == nil && own.Diversity == nil {
		return
	}
	o.Defaults = func(q *vitrine.Query) {
		q.Mode = cmp.Or(q.Mode, own.Mode)
		if q.Diversity == 0 && len(q.Sort) == 0 {
			set(&q.Diversity, own.Diversity)
		}
		if q.Facets == nil && q.DisjunctiveFacets == nil && q.FacetOptions == nil {
			for _, field := range own.Facets {
				if g.Keyword().Has(field) {
					q.Facets = append(q.Facets, field)
				}
			}
		}
	}
}

func set[T any](into, from *T) {
	if from != nil {
		*into = *from
	}
}

func laidOver(base, own map[string]float64) map[string]float64 {
	if len(own) == 0 {
		return base
	}
	all := map[string]float64{}
	maps.Copy(all, base)
	maps.Copy(all, own)
	return all
}

// tuning lays what settings say of the keyword leg over the options of the settings file.
func tuning(data []byte, o keyword.Options) (keyword.Tuning, error) {
	t := o.Tuning()
	own, err := vitrine.ParseIndexSettings(data)
	if err != nil {
		return t, err
	}
	if own.StopWords != nil {
		t.StopWords = own.StopWords
	}
	if w := own.FieldWeights; w != nil {
		t.Weights = keyword.Weights{
			Title: w["title"], Brand: w["brand"], Category: w["category"], Codes: w["codes"], Attributes: w["attributes"], Description: w["description"],
			Translations: w["translations"],
		}
	}
	set(&t.K1, own.K1)
	set(&t.B, own.B)
	set(&t.MinimumMatch, own.MinimumMatch)
	set(&t.Enough, own.Enough)
	if own.Typos != nil {
		t.Typos.Off, t.Completions.Off = !*own.Typos, !*own.Typos
	}
	return t, nil
}

// ChangeSettings lets change make other settings of the present ones and keeps those, one change after the other.
func (e *engine) ChangeSettings(_ context.Context, name string, change func(*vitrine.IndexSettings) (*vitrine.IndexSettings, error)) error {
	e.own.changing.Lock()
	defer e.own.changing.Unlock()
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return err
	}
	defer release()
	name = g.Index()
	now := &vitrine.IndexSettings{}
	if s, err := e.openSettings(name); err == nil { // else kept badly, and replaced now
		now = s.own
	}
	next, err := change(now)
	if err != nil {
		return err
	}
	if err := next.Validate(); err != nil {
		return err
	}
	if _, err := e.resolveSettings(next); err != nil {
		return err
	}
	if most := e.config.Search.Facets; len(next.Facets) > most {
		return vitrine.Errorf(vitrine.Invalid, "field facets: %d fields, at most %d are allowed", len(next.Facets), most)
	}
	for i, field := range next.Facets {
		if !g.Keyword().Has(field) {
			return vitrine.Errorf(vitrine.Invalid, "field facets[%d]: unknown field %q", i, field)
		}
	}
	data, err := json.Marshal(next)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "settings: %w", err)
	}
	return e.indexes.SetSettings(name, data)
}

func newSettings(s *settings) *cobra.Command {
	return newGroup("settings", "How an index is searched, where it differs from the settings file", newSettingsShow(s), newSettingsSet(s, "put"), newSettingsSet(s, "patch"))
}

func newSettingsShow(s *settings) *cobra.Command {
	var effective bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print what an index has of its own",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withIndex(cmd, func(e *engine, name string) error {
				found, err := e.IndexSettings(cmd.Context(), name, effective)
				if err != nil {
					return err
				}
				return printJSON(cmd, found)
			})
		},
	}
	cmd.Flags().BoolVar(&effective, "effective", false, "together with what the settings file says")
	return cmd
}

func newSettingsSet(s *settings, how string) *cobra.Command {
	short := "Replace all settings of an index by those of a JSON file; - reads standard input"
	if how == "patch" {
		short = "Change some settings of an index by a JSON merge patch, null takes one away; - reads standard input"
	}
	return &cobra.Command{
		Use:     how + " FILE",
		Short:   short,
		Example: `  echo '{"stop_words": ["der", "die", "das"], "field_weights": {"title": 3, "brand": 2}}' | vitrine settings ` + how + " - --index shop-de",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readFileOr(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			return s.withIndex(cmd, func(e *engine, name string) error {
				err := e.ChangeSettings(cmd.Context(), name, func(now *vitrine.IndexSettings) (*vitrine.IndexSettings, error) {
					if how == "put" {
						now = &vitrine.IndexSettings{}
					}
					return api.PatchSettings(now, data)
				})
				if err != nil {
					return err
				}
				found, err := e.IndexSettings(cmd.Context(), name, false)
				if err != nil {
					return err
				}
				return printJSON(cmd, found)
			})
		},
	}
}

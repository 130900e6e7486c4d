package configs

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"vitrine"
	"vitrine/retrieve/experiment"
)

// Default returns the settings that a file is laid over.
func Default() *Config {
	return &Config{
		Data: "data",
		Server: Server{
			Address: "localhost:8080", AdminKeys: []string{}, Origins: []string{}, Shop: "Vitrine", Facets: []string{"category", "brand"}, Storefront: true,
			QueryBytes: 16 << 20, LineBytes: 1 << 20, UpsertBytes: 1 << 30, ReindexBytes: 16 << 30, RankerBytes: 64 << 20,
			RequestTimeout: 10 * time.Second, StallTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, ShutdownTimeout: 15 * time.Second,
			Writers: 8, WriterWait: 2 * time.Second, Replays: 10_000, ReplayAge: 24 * time.Hour,
		},
		Models:  Models{Dir: "models", Text: "vitrine-mini-4", Joint: "vitrine-mini-4", Threads: 1, Cached: 4096},
		Index:   Index{Name: "products", Engine: "hnsw", Pictures: 1, MinimumShare: 0.5, MaximumFailures: 0.1, MinimumRecall: 0.95, Patience: 3 * time.Millisecond},
		Keyword: Keyword{K1: 1.2, B: 0.75, MinimumMatch: 0.6, Enough: 10, CacheBytes: 256 << 20, Typos: true, StopWords: "english"},
		Vector:  Vector{M: 16, EfConstruction: 200, EfSearch: 100, Quantization: "sq8"},
		Search: Search{
			Fusion: "dbsf", RankConstant: 60, Weights: map[string]float64{}, Depth: 100, RerankDepth: 100, CrossDepth: 20, CrossTimeout: time.Second,
			TextLength: 512, PageSize: 200, Window: 1000, Floors: map[string]float64{}, FacetValues: 20, Facets: 32,
			LegTimeout: 500 * time.Millisecond, EmbedTimeout: time.Second, RerankTimeout: 500 * time.Millisecond, FacetsTimeout: 500 * time.Millisecond,
		},
		Understanding: Understanding{Enabled: true, Sure: 0.5, Near: 0.6, Alternative: 0.5, Relax: true},
		Picture:       Pictures{Root: "", Bytes: 16 << 20, Pixels: 50_000_000, Side: 16_384, Redirects: 3, Timeout: 5 * time.Second, Cache: 1 << 30, PerHost: 4, Attempts: 3},
		Clip:          defaultClips(),
		Loader:        Loader{RowBytes: 4 << 20, Rejected: 100_000},
		Feeds:         defaultFeeds(),
		Enrich:        defaultEnrich(),
		Check:         defaultCheck(),
		Events:        defaultEvents(),
		Voice:         defaultVoice(),
		Redis:         defaultRedis(),
		Ranking:       defaultRanking(),
		Recommend:     defaultRecommend(),
		Answers:       defaultAnswers(),
		Opinions:      defaultOpinions(),
		Experiments:   []experiment.Experiment{},
	}
}

// Load reads the settings file at path over [Default], then the environment; an empty path means no file. The error names line and key.
func Load(path string) (*Config, error) {
	c := Default()
	if path != "" {
		data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, vitrine.Errorf(vitrine.NotFound, "settings: %w", err)
		}
		if err := Parse(data, c); err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "settings %s: %w", path, err)
		}
	}
	for name, set := range map[string]func(string){
		"VITRINE_ADDRESS":    func(v string) { c.Server.Address = v },
		"VITRINE_ADMIN_KEYS": func(v string) { c.Server.AdminKeys = splitKeys(v) },
		"VITRINE_INDEXES":    func(v string) { c.Data = v },
		"ONNXRUNTIME_LIB":    func(v string) { c.Models.Library = v },

		"VITRINE_PSEUDONYM_KEY":  func(v string) { c.Events.PseudonymKey = v },
		"VITRINE_REDIS_ADDRESS":  func(v string) { c.Redis.Address = v },
		"VITRINE_REDIS_PASSWORD": func(v string) { c.Redis.Password = v },
	} {
		if v := os.Getenv(name); v != "" {
			set(v)
		}
	}
	if err := c.Validate(); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "settings %s: %w", cmp.Or(path, "of the environment"), err)
	}
	return c, nil
}

// splitKeys splits at commas and trims each key.
func splitKeys(list string) []string {
	keys := strings.Split(list, ",")
	for i := range keys {
		keys[i] = strings.TrimSpace(keys[i])
	}
	return keys
}

// Parse lays one YAML document over c; an unknown or repeated key and a value of the wrong type are errors that show the line.
func Parse(data []byte, c *Config) error {
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(c)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

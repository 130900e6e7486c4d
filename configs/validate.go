package configs

import (
	"errors"
	"fmt"
	"slices"

	"vitrine"
)

// Validate reports every value out of range, each by the path of its key, joined into one error.
func (c *Config) Validate() error {
	var problems []error
	check := func(ok bool, key string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("%s: %v is not %s", key, value, want))
		}
	}
	oneOf := func(key, value string, allowed ...string) {
		check(slices.Contains(allowed, value), key, value, fmt.Sprintf("one of %v", allowed))
	}
	share := func(key string, v float64) { check(v >= 0 && v <= 1, key, v, "in 0 … 1") }
	atLeast := func(key string, v, least int64) { check(v >= least, key, v, fmt.Sprintf("%d or more", least)) }

	check(c.Data != "", "data", `""`, "a folder")
	check(c.Server.Address != "", "server.address", `""`, "host:port")
	for i, key := range c.Server.AdminKeys {
		check(len(key) >= 16, fmt.Sprintf("server.admin_keys[%d]", i), "a key", "at least 16 characters long")
	}
	check(c.Models.Text != "", "models.text", `""`, "a model name")
	check(c.Models.Joint != "", "models.joint", `""`, "a model name")
	atLeast("models.threads", int64(c.Models.Threads), 0)
	atLeast("models.workers", int64(c.Models.Workers), 0)
	atLeast("models.cached", int64(c.Models.Cached), -1)
	check(vitrine.ValidateIndexName(c.Index.Name) == nil, "index.name", c.Index.Name, "1 to 64 of a-z, 0-9, - and _")
	oneOf("index.engine", c.Index.Engine, "hnsw", "flat", "coder")
	atLeast("index.pictures", int64(c.Index.Pictures), 0)
	share("index.minimum_share", c.Index.MinimumShare)
	share("index.maximum_failures", c.Index.MaximumFailures)
	share("index.minimum_recall", c.Index.MinimumRecall)
	check(c.Keyword.K1 > 0 && c.Keyword.K1 < 100, "keyword.k1", c.Keyword.K1, "above 0 … 100")
	check(c.Keyword.B > 0 && c.Keyword.B <= 1, "keyword.b", c.Keyword.B, "above 0 … 1")
	check(c.Keyword.Enough >= 1, "keyword.enough", c.Keyword.Enough, "1 or more")
	check(c.Keyword.StopWords != "", "keyword.stop_words", c.Keyword.StopWords, "english, none or a file")
	check(c.Keyword.MinimumMatch > 0 && c.Keyword.MinimumMatch <= 1, "keyword.minimum_match", c.Keyword.MinimumMatch, "above 0 … 1")
	atLeast("vector.m", int64(c.Vector.M), 2)
	atLeast("vector.ef_construction", int64(c.Vector.EfConstruction), 1)
	atLeast("vector.ef_search", int64(c.Vector.EfSearch), 1)
	oneOf("vector.quantization", c.Vector.Quantization, "none", "sq8")
	oneOf("search.fusion", c.Search.Fusion, fusions()...)
	check(c.Search.RankConstant > 0, "search.rank_constant", c.Search.RankConstant, "above 0")
	for space, floor := range c.Search.Floors {
		oneOf("search.floors", space, "text", "joint")
		check(floor >= -1 && floor <= 1, "search.floors."+space, floor, "in -1 … 1")
	}
	for leg, w := range c.Search.Weights {
		oneOf("search.weights", leg, legs()...)
		check(w >= 0, "search.weights."+leg, w, "0 or more")
	}
	share("understanding.sure", c.Understanding.Sure)
	share("understanding.demand", c.Understanding.Demand)
	share("understanding.near", c.Understanding.Near)
	check(c.Understanding.Alternative > 0 && c.Understanding.Alternative <= 1, "understanding.alternative", c.Understanding.Alternative, "above 0 … 1")
	for key, v := range map[string]int64{
		"search.depth": int64(c.Search.Depth), "search.rerank_depth": int64(c.Search.RerankDepth), "search.cross_depth": int64(c.Search.CrossDepth),
		"search.cross_timeout": int64(c.Search.CrossTimeout), "search.text_length": int64(c.Search.TextLength),
		"search.page_size": int64(c.Search.PageSize), "search.window": int64(c.Search.Window), "search.leg_timeout": int64(c.Search.LegTimeout),
		"search.embed_timeout": int64(c.Search.EmbedTimeout), "search.rerank_timeout": int64(c.Search.RerankTimeout),
		"search.facets_timeout": int64(c.Search.FacetsTimeout), "search.facet_values": int64(c.Search.FacetValues), "search.facets": int64(c.Search.Facets),
		"server.query_bytes": int64(c.Server.QueryBytes), "server.line_bytes": int64(c.Server.LineBytes),
		"server.upsert_bytes": int64(c.Server.UpsertBytes), "server.reindex_bytes": int64(c.Server.ReindexBytes), "server.ranker_bytes": int64(c.Server.RankerBytes),
		"server.request_timeout": int64(c.Server.RequestTimeout), "server.stall_timeout": int64(c.Server.StallTimeout),
		"server.idle_timeout": int64(c.Server.IdleTimeout), "server.shutdown_timeout": int64(c.Server.ShutdownTimeout),
		"server.writers": int64(c.Server.Writers), "server.writer_wait": int64(c.Server.WriterWait), "server.replays": int64(c.Server.Replays), "server.replay_age": int64(c.Server.ReplayAge),
		"pictures.bytes": int64(c.Picture.Bytes), "pictures.pixels": int64(c.Picture.Pixels), "pictures.side": int64(c.Picture.Side),
		"pictures.timeout": int64(c.Picture.Timeout), "loader.row_bytes": int64(c.Loader.RowBytes), "loader.rejected": int64(c.Loader.Rejected), "keyword.cache_bytes": int64(c.Keyword.CacheBytes),
	} {
		atLeast(key, v, 1)
	}
	c.Clip.validate(check)
	c.Index.Golden.validate(check)
	c.Feeds.validate(check, c.Server.ReindexRoot)
	c.Enrich.validate(check)
	c.Check.validate(check)
	c.Events.validate(check)
	c.Voice.validate(check)
	c.Redis.validate(check)
	c.Backup.validate(check)
	c.Ranking.validate(check)
	c.Recommend.validate(check)
	c.Answers.validate(check)
	c.Opinions.validate(check)
	c.validateExperiments(check)
	atLeast("server.threads", int64(c.Server.Threads), 0)
	atLeast("index.patience", int64(c.Index.Patience), 0)
	atLeast("pictures.cache", int64(c.Picture.Cache), 0)
	atLeast("pictures.per_host", int64(c.Picture.PerHost), 1)
	atLeast("pictures.delay", int64(c.Picture.Delay), 0)
	atLeast("pictures.attempts", int64(c.Picture.Attempts), 1)
	atLeast("pictures.redirects", int64(c.Picture.Redirects), 0)
	slices.SortFunc(problems, func(a, b error) int { return slices.Compare([]byte(a.Error()), []byte(b.Error())) })
	return errors.Join(problems...)
}

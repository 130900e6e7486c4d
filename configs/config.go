// Package configs says which settings exist, what each defaults to, and which files are valid.
//
// Main types: [Config], read with [Load]. A file names only what it changes: it is laid over [Default], an unknown key is an error with
// its line, and [Config.Validate] reports every value out of range at once, each by its path. Addresses and secrets may also come from
// the environment: VITRINE_ADDRESS, VITRINE_ADMIN_KEYS (comma-separated), VITRINE_INDEXES (the folder data) and ONNXRUNTIME_LIB.
//
// # Caveats
//
// Only cmd/vitrine imports this package; every other package takes an Options struct of its own. default.yaml is documentation that a
// test holds equal to [Default]; it is not read at run time.
package configs

import (
	"time"

	"vitrine/retrieve/experiment"
)

// Config is the whole of the settings. Zero is not a valid Config; start from [Default].
type Config struct {
	// Data is the folder of the indexes.
	Data    string  `yaml:"data"`
	Server  Server  `yaml:"server"`
	Models  Models  `yaml:"models"`
	Index   Index   `yaml:"index"`
	Keyword Keyword `yaml:"keyword"`
	Vector  Vector  `yaml:"vector"`
	Search  Search  `yaml:"search"`
	// Understanding is how the words of a query are read.
	Understanding Understanding `yaml:"understanding"`
	Picture       Pictures      `yaml:"pictures"`
	Clip          Clips         `yaml:"clips"`
	Loader        Loader        `yaml:"loader"`
	// Feeds is how catalogues come from elsewhere, and when.
	Feeds Feeds `yaml:"feeds"`
	// Enrich is how attributes that products lack are read from their titles.
	Enrich Enrich `yaml:"enrich"`
	// Check is what `vitrine check` takes for wrong.
	Check Check `yaml:"check"`
	// Events is what is kept of shoppers, and Redis where several processes share it.
	Events Events `yaml:"events"`
	Voice  Voice  `yaml:"voice"`
	Redis  Redis  `yaml:"redis"`
	// Ranking is how the ranking model learns from events.
	Ranking Ranking `yaml:"ranking"`
	// Recommend is how recommendations follow the events.
	Recommend Recommend `yaml:"recommend"`
	// Answers is how the help desk answers.
	Answers Answers `yaml:"answers"`
	// Opinions is how what shoppers write is watched.
	Opinions Opinions `yaml:"opinions"`
	// Backup is where snapshots of indexes are kept.
	Backup Backup `yaml:"backup"`
	// Experiments compare ways to answer on live traffic.
	Experiments []experiment.Experiment `yaml:"experiments"`
}

// Server is how HTTP is served.
type Server struct {
	Address string `yaml:"address"`
	// AdminKeys open writes and admin; without one only callers of this machine may, and only if OpenLoopback.
	AdminKeys    []string `yaml:"admin_keys"`
	OpenLoopback bool     `yaml:"open_loopback"`
	// Origins are the web origins that may call the API from a browser.
	Origins []string `yaml:"origins"`
	// ReindexRoot is the folder below which reindex may read files; empty allows uploads only.
	ReindexRoot string `yaml:"reindex_root"`
	// Shop is the name that the pages show, and Facets the fields that they offer beside price.
	Shop            string        `yaml:"shop"`
	Facets          []string      `yaml:"facets"`
	Storefront      bool          `yaml:"storefront"`
	QueryBytes      Size          `yaml:"query_bytes"`
	LineBytes       Size          `yaml:"line_bytes"`
	UpsertBytes     Size          `yaml:"upsert_bytes"`
	ReindexBytes    Size          `yaml:"reindex_bytes"`
	RankerBytes     Size          `yaml:"ranker_bytes"`
	RequestTimeout  time.Duration `yaml:"request_timeout"`
	StallTimeout    time.Duration `yaml:"stall_timeout"`
	IdleTimeout     time.Duration `yaml:"idle_timeout"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`
	// Threads is the number of goroutines that run at once; 0 means four per core, so that a search does not stand in line behind a reindex.
	Threads int `yaml:"threads"`
	// Writers is the number of requests that write at once; one more waits WriterWait and is then told to come back later.
	Writers    int           `yaml:"writers"`
	WriterWait time.Duration `yaml:"writer_wait"`
	// Replays is the number of idempotency keys that are remembered, ReplayAge for how long.
	Replays   int           `yaml:"replays"`
	ReplayAge time.Duration `yaml:"replay_age"`
}

// Models are the encoders and the runtime below them.
type Models struct {
	// Dir holds model folders added with `vitrine models add`.
	Dir string `yaml:"dir"`
	// Text and Joint name the models of the spaces "text" and "joint": a shipped one, one in Dir, or a folder by its path.
	Text  string `yaml:"text"`
	Joint string `yaml:"joint"`
	// Library is the path of the ONNX Runtime shared library; empty looks for it.
	Library string `yaml:"library"`
	// Threads is the number of threads of one inference, Workers the number of inferences at once; 0 means one per core.
	Threads int `yaml:"threads"`
	Workers int `yaml:"workers"`
	// Cached is the number of query texts whose vectors are kept; -1 keeps none.
	Cached int `yaml:"cached"`
	// Spinning lets idle inference threads burn a core to answer a little sooner.
	Spinning bool `yaml:"spinning"`
}

// Index is how generations are built.
type Index struct {
	// Name is the index that is meant when none is named.
	Name string `yaml:"name"`
	// Engine of the vectors: hnsw, flat or coder.
	Engine string `yaml:"engine"`
	// Pictures is the number of pictures of a product that are embedded; 0 embeds none.
	Pictures int `yaml:"pictures"`
	// MinimumShare is the least size of a new generation, as a share of the live one, that may replace it.
	MinimumShare float64 `yaml:"minimum_share"`
	// MaximumFailures is the largest share of rejected rows with which a new generation may go live.
	MaximumFailures float64 `yaml:"maximum_failures"`
	// MinimumRecall is the least recall@10 of the vector index against exact search with which a new generation may go live.
	MinimumRecall float64 `yaml:"minimum_recall"`
	// Patience is how long building a generation waits for searches at each step; 0 does not wait.
	Patience time.Duration `yaml:"patience"`
	// Golden are judged queries that a new generation of the index Name has to answer well.
	Golden Golden `yaml:"golden"`
}

// Keyword is the BM25 leg.
type Keyword struct {
	K1           float64 `yaml:"k1"`
	B            float64 `yaml:"b"`
	MinimumMatch float64 `yaml:"minimum_match"`
	// Enough is the number of matching products below which fewer words of the query will do.
	Enough     int  `yaml:"enough"`
	CacheBytes Size `yaml:"cache_bytes"`
	// Typos corrects misspelt words and completes the last one.
	Typos bool `yaml:"typos"`
	// Synonyms is the path of a file of lines like "sofa, couch" and "tv => television", or of a JSON list; empty is none.
	Synonyms string `yaml:"synonyms"`
	// StopWords are left out of queries that have other words: english, none, or the path of a file with one a line.
	StopWords string `yaml:"stop_words"`
}

// Vector is the HNSW graph.
type Vector struct {
	M              int `yaml:"m"`
	EfConstruction int `yaml:"ef_construction"`
	EfSearch       int `yaml:"ef_search"`
	// Quantization is none or sq8.
	Quantization string `yaml:"quantization"`
}

// Search is how legs are fused and reranked, and what a query may ask.
type Search struct {
	// Fusion is rrf, relative, dbsf or convex.
	Fusion string `yaml:"fusion"`
	// RankConstant is the k of RRF.
	RankConstant float64 `yaml:"rank_constant"`
	// Weights by leg: keyword, text, joint; a leg left out has the fusion's default.
	Weights map[string]float64 `yaml:"weights"`
	// Depth is the number of candidates of a leg, RerankDepth those of the ranker.
	Depth       int `yaml:"depth"`
	RerankDepth int `yaml:"rerank_depth"`
	// Ranker is the path of a linear ranking model (JSON); empty uses the builtin one.
	Ranker string `yaml:"ranker"`
	// CrossEncoder is the name of a model that reads the query with each of the first CrossDepth hits; empty is none.
	CrossEncoder string        `yaml:"cross_encoder"`
	CrossDepth   int           `yaml:"cross_depth"`
	CrossTimeout time.Duration `yaml:"cross_timeout"`
	TextLength   int           `yaml:"text_length"`
	PageSize     int           `yaml:"page_size"`
	Window       int           `yaml:"window"`
	// Floors are, by vector space, the least cosine similarity at which a product matches a query by words. A space that is not named has the floor
	// of its encoder's manifest.
	Floors map[string]float64 `yaml:"floors"`
	// FacetValues is the largest number of values of one facet, Facets that of facets of one query.
	FacetValues   int           `yaml:"facet_values"`
	Facets        int           `yaml:"facets"`
	LegTimeout    time.Duration `yaml:"leg_timeout"`
	EmbedTimeout  time.Duration `yaml:"embed_timeout"`
	RerankTimeout time.Duration `yaml:"rerank_timeout"`
	FacetsTimeout time.Duration `yaml:"facets_timeout"`
}

// Pictures is what may be fetched and decoded.
type Pictures struct {
	// Root is the folder that relative picture paths start from.
	Root string `yaml:"root"`
	// AllowPrivate lets picture URLs reach private, loopback and link-local addresses.
	AllowPrivate bool          `yaml:"allow_private"`
	Bytes        Size          `yaml:"bytes"`
	Pixels       int           `yaml:"pixels"`
	Side         int           `yaml:"side"`
	Redirects    int           `yaml:"redirects"`
	Timeout      time.Duration `yaml:"timeout"`
	// Cache is the room for pictures of catalogues and for vectors of pictures, in Data; 0 keeps none.
	Cache Size `yaml:"cache"`
	// PerHost is how many pictures of catalogues are fetched from a host at once, Delay the time between two requests to it, Attempts how often a host is asked that is
	// too busy, and Proxy uses the proxies of the environment for them.
	PerHost  int           `yaml:"per_host"`
	Delay    time.Duration `yaml:"delay"`
	Attempts int           `yaml:"attempts"`
	Proxy    bool          `yaml:"proxy"`
}

// Loader is how catalogue files are read.
type Loader struct {
	RowBytes Size   `yaml:"row_bytes"`
	Currency string `yaml:"currency"`
	// Rejected is the number of rejected rows of a reindex that are kept for download.
	Rejected int `yaml:"rejected"`
}

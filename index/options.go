package index

import (
	"context"
	"runtime"
	"time"

	"vitrine"
	"vitrine/index/catalog"
	"vitrine/index/keyword"
	"vitrine/index/vector/coder"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
)

// Embedder turns texts and pictures into unit vectors by space. It is called from several goroutines at once.
type Embedder interface {
	// Texts returns one set of vectors per text, in order.
	Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error)
	// Images returns, per encoded picture, its vectors or what is wrong with it.
	Images(ctx context.Context, data [][]byte) ([]vitrine.Vectors, []error)
}

// Pictures fetches what a product's Images refer to. It is called from several goroutines at once.
type Pictures interface {
	// Fetch returns the encoded picture.
	Fetch(ctx context.Context, ref string) ([]byte, error)
}

// Space is a vector space: which model fills it, and with how many dimensions.
type Space struct {
	Model     string `json:"model"`
	Dimension int    `json:"dimension"`
}

// The kinds of vector engine.
const (
	// EngineHNSW is our graph: the default.
	EngineHNSW = "hnsw"
	// EngineFlat compares with every vector: exact, for up to some ten thousand products.
	EngineFlat = "flat"
	// EngineCoder is the adapter over coder/hnsw, a baseline; beyond a few thousand products it needs a lower [Gates].MinRecall.
	EngineCoder = "coder"
)

// Clips fetches what a product's Clips refer to and turns it into the vectors of a picture. It is called from several goroutines at once.
type Clips interface {
	Clip(ctx context.Context, ref string) (vitrine.Vectors, error)
}

// Options of [Open]; the zero value serves keyword search alone.
type Options struct {
	// Embedder fills Spaces; nil means that generations have no vectors.
	Embedder Embedder
	// Spaces are the spaces that Embedder fills: [vitrine.SpaceText] from a product's words, [vitrine.SpaceJoint] from its pictures and clips.
	Spaces map[string]Space
	// Pictures fetches product pictures; nil means that none are embedded.
	Pictures Pictures
	// PicturesPerProduct is how many of a product's first pictures are embedded, default 1. Sensible: 1 to 5; each costs an encoder
	// run at indexing time and a vector in memory. Too few shows when shoppers photograph the back of things.
	PicturesPerProduct int
	// Clips embeds product clips, each a vector beside those of the pictures; nil means that none are embedded.
	Clips Clips
	// ClipsPerProduct is how many of a product's first clips are embedded, default 1. Each costs as much as its frames, and some seconds of ffmpeg.
	ClipsPerProduct int
	// Engine is the kind of vector engine of new generations, default [EngineHNSW].
	Engine string

	// Options of the parts.
	Catalog catalog.Options
	Keyword keyword.Options
	HNSW    hnsw.Options
	Flat    flat.Options
	Coder   coder.Options

	// Batch is the number of products that are embedded, stored and made searchable together, default 256. Sensible: 64 to 4,096.
	// Smaller costs more disk syncs per product, larger more memory and a longer wait of other writers.
	Batch int
	// Workers is the number of batches embedded at once, default one per core. More than the cores only helps slow picture hosts.
	Workers int
	// Fetchers is the number of pictures fetched, held in memory and embedded together by one worker, default 16.
	Fetchers int
	// Patience is how long building a generation waits for searches before each step, which is to read, analyse or insert one product; default 3 ms, negative means not at
	// all. Sensible: 1 to 20 ms. Too low: searches are slow during a reindex. Too high: a reindex is slow under traffic without pause, by some times as much for each product.
	Patience time.Duration
	// SaveEvery is the number of changed vectors after which vector engines are saved, default 50,000. After a crash that many at most are inserted again.
	SaveEvery int
	// Problems is the number of single problems that a report lists, default 100. All are counted anyway.
	Problems int
	// Gates are what a new generation has to pass before it serves.
	Gates Gates

	// Tuning reads how the keyword leg of an index searches out of its settings, which [Indexes.SetSettings] keeps; nil data are none. Default is what Keyword says
	// for every index. An error of code Invalid refuses the settings.
	Tuning func(settings []byte) (keyword.Tuning, error)

	// courtesy is that of all indexes of a root.
	courtesy *courtesy
}

func (o Options) withDefaults() (Options, error) {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&o.PicturesPerProduct, 1)
	set(&o.ClipsPerProduct, 1)
	if o.Patience == 0 {
		o.Patience = 3 * time.Millisecond
	}
	set(&o.Batch, 256)
	set(&o.Workers, runtime.GOMAXPROCS(0))
	set(&o.HNSW.Workers, runtime.GOMAXPROCS(0))
	set(&o.Fetchers, 16)
	set(&o.SaveEvery, 50_000)
	set(&o.Problems, 100)
	if o.Engine == "" {
		o.Engine = EngineHNSW
	}
	o.Gates = o.Gates.withDefaults()
	if o.Embedder == nil {
		o.Spaces = nil
	}
	for name, space := range o.Spaces {
		if !isName(name) || space.Dimension < 1 {
			return o, vitrine.Errorf(vitrine.Invalid, "vector space %q of %d dimensions: not a space", name, space.Dimension)
		}
	}
	switch o.Engine {
	case EngineHNSW, EngineFlat, EngineCoder:
		return o, nil
	}
	return o, vitrine.Errorf(vitrine.Invalid, "vector engine %q: none of hnsw, flat, coder", o.Engine)
}

// isName reports whether s can name an index or a space: it becomes a file name and a part of a URL.
func isName(s string) bool { return vitrine.ValidateIndexName(s) == nil }

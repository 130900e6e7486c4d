package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"

	"vitrine"
	"vitrine/api/web"
	"vitrine/configs"
	"vitrine/embed"
	"vitrine/embed/imaging"
	"vitrine/index"
	"vitrine/index/keyword"
	"vitrine/index/vector/hnsw"
	"vitrine/insight/opinion"
	"vitrine/loaders/pictures"
	"vitrine/rerank"
	"vitrine/retrieve"
	"vitrine/retrieve/understand"
	"vitrine/store/cache"
)

// engine joins encoder, indexes, retrieval and ranking; every command and the server work on one.
type engine struct {
	config  *configs.Config
	encoder *embed.Encoder
	// pictures fetches those of queries, productPictures those of catalogues.
	pictures        *pictures.Fetcher
	productPictures *pictures.Fetcher
	// kept is nil without a cache of pictures.
	kept     *cache.Store
	clips    *clips
	indexes  *index.Indexes
	ranker   *rerank.Linear
	retrieve retrieve.Options
	lexicons *lexicons
	// shoppers is nil unless openShoppers was called, and rankers unless openRankers was.
	shoppers *shoppers
	rankers  *rankers
	// judge is nil without a cross-encoder.
	judge *embed.CrossEncoder
	// recogniser is nil without a speech model.
	recogniser *embed.Recogniser
	// recommendations is nil unless openRecommendations was called.
	recommendations *recommendations
	// opinions is nil unless openOpinions was called.
	opinions *opinion.Monitor
	// eyes are the shoppers whose eyes one may look through on the pages of the demo.
	eyes []web.Shopper
	// without names what could not be opened and is not needed to go on.
	without []string

	merchandise *merchandise
	own         *ownSettings
	// keyword are the options of the keyword leg as the settings file has them.
	keyword keyword.Options
	// desk is nil unless openHelpDesk was called.
	desk    *helpDesk
	backups *backups
}

// openEngine opens everything that the settings name. Without ONNX Runtime it goes on with keywords alone, as the log says, unless
// vectors are required.
func openEngine(ctx context.Context, c *configs.Config, requireVectors bool) (e *engine, err error) {
	e = &engine{config: c, merchandise: &merchandise{}, own: &ownSettings{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	if e.encoder, err = openEncoder(c); err != nil {
		if requireVectors || vitrine.CodeOf(err) != vitrine.Unavailable {
			return e, err
		}
		slog.Warn("no encoder: keywords only", "reason", err)
		e.without = append(e.without, "encoder: "+err.Error())
	}
	if e.pictures, err = openPictures(c); err != nil {
		return e, err
	}
	if e.productPictures, e.kept, err = openProductPictures(c); err != nil {
		return e, err
	}
	if e.clips, err = openClips(c, e.encoder); err != nil {
		return e, err
	}
	if e.ranker, err = openRanker(c.Search.Ranker); err != nil {
		return e, err
	}
	if e.judge, err = openCrossEncoder(c); err != nil {
		return e, err
	}
	if e.recogniser, err = openRecogniser(c); err != nil {
		return e, err
	}
	if e.retrieve, err = retrieveOptions(c); err != nil {
		return e, err
	}
	e.retrieve.Floors = floors(c.Search.Floors, e.encoder)
	o, err := e.indexOptions()
	if err != nil {
		return e, err
	}
	var embedder understand.Embedder
	if e.encoder != nil {
		embedder = e.encoder
	}
	e.lexicons = newLexicons(&c.Understanding, embedder)
	e.indexes, err = index.Open(ctx, c.Data, o)
	e.backups = &backups{config: c.Backup, indexes: e.indexes}
	return e, err
}

func (e *engine) close() error {
	var errs []error
	if e.rankers != nil {
		e.rankers.close()
	}
	if e.lexicons != nil {
		e.lexicons.close()
	}
	if e.recommendations != nil {
		e.recommendations.close()
	}
	if e.desk != nil {
		errs = append(errs, e.desk.close())
	}
	if e.opinions != nil {
		errs = append(errs, e.opinions.Close())
	}
	if e.shoppers != nil {
		errs = append(errs, e.shoppers.close())
	}
	if e.indexes != nil {
		errs = append(errs, e.indexes.Close())
	}
	if e.pictures != nil {
		e.pictures.Close()
	}
	if e.productPictures != nil {
		e.productPictures.Close()
	}
	if e.clips != nil {
		e.clips.close()
	}
	if e.judge != nil {
		errs = append(errs, e.judge.Close())
	}
	if e.recogniser != nil {
		errs = append(errs, e.recogniser.Close())
	}
	if e.encoder != nil {
		errs = append(errs, e.encoder.Close())
	}
	return errors.Join(errs...)
}

func openEncoder(c *configs.Config) (*embed.Encoder, error) {
	return embed.Open(embed.Options{
		Models: embed.Models{Dir: c.Models.Dir}, Text: c.Models.Text, Joint: c.Models.Joint, Library: c.Models.Library,
		Threads: c.Models.Threads, Workers: c.Models.Workers, Spin: c.Models.Spinning, Cached: c.Models.Cached,
		Pictures: pictureLimits(c),
	})
}

// pictureLimits bound what is decoded.
func pictureLimits(c *configs.Config) imaging.Limits {
	return imaging.Limits{Bytes: int(c.Picture.Bytes), Pixels: c.Picture.Pixels, Side: c.Picture.Side}
}

func openPictures(c *configs.Config) (*pictures.Fetcher, error) {
	return pictures.New(pictureOptions(c))
}

func pictureOptions(c *configs.Config) pictures.Options {
	redirects := c.Picture.Redirects
	if redirects == 0 {
		redirects = -1
	}
	return pictures.Options{
		Root: c.Picture.Root, Bytes: int64(c.Picture.Bytes), Timeout: c.Picture.Timeout, Redirects: redirects, AllowPrivate: c.Picture.AllowPrivate,
	}
}

// openRanker reads a linear model from a JSON file; an empty path means the builtin one.
func openRanker(path string) (*rerank.Linear, error) {
	if path == "" {
		return rerank.New(rerank.Default())
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "ranker: %w", err)
	}
	var model rerank.Model
	if err := json.Unmarshal(data, &model); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "ranker %s: %w", path, err)
	}
	return rerank.New(model)
}

func (e *engine) indexOptions() (index.Options, error) {
	c := e.config
	synonyms, err := readSynonyms(c.Keyword.Synonyms)
	if err != nil {
		return index.Options{}, err
	}
	stopWords, err := readStopWords(c.Keyword.StopWords)
	if err != nil {
		return index.Options{}, err
	}
	o := index.Options{
		PicturesPerProduct: c.Index.Pictures, Engine: c.Index.Engine, Patience: cmp.Or(c.Index.Patience, -1),
		Keyword: keyword.Options{
			K1: c.Keyword.K1, B: c.Keyword.B, MinimumMatch: c.Keyword.MinimumMatch, Enough: c.Keyword.Enough, CacheBytes: int(c.Keyword.CacheBytes),
			Synonyms: synonyms, StopWords: stopWords,
			Typos: keyword.Typos{Off: !c.Keyword.Typos}, Completions: keyword.Completions{Off: !c.Keyword.Typos},
		},
		HNSW: hnsw.Options{
			M: c.Vector.M, EfConstruction: c.Vector.EfConstruction, EfSearch: c.Vector.EfSearch, Quantization: hnsw.Quantization(c.Vector.Quantization),
		},
		Gates: index.Gates{MinShare: c.Index.MinimumShare, MaxRejected: c.Index.MaximumFailures, MinRecall: c.Index.MinimumRecall},
		// An upsert reports every rejected product of its batch.
		Problems: upsertBatch,
	}
	e.keyword = o.Keyword
	o.Tuning = func(data []byte) (keyword.Tuning, error) { return tuning(data, e.keyword) }
	if c.Index.Pictures > 0 {
		o.Pictures = e.productPictures
		if e.clips != nil && c.Clip.PerProduct > 0 {
			o.Clips, o.ClipsPerProduct = productClips{e.clips}, c.Clip.PerProduct
		}
	}
	if e.encoder != nil {
		o.Embedder = e.encoder
		o.Spaces = map[string]index.Space{}
		for name, s := range e.encoder.Spaces() {
			o.Spaces[name] = index.Space{Model: s.Model, Dimension: s.Dimension}
		}
		if e.kept != nil {
			o.Embedder = newKeptVectors(e.encoder, o.Spaces, e.kept)
		}
	}
	return o, nil
}

func retrieveOptions(c *configs.Config) (retrieve.Options, error) {
	s := c.Search
	fusion, err := retrieve.FusionNamed(s.Fusion, s.RankConstant)
	if err != nil {
		return retrieve.Options{}, err
	}
	return retrieve.Options{
		Limits: vitrine.QueryLimits{TextLength: s.TextLength, PageSize: s.PageSize, Window: s.Window, Facets: s.Facets},
		Fusion: fusion, Weights: s.Weights, Depth: s.Depth, RerankDepth: s.RerankDepth, JudgeDepth: s.CrossDepth, FacetValues: s.FacetValues,
		Timeouts: retrieve.Timeouts{
			Leg: s.LegTimeout, Embed: s.EmbedTimeout, Fetch: c.Picture.Timeout, Clip: c.Clip.Timeout, Rerank: s.RerankTimeout, Facets: s.FacetsTimeout,
			Judge: s.CrossTimeout,
		},
		Literal: !c.Understanding.Enabled, Strict: !c.Understanding.Relax, AlternativeShare: c.Understanding.Alternative,
		OnDegrade: func(part string, err error) { slog.Warn("degraded", "part", part, "reason", err) },
	}, nil
}

// retriever returns a retriever over the generation that serves an index now, and a function that gives the generation back.
func (e *engine) retriever(name string) (*retrieve.Retriever, func(), error) {
	return e.retrieverWith(name, nil)
}

// retrieverWith is a retriever of which change, unless it is nil, has changed the parts and options.
func (e *engine) retrieverWith(name string, change func(*retrieve.Parts, *retrieve.Options)) (*retrieve.Retriever, func(), error) {
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return nil, nil, err
	}
	name = g.Index() // an alias may leave for another index meanwhile
	o, rules := e.retrieve, e.rules(name)
	parts := retrieve.Parts{Lexical: g.Keyword(), Columns: g.Keyword(), Speller: g.Keyword(), Rules: rules, Catalogue: g, Vectors: g, Reranker: e.ranker, Pictures: e.pictures}
	if e.encoder != nil {
		parts.Embedder = e.encoder
	}
	parts.Crop = func(data []byte, box vitrine.Box) ([]byte, error) {
		return imaging.Crop(data, box, pictureLimits(e.config))
	}
	if e.clips != nil {
		parts.Clips = e.clips
	}
	if e.judge != nil {
		parts.Judge = e.judge
	}
	if reader := e.lexicons.reader(e.indexes, g); reader != nil {
		parts.Interpreter = reader
	}
	if e.shoppers != nil {
		parts.Profiles = e.shoppers
	}
	if e.rankers != nil {
		parts.Reranker = e.rankers.ranker
	}
	e.settle(g, &parts, &o)
	if change != nil {
		change(&parts, &o)
	}
	r := retrieve.New(parts, o)
	return r, func() {
		// A leg that was given up at its deadline may still read the generation.
		go func() {
			r.Wait()
			release()
		}()
	}, nil
}

// Search answers a query from the named index.
func (e *engine) Search(ctx context.Context, name string, q vitrine.Query) (*vitrine.Results, error) {
	heard, err := e.hear(ctx, name, &q)
	if err != nil {
		return nil, err
	}
	results, err := e.searchWith(ctx, name, q, nil)
	if err != nil {
		return nil, err
	}
	results.Heard = heard
	return results, nil
}

// searchWith answers with other parts or options than those of the settings; see retrieverWith.
func (e *engine) searchWith(ctx context.Context, name string, q vitrine.Query, change func(*retrieve.Parts, *retrieve.Options)) (*vitrine.Results, error) {
	r, release, err := e.retrieverWith(name, change)
	if err != nil {
		return nil, err
	}
	defer release()
	return r.Search(ctx, q)
}

// Similar answers with products like the given one.
func (e *engine) Similar(ctx context.Context, name, id string, q vitrine.Query) (*vitrine.Results, error) {
	r, release, err := e.retriever(name)
	if err != nil {
		return nil, err
	}
	defer release()
	sq := retrieve.SimilarQuery{Limit: q.PageSize, Filter: q.Filter, Explain: q.Explain}
	if q.Diversity != 0 {
		sq.Diversity = &q.Diversity
	}
	return r.Similar(ctx, id, sq)
}

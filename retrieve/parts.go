package retrieve

import (
	"context"

	"vitrine"
)

// Lexical finds products by their words, filters them and counts their facets. Safe for concurrent use.
type Lexical interface {
	// Match ranks by BM25, best first, ties by Doc, at most k; matched holds every product that matches. A nil allowed means all.
	// The caller may not change matched. Text without a searchable word matches nothing.
	Match(ctx context.Context, text string, allowed *vitrine.DocSet, k int) (top []vitrine.Candidate, matched *vitrine.DocSet, err error)
	// Filter returns the products for which the filter holds; [vitrine.Invalid] names an unknown field.
	Filter(ctx context.Context, f *vitrine.Filter) (*vitrine.DocSet, error)
	// Facets counts the values of fields over a set of products, per field at most as many as its request's limit; [vitrine.Invalid] names an
	// unknown field.
	Facets(ctx context.Context, requests []vitrine.FacetRequest, over *vitrine.DocSet) (map[string]vitrine.Facet, error)
	// Highlight returns HTML-escaped snippets of the product's texts, by field, with the words of the text in <em>.
	Highlight(text string, p *vitrine.Product) map[string]string
}

// Vectors finds products by nearness. Safe for concurrent use.
type Vectors interface {
	// Nearest ranks by cosine similarity, best first, ties by Doc, each product once, at most k. A nil allowed means all.
	Nearest(ctx context.Context, space string, v []float32, allowed *vitrine.DocSet, k int) ([]vitrine.Candidate, error)
	// Vector returns a product's unit vector, nil when it has none in the space.
	Vector(space string, d vitrine.Doc) []float32
	// Spaces names the vector spaces there are.
	Spaces() []string
}

// Catalogue knows products. Safe for concurrent use.
type Catalogue interface {
	// Products returns the products in the order of docs, nil where one is gone.
	Products(ctx context.Context, docs []vitrine.Doc) ([]*vitrine.Product, error)
	// Docs returns the documents of product ids in their order; [vitrine.NotFound] names the first unknown id.
	Docs(ctx context.Context, ids []string) ([]vitrine.Doc, error)
	// Live returns the set of all products; it is the caller's to change.
	Live() *vitrine.DocSet
}

// Embedder turns a query into unit vectors, one per space that it can speak for. Safe for concurrent use.
type Embedder interface {
	Text(ctx context.Context, text string) (vitrine.Vectors, error)
	// Image reads an encoded picture; a broken one is [vitrine.Invalid] or [vitrine.TooLarge].
	Image(ctx context.Context, data []byte) (vitrine.Vectors, error)
}

// Reranker puts the best hits in a better order. Safe for concurrent use.
type Reranker interface {
	// Rerank sets the hits' scores, sorts them by score, ties by id, and fills Explain.Features. Every hit comes with its Product and with
	// Explain.Legs. After an error the hits are in no particular order.
	Rerank(ctx context.Context, q *vitrine.Query, hits []vitrine.Hit) error
}

// Interpreter says what the words of a query mean in the catalogue. Safe for concurrent use.
type Interpreter interface {
	// Understand reads a text. With an error the understanding may still be there, and then lacks something.
	Understand(ctx context.Context, text string) (*vitrine.Understanding, error)
}

// Judge reads a query with each of a few texts and says how well they answer it. Safe for concurrent use.
type Judge interface {
	// Score returns a number per text, higher is better.
	Score(ctx context.Context, query string, texts []string) ([]float64, error)
}

// Pictures fetches the picture that a query names by URL, under its own limits of size, time and address.
type Pictures interface {
	Fetch(ctx context.Context, ref string) ([]byte, error)
}

// Clips turns a clip into unit vectors as of a picture. Safe for concurrent use; a broken clip is [vitrine.Invalid] or [vitrine.TooLarge].
type Clips interface {
	Clip(ctx context.Context, data []byte) (vitrine.Vectors, error)
}

// Columns knows the values of fields by product. Safe for concurrent use; [vitrine.Invalid] names an unknown field.
type Columns interface {
	// Sorted returns the first k products of a set by sort keys, equals in the order of ties.
	Sorted(ctx context.Context, over *vitrine.DocSet, by []vitrine.SortKey, ties func(a, b vitrine.Doc) int, k int) ([]vitrine.Doc, error)
	// Groups numbers the different values of a field among a set of products, from 1, by Doc; 0, or a Doc past the end, has no value. Of several
	// values of a product one counts.
	Groups(ctx context.Context, field string, over *vitrine.DocSet) ([]uint32, error)
}

// Rules are what the shop wants of queries. Safe for concurrent use.
type Rules interface {
	// Effects says what the rules make of a query now.
	Effects(q *vitrine.Query) vitrine.Effects
}

// Profiles knows shoppers. Safe for concurrent use.
type Profiles interface {
	// Profile returns what is known of the user, or of the visitor in the session when the user is empty; nil when nothing is.
	Profile(ctx context.Context, user, session string) (*vitrine.Profile, error)
}

// Speller knows how words are spelt. Safe for concurrent use.
type Speller interface {
	// Correct returns the text with its misspelt words mended, "" when there is nothing to mend.
	Correct(ctx context.Context, text string) (string, error)
}

// Parts are what a [Retriever] is made of.
type Parts struct {
	// Lexical and Catalogue must be given.
	Lexical   Lexical
	Catalogue Catalogue
	// Vectors may be nil: no vector legs, and every query that would have had them says so in Degraded.
	Vectors Vectors
	// Columns may be nil: sort and collapse are then refused.
	Columns Columns
	// Speller may be nil: no answer asks "did you mean".
	Speller Speller
	// Rules may be nil: nothing but the query then decides.
	Rules Rules
	// Embedder may be nil: words are found by the keyword leg alone, pictures not at all.
	Embedder Embedder
	// Reranker may be nil: the fused order stands.
	Reranker Reranker
	// Profiles may be nil: nothing is known of any shopper.
	Profiles Profiles
	// Pictures may be nil: image_url is invalid.
	Pictures Pictures
	// Clips may be nil: clip is invalid.
	Clips Clips
	// Crop cuts a part out of an encoded picture; may be nil: crop is invalid. Safe for concurrent use.
	Crop func(data []byte, box vitrine.Box) ([]byte, error)
	// Judge may be nil: the reranked order stands.
	Judge Judge
	// Interpreter may be nil: words stand for themselves.
	Interpreter Interpreter
}

package retrieve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"vitrine"
)

// Retriever answers queries from one generation of an index. It is cheap to make and safe for concurrent use.
type Retriever struct {
	Parts
	options Options
	// running counts the work that may have outlived its search.
	running sync.WaitGroup
}

// New returns a Retriever of the given parts; it does not close them.
func New(parts Parts, options Options) *Retriever {
	return &Retriever{Parts: parts, options: options.withDefaults()}
}

// Wait returns when no leg of a past search is running any more. Call it after the last search and before the parts are closed.
func (r *Retriever) Wait() { r.running.Wait() }

// Search answers a query. The error's code is [vitrine.Invalid] or [vitrine.TooLarge] when the query is at fault, with the field named,
// [vitrine.NotFound] for an unknown product in like or unlike, and [vitrine.Unavailable] when no leg could answer or ctx is over.
//
// Total counts every keyword match and those candidates of the vector legs, at most Options.Depth of each, that reach the leg's floor;
// facets count over the same products. Hits follow in this order: the best Options.RerankDepth fused candidates as the reranker sorts them,
// the other fused candidates, then the remaining keyword matches. Boosts and rules move hits among the first RerankDepth. A query that is only a
// filter browses: newest product first. With sort keys they decide over all matches.
func (r *Retriever) Search(ctx context.Context, q vitrine.Query) (*vitrine.Results, error) {
	if r.options.Defaults != nil {
		r.options.Defaults(&q)
	}
	if err := q.Normalize(r.options.Limits); err != nil {
		return nil, err
	}
	s := r.newSearch(&q)
	s.merchandise()
	s.interpret(ctx)
	if err := s.resolve(ctx); err != nil {
		return nil, err
	}
	p, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.collapse(ctx, p); err != nil {
		return nil, err
	}
	if err := s.order(ctx, p); err != nil {
		return nil, err
	}
	return s.answer(ctx, p)
}

// find returns the pool of the query, with what rules pin.
func (s *search) find(ctx context.Context) (p *pool, err error) {
	if s.browsing() {
		p = s.browse()
	} else if p, err = s.seek(ctx); err != nil {
		return nil, err
	}
	return p, s.pin(ctx, p)
}

// search is the state of one query on its way.
type search struct {
	*Retriever
	query  *vitrine.Query
	stages *stages
	like   []vitrine.Doc
	unlike []vitrine.Doc
	// allowed are the products that may be answered, nil for all; wished are those before the rules had a say.
	allowed *vitrine.DocSet
	wished  *vitrine.DocSet
	// effects are what the rules make of the query.
	effects vitrine.Effects
	// aimed is where the query points in each space; nil until that is known.
	aimed map[string]aim
	// relaxed says what was given up to find anything, and afar that floors are lowered.
	relaxed  []string
	afar     bool
	mu       sync.Mutex
	degraded []string
}

func (r *Retriever) newSearch(q *vitrine.Query) *search {
	return &search{Retriever: r, query: q, stages: newStages()}
}

// resolve checks how the query's fields go together and looks up what they name: example products and the filter's products.
func (s *search) resolve(ctx context.Context) (err error) {
	q := s.query
	anchored := q.Text != "" || q.Pictured() || len(q.Like) > 0
	switch {
	case len(q.Image) > 0 && q.ImageURL != "":
		return vitrine.Errorf(vitrine.Invalid, "field image_url: image is given too")
	case len(q.Clip) > 0 && (len(q.Image) > 0 || q.ImageURL != ""):
		return vitrine.Errorf(vitrine.Invalid, "field clip: image or image_url is given too")
	case len(q.Clip) > 0 && s.Clips == nil:
		return vitrine.Errorf(vitrine.Invalid, "field clip: searching with clips is switched off")
	case q.ImageURL != "" && s.Pictures == nil:
		return vitrine.Errorf(vitrine.Invalid, "field image_url: fetching pictures is switched off")
	case q.Crop != nil && s.Crop == nil:
		return vitrine.Errorf(vitrine.Invalid, "field crop: cutting pictures is switched off")
	case len(q.Unlike) > 0 && !anchored:
		return vitrine.Errorf(vitrine.Invalid, "field unlike: needs a text, an image or like to start from")
	case q.Mode == vitrine.ModeKeyword && anchored && q.Text == "":
		return vitrine.Errorf(vitrine.Invalid, "field mode: keyword needs a text")
	case anchored && s.shares() == (vitrine.Weights{}):
		return vitrine.Errorf(vitrine.Invalid, "field weights: every part that the query has weighs 0")
	}
	if s.like, err = s.docs(ctx, "like", q.Like); err != nil {
		return err
	}
	if s.unlike, err = s.docs(ctx, "unlike", q.Unlike); err != nil {
		return err
	}
	return s.restrict(ctx, s.examples())
}

// examples are the products that the query names.
func (s *search) examples() []vitrine.Doc {
	return append(s.like[:len(s.like):len(s.like)], s.unlike...)
}

func (s *search) docs(ctx context.Context, field string, ids []string) ([]vitrine.Doc, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	docs, err := s.Catalogue.Docs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", field, err)
	}
	return docs, nil
}

// restrict sets the products that may be answered: those of the filter, without the examples themselves, that the rules leave.
func (s *search) restrict(ctx context.Context, examples []vitrine.Doc) error {
	if s.query.Filter != nil {
		defer s.stages.begin("filter")()
		set, err := s.Lexical.Filter(ctx, s.query.Filter)
		if err != nil {
			return err
		}
		s.allowed = set
	}
	if err := s.conditions(ctx); err != nil {
		return err
	}
	if len(examples) > 0 {
		if s.allowed == nil {
			s.allowed = s.Catalogue.Live()
		} else {
			s.allowed = s.allowed.Clone()
		}
		for _, d := range examples {
			s.allowed.Remove(d)
		}
	}
	s.constrain(ctx)
	return nil
}

// degrade notes that a part is left out of the answer.
func (s *search) degrade(part string, err error) {
	if s.options.OnDegrade != nil {
		s.options.OnDegrade(part, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.degraded = append(s.degraded, part+": "+reason(err))
}

// reason is an error in words for a shopper's program: faults of ours are for [Options.OnDegrade] to see.
func reason(err error) string {
	var e *vitrine.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.As(err, &e) && e.Code != vitrine.Internal:
		return e.Message
	}
	return "internal error"
}

// unanswered is the error of a search that no leg could answer.
func (s *search) unanswered() error {
	return vitrine.Errorf(vitrine.Unavailable, "search: no part could answer: %s", strings.Join(s.degraded, "; "))
}

// results puts the answer's frame round the hits.
func (s *search) results(hits []vitrine.Hit, total int, facets map[string]vitrine.Facet) *vitrine.Results {
	took, list := s.stages.end()
	res := &vitrine.Results{
		Hits: hits, Total: total, Facets: facets, Page: s.query.Page, TookMS: took, Degraded: s.degraded, Stages: list,
		Rules: s.effects.Rules, Redirect: s.effects.Redirect, Banners: s.effects.Banners,
	}
	if len(hits) > 0 {
		res.Relaxed = s.relaxed
	}
	if s.query.Explain {
		res.Understood = s.query.Understood
	}
	return res
}

package retrieve

import (
	"context"

	"vitrine"
)

// listing walks through the hits of a pool in their final order: the head as it was arranged, then the rest as it was ranked, pinned products at
// their places; without what the cursor has shown, and with one hit of a group where they are collapsed. Products are fetched in blocks.
type listing struct {
	*search
	pool *pool
	// block holds hits that are fetched and not yet given out; at is the place in the ranking where the next block begins.
	block []vitrine.Hit
	at    int
	// given counts the hits given out, those of earlier pages included.
	given int
	// pins are still to be given out.
	pins  []pinned
	shown cursor
	// taken are the groups that have their hit, those of pinned products from the start.
	taken map[uint32]bool
	// last and first join the scores of the head and the rest, which are of different kinds.
	last, first float64
	arranged    bool
}

// list starts a walk at the page that the query asks for.
func (s *search) list(ctx context.Context, p *pool) (*listing, error) {
	l := &listing{search: s, pool: p, pins: p.pins, taken: map[uint32]bool{}}
	if s.query.Cursor != "" {
		var err error
		if l.shown, err = readCursor(s.query); err != nil {
			return nil, err
		}
		l.given = l.shown.len()
	}
	for _, pin := range l.pins {
		l.taken[p.group(pin.hit.Doc)] = true
	}
	skip := (s.query.Page - 1) * s.query.PageSize
	head := s.head(p)
	if skip >= head && l.shown.len() == 0 && len(l.pins) == 0 && p.groups == nil {
		// Nothing before the page has a say in it.
		l.at, _ = p.widen(skip, skip+1)
		l.given = l.at
	} else if err := l.arrange(ctx, head); err != nil {
		return nil, err
	}
	for l.given < skip {
		if _, ok, err := l.next(ctx); err != nil || !ok {
			return l, err
		}
	}
	return l, nil
}

// head is the number of hits at the beginning whose order is more than that of the ranking; 0 when there is none. It does not depend on the page, which keeps
// pages consistent with each other.
func (s *search) head(p *pool) int {
	depth := 0
	if s.reranks() || s.moves() {
		depth = s.options.RerankDepth
	}
	if s.query.Diversity > 0 {
		depth = max(depth, s.options.DiversityDepth)
	}
	if depth == 0 || len(s.query.Sort) > 0 {
		return 0
	}
	_, head := p.widen(0, depth)
	return head
}

// arrange fetches the head and puts it in its final order.
func (l *listing) arrange(ctx context.Context, head int) (err error) {
	if head == 0 {
		return nil
	}
	if l.block, err = l.fetch(ctx, l.pool, 0, head); err != nil {
		return err
	}
	l.at = head
	_, ranked := l.pool.widen(0, l.options.RerankDepth)
	ranked = min(ranked, len(l.block))
	if l.reranks() {
		l.rerank(ctx, l.block, ranked)
	}
	l.judge(ctx, l.block[:ranked])
	l.move(l.block[:ranked])
	if l.query.Diversity > 0 {
		_, spread := l.pool.widen(0, l.options.DiversityDepth)
		l.spread(l.block[:min(spread, len(l.block))], l.query.Diversity)
	}
	if len(l.block) > 0 && head < len(l.pool.ranking) {
		l.arranged, l.first, l.last = true, l.pool.ranking[head].Score, l.block[0].Score
		for _, h := range l.block {
			l.last = min(l.last, h.Score)
		}
	}
	return nil
}

// next gives out the next hit; false at the end.
func (l *listing) next(ctx context.Context) (vitrine.Hit, bool, error) {
	for {
		hit, pin, err := l.step(ctx)
		if err != nil || hit == nil {
			return vitrine.Hit{}, false, err
		}
		group := l.pool.group(hit.Doc)
		known := l.shown.has(l.key(hit)) || !pin && (l.pool.pinned(hit.Doc) || group != 0 && l.taken[group])
		l.taken[group] = true
		if known {
			continue
		}
		l.given++
		return *hit, true, nil
	}
}

// step returns the next hit as it stands in the order, and whether it is pinned; nil at the end.
func (l *listing) step(ctx context.Context) (hit *vitrine.Hit, pin bool, err error) {
	if len(l.block) == 0 && l.at < len(l.pool.ranking) {
		if err := l.refill(ctx); err != nil {
			return nil, false, err
		}
	}
	if len(l.pins) > 0 && (l.pins[0].Position <= l.given+1 || len(l.block) == 0) {
		hit, l.pins = &l.pins[0].hit, l.pins[1:]
		return hit, true, nil
	}
	if len(l.block) == 0 {
		return nil, false, nil
	}
	hit, l.block = &l.block[0], l.block[1:]
	return hit, false, nil
}

// refill fetches blocks until one has a product that is still there.
func (l *listing) refill(ctx context.Context) (err error) {
	for len(l.block) == 0 && l.at < len(l.pool.ranking) {
		low, high := l.pool.widen(l.at, l.at+max(l.query.PageSize, smallestBlock))
		if l.block, err = l.fetch(ctx, l.pool, low, high); err != nil {
			return err
		}
		l.at = high
		if l.arranged {
			// The step down is more than rounding can lift.
			const step = 1e-9
			for i := range l.block {
				l.block[i].Score = l.last - step - (l.first - l.block[i].Score)
			}
		}
	}
	return nil
}

// smallestBlock is the number of products that are worth a fetch of their own.
const smallestBlock = 16

// more reports whether there may be further hits.
func (l *listing) more() bool {
	return len(l.block) > 0 || l.at < len(l.pool.ranking) || len(l.pins) > 0
}

// page returns the hits of the query's page, and the cursor of the next.
func (s *search) page(ctx context.Context, p *pool) (hits []vitrine.Hit, next string, err error) {
	l, err := s.list(ctx, p)
	if err != nil {
		return nil, "", err
	}
	for len(hits) < s.query.PageSize {
		hit, ok, err := l.next(ctx)
		if err != nil {
			return nil, "", err
		}
		if !ok {
			break
		}
		hits = append(hits, hit)
	}
	if s.query.Page == 1 && l.more() && l.given+s.query.PageSize <= s.options.Limits.Window {
		for i := range hits {
			l.shown.add(l.key(&hits[i]))
		}
		next = l.shown.write(s.query)
	}
	if err := s.variants(ctx, p, hits); err != nil {
		return nil, "", err
	}
	s.dress(hits)
	return hits, next, nil
}

package main

import (
	"context"
	"maps"
	"slices"

	"vitrine"
	"vitrine/embed"
	"vitrine/index/vector/hnsw"
	"vitrine/loaders/quality"
)

// likeness finds titles and pictures that are nearly the same by their vectors. A nil one finds none.
type likeness struct {
	encoder        *embed.Encoder
	titles, shots  *hnsw.Index
	title, picture float64
	waiting        []waiting
}

// waiting is a product whose vectors are yet to be made.
type waiting struct {
	item    int
	title   string
	picture []byte
}

// likenessBatch is how many products are embedded at a time.
const likenessBatch = 64

// newLikeness opens the encoder, where near duplicates are asked for.
func (c *catalogueCheck) newLikeness() (*likeness, error) {
	if !c.alike {
		return nil, nil //nolint:nilnil // a nil likeness does nothing, as its comment says
	}
	encoder, err := openEncoder(c.config)
	if err != nil {
		return nil, err
	}
	l := &likeness{encoder: encoder, title: c.config.Check.NearTitle, picture: c.config.Check.NearPicture}
	for name, space := range encoder.Spaces() {
		graph, err := hnsw.New(space.Dimension, hnsw.Options{})
		if err != nil {
			return nil, err
		}
		switch name {
		case vitrine.SpaceText:
			l.titles = graph
		case vitrine.SpaceJoint:
			l.shots = graph
		}
	}
	return l, nil
}

// add takes a product in; its nearest are looked for a batch later.
func (l *likeness) add(ctx context.Context, checker *quality.Checker, i int, p *vitrine.Product, picture []byte) error {
	if l == nil {
		return nil
	}
	if l.waiting = append(l.waiting, waiting{i, p.Title, picture}); len(l.waiting) < likenessBatch {
		return nil
	}
	return l.flush(ctx, checker)
}

// flush embeds what waits and looks for what is like it among all before.
func (l *likeness) flush(ctx context.Context, checker *quality.Checker) error {
	if l == nil || len(l.waiting) == 0 {
		return nil
	}
	var texts []string
	var shots [][]byte
	var of []int
	for _, w := range l.waiting {
		texts = append(texts, w.title)
		if w.picture != nil {
			shots, of = append(shots, w.picture), append(of, w.item)
		}
	}
	vectors, err := l.encoder.Texts(ctx, texts)
	if err != nil {
		return err
	}
	for i, w := range l.waiting {
		if err := near(ctx, checker, quality.NearTitle, l.titles, w.item, vectors[i][vitrine.SpaceText], l.title); err != nil {
			return err
		}
	}
	l.waiting = l.waiting[:0]
	seen, errs := l.encoder.Images(ctx, shots)
	for i, item := range of {
		if errs[i] != nil {
			continue // noted as broken
		}
		if err := near(ctx, checker, quality.NearPicture, l.shots, item, seen[i][vitrine.SpaceJoint], l.picture); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// near looks for the vector's nearest among those before it, and adds it.
func near(ctx context.Context, checker *quality.Checker, kind quality.Kind, graph *hnsw.Index, item int, vector []float32, least float64) error {
	if graph == nil || vector == nil {
		return nil
	}
	found, err := graph.Search(ctx, vector, 1, nil)
	if err != nil {
		return err
	}
	if len(found) > 0 && float64(found[0].Score) >= least {
		checker.Alike(kind, item, int(found[0].Doc), float32(found[0].Score))
	}
	return graph.Add([]vitrine.Doc{vitrine.Doc(item)}, [][]float32{vector}) //nolint:contextcheck,gosec // a short insertion; far fewer than 2³¹ products
}

func (l *likeness) close() error {
	if l == nil {
		return nil
	}
	return l.encoder.Close()
}

func sortedKinds(counts map[quality.Kind]int) []quality.Kind {
	return slices.Sorted(maps.Keys(counts))
}

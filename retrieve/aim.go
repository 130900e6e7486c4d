package retrieve

import (
	"context"
	"math"
	"slices"

	"vitrine"
)

// aim is where the query points in one vector space.
type aim struct {
	vector []float32
	// share is how much of the query, from 0 to 1, the vector speaks for: words alone when half of the query is a picture give 0.5.
	share float64
	// weight is how much the leg counts beside others: less for words, which the keyword leg knows too.
	weight float64
}

// part is one part of a composed query with its share of the whole.
type part struct {
	share   float64
	vectors vitrine.Vectors
	words   bool
}

// shares are the weights of the query's given parts; they sum to 1.
func (s *search) shares() vitrine.Weights {
	q, w := s.query, s.query.Weights
	if w == (vitrine.Weights{}) {
		w = vitrine.Weights{Text: 1, Image: 1, Like: 1}
	}
	if q.Text == "" {
		w.Text = 0
	}
	if !q.Pictured() {
		w.Image = 0
	}
	if len(q.Like) == 0 {
		w.Like = 0
	}
	total := w.Text + w.Image + w.Like
	if total == 0 {
		return vitrine.Weights{}
	}
	return vitrine.Weights{Text: w.Text / total, Image: w.Image / total, Like: w.Like / total}
}

// aims composes the query's vector in each space: the weighted sum of the vectors of its words, its picture and the mean of the products to
// come near to, less the mean of those to stay away from (Rocchio, "Relevance Feedback in Information Retrieval", 1971), at unit length.
// An error is the query's fault; what could not be embedded for another reason is left out.
func (s *search) aims(ctx context.Context) (map[string]aim, error) {
	shares := s.shares()
	var parts []part
	if shares.Text > 0 {
		vectors, err := s.text(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{shares.Text, vectors, true})
	}
	if shares.Image > 0 {
		vectors, err := s.image(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{shares.Image, vectors, false})
	}
	if shares.Like > 0 {
		parts = append(parts, part{shares.Like, s.mean(s.like), false})
	}
	away := s.mean(s.unlike)
	aims := map[string]aim{}
	for _, space := range s.Vectors.Spaces() {
		a := s.compose(space, parts)
		if a.weight == 0 {
			continue
		}
		// As much is taken away as is there, so that unlike counts the same in every space.
		addScaled(a.vector, away[space], -s.options.UnlikeShare*a.share)
		if normalize(a.vector) {
			aims[space] = a
		}
	}
	return aims, nil
}

// text embeds the query's words.
func (s *search) text(ctx context.Context) (vitrine.Vectors, error) {
	return s.embed(ctx, "encode text", func(ctx context.Context) (vitrine.Vectors, error) { return s.Embedder.Text(ctx, s.words()) })
}

// image embeds the query's picture, fetched when it is given by URL, or its clip.
func (s *search) image(ctx context.Context) (vitrine.Vectors, error) {
	if len(s.query.Clip) > 0 {
		return s.clip(ctx)
	}
	data, err := s.picture(ctx)
	if data == nil || err != nil {
		return nil, err
	}
	if s.query.Crop != nil {
		if data, err = s.cut(ctx, data); data == nil || err != nil {
			return nil, err
		}
	}
	vectors, err := s.embed(ctx, "encode image", func(ctx context.Context) (vitrine.Vectors, error) { return s.Embedder.Image(ctx, data) })
	return s.compared(vectors, err)
}

// cut returns the part of the picture that is meant; nil when it cannot be had in time.
func (s *search) cut(ctx context.Context, data []byte) ([]byte, error) {
	defer s.stages.begin("crop image")()
	part, err := within(ctx, s.options.Timeouts.Embed, &s.running, func(context.Context) ([]byte, error) { return s.Crop(data, *s.query.Crop) })
	switch code := vitrine.CodeOf(err); {
	case err == nil:
		return part, nil
	case code == vitrine.Invalid || code == vitrine.TooLarge:
		return nil, err
	}
	s.degrade("crop image", err)
	return nil, nil
}

// compared says so when the index has nothing that the vectors of a picture could be compared with.
func (s *search) compared(vectors vitrine.Vectors, err error) (vitrine.Vectors, error) {
	if err == nil && vectors != nil && !s.comparable(vectors) {
		s.degrade("image", vitrine.Errorf(vitrine.Unavailable, "the index has no vectors to compare pictures with"))
	}
	return vectors, err
}

// comparable reports whether the index has any of the vectors' spaces.
func (s *search) comparable(v vitrine.Vectors) bool {
	return slices.ContainsFunc(s.Vectors.Spaces(), func(space string) bool { return v[space] != nil })
}

// embed runs one encoder call within its time. An error is the query's fault; otherwise nil vectors mean that the encoder is not to be had.
func (s *search) embed(ctx context.Context, name string, encode func(context.Context) (vitrine.Vectors, error)) (vitrine.Vectors, error) {
	if s.Embedder == nil {
		s.degrade(name, vitrine.Errorf(vitrine.Unavailable, "no encoder"))
		return nil, nil
	}
	defer s.stages.begin(name)()
	vectors, err := within(ctx, s.options.Timeouts.Embed, &s.running, encode)
	switch code := vitrine.CodeOf(err); {
	case err == nil:
		return vectors, nil
	case code == vitrine.Invalid || code == vitrine.TooLarge:
		return nil, err
	}
	s.degrade(name, err)
	return nil, nil
}

// picture returns the query's picture, fetched when it is given by URL; nil when there is none or when it cannot be had now.
func (s *search) picture(ctx context.Context) ([]byte, error) {
	if s.query.ImageURL == "" {
		return s.query.Image, nil
	}
	defer s.stages.begin("fetch image")()
	data, err := within(ctx, s.options.Timeouts.Fetch, &s.running, func(ctx context.Context) ([]byte, error) {
		return s.Pictures.Fetch(ctx, s.query.ImageURL)
	})
	switch code := vitrine.CodeOf(err); {
	case err == nil:
		return data, nil
	case code == vitrine.Unavailable || code == vitrine.Internal:
		s.degrade("fetch image", err)
		return nil, nil
	}
	return nil, err
}

// mean is the mean of the products' stored vectors in every space where any of them has one.
func (s *search) mean(docs []vitrine.Doc) vitrine.Vectors {
	means := vitrine.Vectors{}
	if len(docs) == 0 {
		return means
	}
	for _, space := range s.Vectors.Spaces() {
		var total []float32
		for _, d := range docs {
			v := s.Vectors.Vector(space, d)
			if total == nil {
				total = make([]float32, len(v))
			}
			addScaled(total, v, 1)
		}
		if normalize(total) {
			means[space] = total
		}
	}
	return means
}

// compose adds up the parts that have a vector in the space. A leg of weight 0 has no aim.
func (s *search) compose(space string, parts []part) aim {
	weight := s.weight(space)
	if weight == 0 {
		return aim{}
	}
	var a aim
	for _, p := range parts {
		v := p.vectors[space]
		if len(v) == 0 {
			continue
		}
		if a.vector == nil {
			a.vector = make([]float32, len(v))
		}
		addScaled(a.vector, v, p.share)
		a.share += p.share
		if p.words {
			a.weight += p.share * weight
		} else {
			a.weight += p.share
		}
	}
	return a
}

// addScaled adds w·v to sum; a v of another length, as of a product without a vector, adds nothing.
func addScaled(sum, v []float32, w float64) {
	if len(v) != len(sum) {
		return
	}
	for i := range sum {
		sum[i] += float32(w) * v[i]
	}
}

// normalize brings v to unit length and reports whether it has a direction at all.
func normalize(v []float32) bool {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if square < 1e-12 {
		return false
	}
	scale := float32(1 / math.Sqrt(square))
	for i := range v {
		v[i] *= scale
	}
	return true
}

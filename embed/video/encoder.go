package video

import (
	"context"
	"errors"

	"vitrine"
)

// Images is the picture tower; safe for concurrent use.
type Images interface {
	// Images encodes picture files; where errs[i] is not nil, picture i has no vectors.
	Images(ctx context.Context, data [][]byte) (vectors []vitrine.Vectors, errs []error)
}

// Encoder turns clips into vectors. It is safe for concurrent use.
type Encoder struct {
	o      Options
	images Images
	turn   chan struct{}
}

// New returns an encoder. Whether ffmpeg is there shows with the first clip.
func New(images Images, o Options) *Encoder {
	o = o.withDefaults()
	return &Encoder{o: o, images: images, turn: make(chan struct{}, o.Concurrent)}
}

// Clip is what was made of a clip.
type Clip struct {
	// Vectors are the means of the frames' unit vectors at unit length, by space.
	Vectors vitrine.Vectors
	// Frames are the key frames in their order.
	Frames []Frame
	// Best are the frames as indices, the one nearest to the mean first, then always the one that differs most from those before it.
	Best []int
}

// Encode reads a clip. Its error is Invalid when the file is no readable clip or has no video stream, TooLarge when a limit is passed, and Unavailable without
// ffmpeg or picture tower and when the time is up.
func (e *Encoder) Encode(ctx context.Context, data []byte) (*Clip, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	clip, err := e.encode(ctx, data)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = vitrine.Errorf(vitrine.Unavailable, "takes too long to read, the limit is %v: %w", e.o.Timeout, ctx.Err())
		}
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "clip: %w", err)
	}
	return clip, nil
}

// Clip returns the vectors of a clip, with the errors of [Encoder.Encode].
func (e *Encoder) Clip(ctx context.Context, data []byte) (vitrine.Vectors, error) {
	clip, err := e.Encode(ctx, data)
	if err != nil {
		return nil, err
	}
	return clip.Vectors, nil
}

func (e *Encoder) encode(ctx context.Context, data []byte) (_ *Clip, err error) {
	frames, err := e.read(ctx, data)
	if err != nil {
		return nil, err
	}
	pictures := make([][]byte, len(frames))
	for i, f := range frames {
		pictures[i] = f.Picture
	}
	vectors, errs := e.images.Images(ctx, pictures)
	if err := errors.Join(errs...); err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(firstOf(errs)), "key frames: %w", err)
	}
	c := &Clip{Frames: frames, Vectors: vitrine.Vectors{}}
	for space := range vectors[0] {
		if c.Vectors[space], err = pool(vectors, space); err != nil {
			return nil, err
		}
	}
	c.Best = best(vectors, c.Vectors)
	return c, nil
}

// firstOf returns the first error that is one.
func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// read takes the key frames of a clip, when it is its turn.
func (e *Encoder) read(ctx context.Context, data []byte) (frames []Frame, err error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if animated(data) {
		a, err := readAnimation(&e.o, data)
		if err != nil {
			return nil, err
		}
		return a.frames(ctx, &e.o)
	}
	f, err := newFile(&e.o, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.remove()) }()
	s, err := f.probe(ctx)
	if err != nil {
		return nil, err
	}
	return f.frames(ctx, s)
}

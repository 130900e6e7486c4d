package embed

import (
	"context"

	"vitrine"
	"vitrine/embed/adapt"
	"vitrine/embed/imaging"
	"vitrine/embed/onnx"
)

// imageEncoder runs one image model.
type imageEncoder struct {
	name         string
	outputs      []Output
	preprocessor *imaging.Preprocessor
	session      *onnx.Session
	// adapter changes the vectors of the joint space; nil for none.
	adapter *adapt.Adapter
	limits  imaging.Limits
	// slots bound the pictures that are decoded and encoded at once for queries.
	slots chan struct{}
}

func newImageEncoder(runtime *onnx.Runtime, m *Model, spaces []string, o Options) (*imageEncoder, error) {
	pre, weights, err := m.imageParts()
	if err != nil {
		return nil, err
	}
	adapter, err := m.adapterPart()
	if err != nil {
		return nil, err
	}
	e := &imageEncoder{
		adapter: adapter, name: m.Name, outputs: choose(m.Image.Outputs, spaces), preprocessor: pre, limits: o.Pictures,
		slots: make(chan struct{}, o.Workers),
	}
	options := onnx.SessionOptions{Threads: o.Threads, Spin: o.Spin, Inputs: []string{m.Image.Inputs.Pixels}}
	for _, out := range e.outputs {
		options.Outputs = append(options.Outputs, out.Name)
	}
	e.session, err = m.session(runtime, m.Image.Model, weights, options)
	return e, err
}

// encode decodes and encodes a few pictures in one run; a picture that cannot be read has its error and doesn't disturb the others.
func (e *imageEncoder) encode(ctx context.Context, data [][]byte, into []vitrine.Vectors, errs []error) error {
	width, height := e.preprocessor.Size()
	size := 3 * width * height
	pixels := make([]float32, 0, len(data)*size)
	var good []int
	for i := range data {
		if err := ctx.Err(); err != nil {
			return err
		}
		picture, err := imaging.Decode(data[i], e.limits)
		if err != nil {
			errs[i] = err
			continue
		}
		pixels = pixels[:len(pixels)+size]
		e.preprocessor.Fill(pixels[len(pixels)-size:], e.preprocessor.Fit(picture))
		good = append(good, i)
	}
	if len(good) == 0 {
		return nil
	}
	outputs, err := e.session.Run(ctx, onnx.Tensor{Shape: []int64{int64(len(good)), 3, int64(height), int64(width)}, Floats: pixels})
	if err != nil {
		return wrapf(err, "model %s: picture", e.name)
	}
	for o := range e.outputs {
		vectors, err := e.outputs[o].vectors(&outputs[o], len(good), nil)
		if err != nil {
			return wrapf(err, "model %s: picture", e.name)
		}
		for row, i := range good {
			if vectors[row] == nil {
				errs[i] = vitrine.Errorf(vitrine.Internal, "model %s: output %s of a picture is not a number", e.name, e.outputs[o].Name)
				continue
			}
			if e.adapter != nil && e.outputs[o].Space == vitrine.SpaceJoint {
				vectors[row] = e.adapter.Picture(vectors[row])
			}
			into[i][e.outputs[o].Space] = vectors[row]
		}
	}
	return nil
}

// one encodes a single picture, waiting for a slot.
func (e *imageEncoder) one(ctx context.Context, data []byte) (vitrine.Vectors, error) {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	vectors, errs := []vitrine.Vectors{{}}, make([]error, 1)
	if err := e.encode(ctx, [][]byte{data}, vectors, errs); err != nil {
		return nil, err
	}
	return vectors[0], errs[0]
}

// bulk encodes many pictures. Each worker decodes its own batch, so that decoding goes on beside the runs of the others.
func (e *imageEncoder) bulk(ctx context.Context, data [][]byte, into []vitrine.Vectors, errs []error, o Options) {
	// A few pictures are spread over the workers rather than put into one batch.
	size := max(1, min(o.BatchImages, len(data)/o.Workers))
	batches := (len(data) + size - 1) / size
	err := parallel(ctx, o.Workers, batches, func(ctx context.Context, b int) error {
		from, to := b*size, min((b+1)*size, len(data))
		if err := e.encode(ctx, data[from:to], into[from:to], errs[from:to]); err != nil {
			if ctx.Err() != nil {
				return err
			}
			fill(errs[from:to], err)
		}
		return nil
	})
	if err != nil {
		for i := range into {
			if len(into[i]) == 0 && errs[i] == nil {
				errs[i] = err
			}
		}
	}
}

func fill(errs []error, err error) {
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
}

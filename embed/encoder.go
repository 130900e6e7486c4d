package embed

import (
	"context"
	"errors"
	"strings"

	"vitrine"
	"vitrine/embed/onnx"
)

// Encoder turns texts and pictures into vectors. It is safe for concurrent use. Vectors that it returns may be shared: treat them as read-only.
type Encoder struct {
	options Options
	runtime *onnx.Runtime
	spaces  map[string]Space
	// texts holds one encoder per text model in use, each with its queue of queries.
	texts   []*textEncoder
	queries []*queries
	// image is nil when the joint model has no eyes.
	image *imageEncoder
	cache *cache
}

// Space is a vector space that the encoder fills.
type Space struct {
	// Model is the [Model.ID] of the model that fills it.
	Model string
	// Dimension is how many numbers a vector has.
	Dimension int
	// Floor is the least cosine similarity at which a query by words matches; 0 when the model does not say.
	Floor float64
}

// Open verifies and loads the models and starts ONNX Runtime. It reports NotFound for an unknown model, Invalid for a damaged one, with the file in question, and
// Unavailable when the runtime's library is missing. Close the encoder after use.
func Open(o Options) (*Encoder, error) {
	o = o.withDefaults()
	text, err := o.Models.Find(o.Text)
	if err != nil {
		return nil, err
	}
	joint := text
	if o.Joint != o.Text {
		if joint, err = o.Models.Find(o.Joint); err != nil {
			return nil, err
		}
	}
	e := &Encoder{options: o, spaces: map[string]Space{}, cache: newCache(o.Cached)}
	if e.runtime, err = onnx.Open(o.Library); err != nil {
		return nil, err
	}
	if err := e.load(text, joint); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Encoder) load(text, joint *Model) error {
	if text == joint {
		if err := e.addText(text, vitrine.SpaceText, vitrine.SpaceJoint); err != nil {
			return err
		}
	} else {
		if err := e.addText(text, vitrine.SpaceText); err != nil {
			return err
		}
		if err := e.addText(joint, vitrine.SpaceJoint); err != nil {
			return err
		}
	}
	if joint.Image == nil || len(choose(joint.Image.Outputs, []string{vitrine.SpaceJoint})) == 0 {
		return nil
	}
	var err error
	e.image, err = newImageEncoder(e.runtime, joint, []string{vitrine.SpaceJoint}, e.options)
	return err
}

// addText loads a model's text tower for the spaces.
func (e *Encoder) addText(m *Model, spaces ...string) error {
	if m.Text == nil || len(choose(m.Text.Outputs, spaces)) == 0 {
		return vitrine.Errorf(vitrine.Invalid, "model %s: turns no text into the space %s", m.Name, strings.Join(spaces, " or "))
	}
	text, err := newTextEncoder(e.runtime, m, spaces, e.options)
	if err != nil {
		return err
	}
	e.texts = append(e.texts, text)
	e.queries = append(e.queries, &queries{encoder: text, options: e.options})
	for _, o := range text.outputs {
		e.spaces[o.Space] = Space{Model: m.ID(), Dimension: o.Dimension, Floor: o.Floor}
	}
	return nil
}

// Spaces returns the spaces that texts are encoded in, by name. Do not change the map.
func (e *Encoder) Spaces() map[string]Space { return e.spaces }

// Text encodes a query in all spaces. A text without a visible character is Invalid; one longer than the model reads is cut. Concurrent calls share runs.
func (e *Encoder) Text(ctx context.Context, text string) (vitrine.Vectors, error) {
	if strings.TrimSpace(text) == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "text: is empty")
	}
	if vectors, ok := e.cache.get(text); ok {
		return vectors, nil
	}
	all := vitrine.Vectors{}
	for _, q := range e.queries {
		vectors, err := q.encode(ctx, text)
		if err != nil {
			return nil, err
		}
		for space, v := range vectors {
			all[space] = v
		}
	}
	e.cache.put(text, all)
	return all, nil
}

// Texts encodes many texts, each in all spaces, in the order given. An empty text is Invalid with its position.
func (e *Encoder) Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error) {
	all := make([]vitrine.Vectors, len(texts))
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "text %d: is empty", i)
		}
		all[i] = vitrine.Vectors{}
	}
	for _, t := range e.texts {
		if err := t.bulk(ctx, texts, all, e.options); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Image encodes a picture file in the joint space. It reports TooLarge and Invalid as [imaging.Decode] does, and Unavailable when the model has no image tower.
func (e *Encoder) Image(ctx context.Context, data []byte) (vitrine.Vectors, error) {
	if e.image == nil {
		return nil, errNoImages()
	}
	return e.image.one(ctx, data)
}

// Images encodes many picture files in the joint space. Where errs[i] is not nil, picture i has no vectors; the others are not affected.
func (e *Encoder) Images(ctx context.Context, data [][]byte) (vectors []vitrine.Vectors, errs []error) {
	vectors, errs = make([]vitrine.Vectors, len(data)), make([]error, len(data))
	if e.image == nil {
		fill(errs, errNoImages())
		return vectors, errs
	}
	for i := range vectors {
		vectors[i] = vitrine.Vectors{}
	}
	e.image.bulk(ctx, data, vectors, errs, e.options)
	for i, err := range errs {
		if err != nil {
			vectors[i] = nil
		}
	}
	return vectors, errs
}

func errNoImages() error {
	return vitrine.Errorf(vitrine.Unavailable, "picture: the joint model has no image tower")
}

// Close frees the models, after the runs under way. Later calls are Unavailable.
func (e *Encoder) Close() error {
	var errs []error
	for _, t := range e.texts {
		if t.session != nil {
			errs = append(errs, t.session.Close())
		}
	}
	if e.image != nil && e.image.session != nil {
		errs = append(errs, e.image.session.Close())
	}
	return errors.Join(append(errs, e.runtime.Close())...)
}

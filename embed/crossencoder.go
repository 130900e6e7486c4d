package embed

import (
	"cmp"
	"context"
	"errors"

	"vitrine"
	"vitrine/embed/onnx"
	"vitrine/embed/tokenizer"
)

// PairTower says how a model reads a query and a text together: a cross-encoder.
type PairTower struct {
	Model     string     `yaml:"model"`
	Tokenizer string     `yaml:"tokenizer"`
	MaxTokens int        `yaml:"max_tokens"`
	Inputs    TextInputs `yaml:"inputs"`
	// Output names the score of each pair, float32 [batch] or [batch, classes], of which the last class counts.
	Output string `yaml:"output"`
}

// CrossEncoder scores how well texts answer a query, reading each with the query: better and far slower than comparing vectors. It is safe for
// concurrent use.
type CrossEncoder struct {
	name      string
	tower     PairTower
	tokenizer *tokenizer.Tokenizer
	runtime   *onnx.Runtime
	session   *onnx.Session
}

// CrossEncoderOptions are the settings of a [CrossEncoder]; a zero field means its default.
type CrossEncoderOptions struct {
	// Library is the ONNX Runtime library; default as for [Options].
	Library string
	// Threads is the number of threads of a run; default 1.
	Threads int
}

// OpenCrossEncoder loads the pair tower of a model. It reports Invalid for a model without one or with damaged files, and Unavailable when the runtime's
// library is missing.
func OpenCrossEncoder(m *Model, o CrossEncoderOptions) (*CrossEncoder, error) {
	if m.Pair == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: is no cross-encoder: its manifest has no pair", m.Name)
	}
	tok, weights, err := m.pairParts()
	if err != nil {
		return nil, err
	}
	e := &CrossEncoder{name: m.Name, tower: *m.Pair, tokenizer: tok}
	if e.runtime, err = onnx.Open(o.Library); err != nil {
		return nil, err
	}
	options := onnx.SessionOptions{Threads: cmp.Or(o.Threads, 1), Outputs: []string{m.Pair.Output}}
	for _, p := range m.Pair.Inputs.ports() {
		options.Inputs = append(options.Inputs, p.Name)
	}
	if e.session, err = m.session(e.runtime, m.Pair.Model, weights, options); err != nil {
		return nil, errors.Join(err, e.runtime.Close())
	}
	return e, nil
}

// Close frees the model.
func (e *CrossEncoder) Close() error { return errors.Join(e.session.Close(), e.runtime.Close()) }

// pairParts reads and checks the tokenizer and the ONNX file of the pair tower.
func (m *Model) pairParts() (*tokenizer.Tokenizer, []byte, error) {
	data, err := m.read(m.Pair.Tokenizer)
	if err != nil {
		return nil, nil, err
	}
	tok, err := tokenizer.Load(data)
	if err == nil {
		_, _, err = tok.Pair("", "", 0)
	}
	if err != nil {
		return nil, nil, wrapf(err, "model %s: file %s", m.Name, m.Pair.Tokenizer)
	}
	weights, err := m.weights(m.Pair.Model, m.Pair.Inputs.ports(), nil)
	if err != nil {
		return nil, nil, err
	}
	signature, err := onnx.ReadSignature(weights)
	if err == nil {
		_, err = signature.Output(m.Pair.Output)
	}
	if err != nil {
		return nil, nil, wrapf(err, "model %s: file %s", m.Name, m.Pair.Model)
	}
	return tok, weights, nil
}

// Score returns the score of each text for the query, higher is better, in one run.
func (e *CrossEncoder) Score(ctx context.Context, query string, texts []string) ([]float64, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	rows, kinds, longest := make([][]int64, len(texts)), make([][]int64, len(texts)), 1
	for i, text := range texts {
		var err error
		if rows[i], kinds[i], err = e.tokenizer.Pair(query, text, e.tower.MaxTokens); err != nil {
			return nil, wrapf(err, "model %s", e.name)
		}
		longest = max(longest, len(rows[i]))
	}
	shape, size := []int64{int64(len(texts)), int64(longest)}, len(texts)*longest
	ids, mask, types := make([]int64, size), make([]int64, size), make([]int64, size)
	for i := range rows {
		for j := range longest {
			at := i*longest + j
			if j < len(rows[i]) {
				ids[at], mask[at], types[at] = rows[i][j], 1, kinds[i][j]
			} else {
				ids[at] = e.tokenizer.Pad()
			}
		}
	}
	inputs := []onnx.Tensor{{Shape: shape, Ints: ids}}
	if e.tower.Inputs.Mask != "" {
		inputs = append(inputs, onnx.Tensor{Shape: shape, Ints: mask})
	}
	if e.tower.Inputs.Types != "" {
		inputs = append(inputs, onnx.Tensor{Shape: shape, Ints: types})
	}
	outputs, err := e.session.Run(ctx, inputs...)
	if err != nil {
		return nil, wrapf(err, "model %s: pairs", e.name)
	}
	values := outputs[0].Floats
	if len(values) == 0 || len(values)%len(texts) != 0 {
		return nil, vitrine.Errorf(vitrine.Internal, "model %s: %d scores for %d pairs", e.name, len(values), len(texts))
	}
	classes := len(values) / len(texts)
	scores := make([]float64, len(texts))
	for i := range scores {
		scores[i] = float64(values[(i+1)*classes-1])
		if scores[i] != scores[i] {
			return nil, vitrine.Errorf(vitrine.Internal, "model %s: a score is not a number", e.name)
		}
	}
	return scores, nil
}

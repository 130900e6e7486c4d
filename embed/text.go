package embed

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"vitrine"
	"vitrine/embed/adapt"
	"vitrine/embed/onnx"
	"vitrine/embed/tokenizer"
)

// textEncoder runs one text model for the spaces that it serves.
type textEncoder struct {
	name      string
	tower     TextTower
	outputs   []Output
	tokenizer *tokenizer.Tokenizer
	session   *onnx.Session
	// adapter changes the vectors of the joint space; nil for none.
	adapter *adapt.Adapter
}

func newTextEncoder(runtime *onnx.Runtime, m *Model, spaces []string, o Options) (*textEncoder, error) {
	tok, weights, err := m.textParts()
	if err != nil {
		return nil, err
	}
	adapter, err := m.adapterPart()
	if err != nil {
		return nil, err
	}
	e := &textEncoder{name: m.Name, tower: *m.Text, outputs: choose(m.Text.Outputs, spaces), tokenizer: tok, adapter: adapter}
	options := onnx.SessionOptions{Threads: o.Threads, Spin: o.Spin}
	for _, p := range m.Text.Inputs.ports() {
		options.Inputs = append(options.Inputs, p.Name)
	}
	for _, out := range e.outputs {
		options.Outputs = append(options.Outputs, out.Name)
	}
	e.session, err = m.session(runtime, m.Text.Model, weights, options)
	return e, err
}

// choose returns the outputs that fill one of the spaces.
func choose(outputs []Output, spaces []string) []Output {
	var chosen []Output
	for _, o := range outputs {
		if slices.Contains(spaces, o.Space) {
			chosen = append(chosen, o)
		}
	}
	return chosen
}

// tokens returns a text's ids, at most the model's limit.
func (e *textEncoder) tokens(text string) []int64 {
	if e.tower.Lowercase {
		text = strings.ToLower(text)
	}
	return e.tokenizer.Append(make([]int64, 0, 32), text, e.tower.MaxTokens)
}

// row is how many tokens a text of n takes in a run, padding included.
func (e *textEncoder) row(n int) int {
	if e.tower.Padding == PadFull {
		return e.tower.MaxTokens
	}
	return max(1, n)
}

// pad is the id that rows are filled up with.
func (e *textEncoder) pad() int64 {
	if e.tower.Pad != nil {
		return *e.tower.Pad
	}
	return e.tokenizer.Pad()
}

// run encodes a batch, padded to its longest text or in full, and adds the vectors to those of each text.
func (e *textEncoder) run(ctx context.Context, batch [][]int64, into []vitrine.Vectors) error {
	longest, lengths := 1, make([]int, len(batch))
	for i, ids := range batch {
		lengths[i] = len(ids)
		longest = max(longest, e.row(len(ids)))
	}
	shape := []int64{int64(len(batch)), int64(longest)}
	size := len(batch) * longest
	ids, mask, pad := make([]int64, size), make([]int64, size), e.pad()
	for i, row := range batch {
		n := copy(ids[i*longest:], row)
		for j := range longest {
			if j < n {
				mask[i*longest+j] = 1
			} else {
				ids[i*longest+j] = pad
			}
		}
	}
	inputs := []onnx.Tensor{{Shape: shape, Ints: ids}}
	if e.tower.Inputs.Mask != "" {
		inputs = append(inputs, onnx.Tensor{Shape: shape, Ints: mask})
	}
	if e.tower.Inputs.Types != "" {
		inputs = append(inputs, onnx.Tensor{Shape: shape, Ints: make([]int64, size)})
	}
	outputs, err := e.session.Run(ctx, inputs...)
	if err != nil {
		return wrapf(err, "model %s: text", e.name)
	}
	for o := range e.outputs {
		vectors, err := e.outputs[o].vectors(&outputs[o], len(batch), lengths)
		if err != nil {
			return wrapf(err, "model %s: text", e.name)
		}
		for i, v := range vectors {
			if v == nil {
				return vitrine.Errorf(vitrine.Internal, "model %s: output %s of a text is not a number", e.name, e.outputs[o].Name)
			}
			if e.adapter != nil && e.outputs[o].Space == vitrine.SpaceJoint {
				v = e.adapter.Text(v)
			}
			into[i][e.outputs[o].Space] = v
		}
	}
	return nil
}

// bulk encodes many texts: the longest first, so that batches hold texts of like length and the workers end together.
func (e *textEncoder) bulk(ctx context.Context, texts []string, into []vitrine.Vectors, o Options) error {
	tokens := make([][]int64, len(texts))
	order := make([]int, len(texts))
	for i, text := range texts {
		tokens[i], order[i] = e.tokens(text), i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(len(tokens[b])-len(tokens[a]), a-b) })
	var batches [][]int
	for start := 0; start < len(order); {
		fit := max(1, o.BatchTokens/e.row(len(tokens[order[start]])))
		end := min(start+min(fit, o.BatchTexts), len(order))
		batches = append(batches, order[start:end])
		start = end
	}
	return parallel(ctx, o.Workers, len(batches), func(ctx context.Context, b int) error {
		rows := make([][]int64, len(batches[b]))
		vectors := make([]vitrine.Vectors, len(rows))
		for i, text := range batches[b] {
			rows[i], vectors[i] = tokens[text], into[text]
		}
		return e.run(ctx, rows, vectors)
	})
}

// parallel calls do for 0 to n-1, in order of start, on a number of workers; the first error ends it.
func parallel(ctx context.Context, workers, n int, do func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(workers, n) {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := do(ctx, i); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

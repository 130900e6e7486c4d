package embed

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"vitrine"
	"vitrine/embed/onnx"
)

// beam is a text on its way: its tokens, without start and end, and the sum of their log-probabilities, that of the end included once it ended.
type beam struct {
	tokens []int64
	logp   float64
	ended  bool
	bias   bias
	// row is the beam's in the past.
	row int
}

// mean is the log-probability a token.
func (b *beam) mean() float64 { return b.logp / float64(len(b.tokens)+1) }

// total is the log-probability with what strange words cost.
func (b *beam) total() float64 { return b.logp - b.bias.cost }

// worth is the total over a root of the length, by which texts of different lengths compare: the total alone prefers short ones, the mean long ones.
func (b *beam) worth() float64 { return b.total() / math.Sqrt(float64(len(b.tokens)+1)) }

// memory is one past input: rows of heads × length × size.
type memory struct {
	onnx.Tensor
	fixed bool
}

// decode finds the likeliest texts of samples by beam search (Lowerre, "The HARPY speech recognition system", 1976), the likeliest first.
func (r *Recogniser) decode(ctx context.Context, samples []float32, l Lexicon) ([]beam, error) {
	encoded, err := r.encoder.Run(ctx, onnx.Tensor{Shape: []int64{1, int64(len(samples))}, Floats: samples})
	if err != nil {
		return nil, err
	}
	hidden := encoded[0]
	most := max(1, int(r.tower.TokensPerSecond*float64(len(samples))/float64(r.tower.Rate)+1))
	past := make([]memory, len(r.past))
	for i, p := range r.past {
		// The first step reads no past; the tensor must be there all the same.
		past[i].Tensor = onnx.Tensor{Shape: []int64{1, p.Shape[1], 1, p.Shape[3]}, Floats: make([]float32, p.Shape[1]*p.Shape[3])}
	}
	alive, ended := []beam{{}}, []beam(nil)
	for step := 0; step < most && len(alive) > 0; step++ {
		logits, err := r.step(ctx, alive, hidden, past, step > 0)
		if err != nil {
			return nil, err
		}
		alive, ended = r.extend(alive, ended, logits, l)
		if len(ended) >= r.options.Beams {
			break
		}
		hidden = repeat(encoded[0], make([]int, len(alive)))
		rows := make([]int, len(alive))
		for i := range alive {
			rows[i], alive[i].row = alive[i].row, i
		}
		for i := range past {
			past[i].Tensor = repeat(past[i].Tensor, rows)
		}
	}
	list := append(ended, alive...)
	slices.SortStableFunc(list, func(a, b beam) int { return cmp.Compare(b.worth(), a.worth()) })
	return list[:min(len(list), r.options.Beams)], nil
}

// step gives the logits of the next token of each beam, and moves the past on.
func (r *Recogniser) step(ctx context.Context, alive []beam, hidden onnx.Tensor, past []memory, cached bool) (onnx.Tensor, error) {
	n := int64(len(alive))
	ids := make([]int64, n)
	for i, b := range alive {
		ids[i] = r.tower.Start
		if len(b.tokens) > 0 {
			ids[i] = b.tokens[len(b.tokens)-1]
		}
	}
	inputs := []onnx.Tensor{{Shape: []int64{n, 1}, Ints: ids}, hidden, {Shape: []int64{1}, Bools: []bool{cached}}}
	for i := range past {
		inputs = append(inputs, past[i].Tensor)
	}
	out, err := r.decoder.Run(ctx, inputs...)
	if err != nil {
		return onnx.Tensor{}, err
	}
	if len(out[0].Shape) != 3 || out[0].Shape[0] != n || out[0].Shape[1] != 1 {
		return onnx.Tensor{}, vitrine.Errorf(vitrine.Invalid, "decoder: logits of shape %v for %d texts", out[0].Shape, n)
	}
	for i := range past {
		// What was heard stays as the first step gave it; later steps do not give it again.
		if !past[i].fixed {
			past[i].Tensor = out[i+1]
		}
		past[i].fixed = strings.Contains(r.past[i].Name, ".encoder.")
	}
	return out[0], nil
}

// extend gives every beam its likeliest next tokens, and keeps the likeliest of all.
func (r *Recogniser) extend(alive, ended []beam, logits onnx.Tensor, l Lexicon) (next, done []beam) {
	width, vocabulary := r.options.Beams, int(logits.Shape[2])
	var list []beam
	for i, b := range alive {
		row := logits.Floats[i*vocabulary : (i+1)*vocabulary]
		highest := slices.Max(row)
		var sum float64
		for _, v := range row {
			sum += math.Exp(float64(v - highest))
		}
		total := float64(highest) + math.Log(sum)
		for _, token := range highestOf(row, width) {
			c := beam{tokens: append(slices.Clone(b.tokens), int64(token)), logp: b.logp + float64(row[token]) - total, bias: b.bias, row: b.row}
			if c.ended = int64(token) == r.tower.End; c.ended {
				c.tokens = b.tokens
			}
			if l != nil {
				if c.ended {
					c.bias.end(l, r.options.Strange)
				} else {
					c.bias.say(r.pieces.text([]int64{int64(token)}), l, r.options.Strange)
				}
			}
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b beam) int { return cmp.Compare(b.total(), a.total()) })
	for _, c := range list[:min(len(list), width)] {
		if c.ended {
			ended = append(ended, c)
		} else {
			next = append(next, c)
		}
	}
	return next, ended
}

// highestOf returns the places of the n highest values, the highest first.
func highestOf(values []float32, n int) []int {
	var top []int
	for i, v := range values {
		if len(top) == n && v <= values[top[n-1]] {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, v, func(j int, v float32) int { // behind those as high
			if values[j] >= v {
				return -1
			}
			return 1
		})
		top = slices.Insert(top, at, i)
		top = top[:min(len(top), n)]
	}
	return top
}

// repeat gives the tensor whose i-th row is the rows[i]-th of t.
func repeat(t onnx.Tensor, rows []int) onnx.Tensor {
	size := len(t.Floats) / max(1, t.Rows())
	out := onnx.Tensor{Shape: slices.Clone(t.Shape), Floats: make([]float32, 0, size*len(rows))}
	out.Shape[0] = int64(len(rows))
	for _, from := range rows {
		out.Floats = append(out.Floats, t.Floats[from*size:(from+1)*size]...)
	}
	return out
}

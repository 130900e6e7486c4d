package embed

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"vitrine"
	"vitrine/embed/audio"
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

// total is the log-probability less what its words cost.
func (b *beam) total() float64 { return b.logp - b.bias.cost - b.bias.ahead }

func byTotal(a, b beam) int { return cmp.Compare(a.total(), b.total()) }

// memory is one past input: rows of heads × length × size.
type memory struct {
	onnx.Tensor
	fixed bool
}

// view is one way to listen to a recording: what the encoder made of it, and the decoder's past.
type view struct {
	encoded, hidden onnx.Tensor
	past            []memory
}

// newView has the encoder listen to samples.
func (r *Recogniser) newView(ctx context.Context, samples []float32) (*view, error) {
	encoded, err := r.encoder.Run(ctx, onnx.Tensor{Shape: []int64{1, int64(len(samples))}, Floats: samples})
	if err != nil {
		return nil, err
	}
	v := &view{encoded: encoded[0], hidden: encoded[0], past: make([]memory, len(r.past))}
	for i, p := range r.past {
		// The first step reads no past; the tensor must be there all the same.
		v.past[i].Tensor = onnx.Tensor{Shape: []int64{1, p.Shape[1], 1, p.Shape[3]}, Floats: make([]float32, p.Shape[1]*p.Shape[3])}
	}
	return v, nil
}

// follow keeps the past of some rows.
func (v *view) follow(rows []int) {
	v.hidden = repeat(v.encoded, make([]int, len(rows)))
	for i := range v.past {
		v.past[i].Tensor = repeat(v.past[i].Tensor, rows)
	}
}

// decode finds the likeliest texts of samples by beam search (Lowerre, "The HARPY speech recognition system", 1976), the likeliest first. Several views of the
// recording vote by the mean of their log-probabilities.
func (r *Recogniser) decode(ctx context.Context, samples []float32, l *lexicon) ([]beam, error) {
	views := make([]*view, len(r.options.Tempos))
	for i, tempo := range r.options.Tempos {
		const whole = 1000
		var err error
		if views[i], err = r.newView(ctx, pad(audio.Resample(samples, int(tempo*whole), whole), r.tower.Rate)); err != nil {
			return nil, err
		}
	}
	most := max(1, int(r.tower.TokensPerSecond*(float64(len(samples))/float64(r.tower.Rate)+1)+1))
	alive, ended := []beam{{}}, []beam(nil)
	for step := 0; step < most && len(alive) > 0; step++ {
		var chances [][]float32
		for _, v := range views {
			logits, err := r.step(ctx, alive, v, step > 0)
			if err != nil {
				return nil, err
			}
			chances = addChances(chances, logits, len(views))
		}
		alive, ended = r.extend(alive, ended, chances, l)
		if len(ended) > 0 && len(alive) > 0 {
			if best := slices.MaxFunc(ended, byTotal); alive[0].total()+hope < best.total() {
				break
			}
		}
		rows := make([]int, len(alive))
		for i := range alive {
			rows[i], alive[i].row = alive[i].row, i
		}
		for _, v := range views {
			v.follow(rows)
		}
	}
	list := ended
	if len(list) == 0 {
		list = alive
	}
	slices.SortStableFunc(list, func(a, b beam) int { return byTotal(b, a) })
	return list[:min(len(list), r.options.Beams)], nil
}

// step gives the logits of the next token of each beam, and moves the past on.
func (r *Recogniser) step(ctx context.Context, alive []beam, v *view, cached bool) (onnx.Tensor, error) {
	n := int64(len(alive))
	ids := make([]int64, n)
	for i, b := range alive {
		ids[i] = r.tower.Start
		if len(b.tokens) > 0 {
			ids[i] = b.tokens[len(b.tokens)-1]
		}
	}
	inputs := []onnx.Tensor{{Shape: []int64{n, 1}, Ints: ids}, v.hidden, {Shape: []int64{1}, Bools: []bool{cached}}}
	for i := range v.past {
		inputs = append(inputs, v.past[i].Tensor)
	}
	out, err := r.decoder.Run(ctx, inputs...)
	if err != nil {
		return onnx.Tensor{}, err
	}
	if len(out[0].Shape) != 3 || out[0].Shape[0] != n || out[0].Shape[1] != 1 {
		return onnx.Tensor{}, vitrine.Errorf(vitrine.Invalid, "decoder: logits of shape %v for %d texts", out[0].Shape, n)
	}
	for i := range v.past {
		// What was heard stays as the first step gave it; later steps do not give it again.
		if !v.past[i].fixed {
			v.past[i].Tensor = out[i+1]
		}
		v.past[i].fixed = strings.Contains(r.past[i].Name, ".encoder.")
	}
	return out[0], nil
}

// addChances adds the log-probabilities of the rows of logits, a part of views, to those of the views before.
func addChances(chances [][]float32, logits onnx.Tensor, views int) [][]float32 {
	rows, n := int(logits.Shape[0]), int(logits.Shape[2])
	first := chances == nil
	for i := range rows {
		row := logits.Floats[i*n : (i+1)*n]
		highest := slices.Max(row)
		var sum float64
		for _, v := range row {
			sum += math.Exp(float64(v - highest))
		}
		total := highest + float32(math.Log(sum))
		if first {
			chances = append(chances, make([]float32, n))
		}
		for j, v := range row {
			chances[i][j] += (v - total) / float32(views)
		}
	}
	return chances
}

const (
	// tokens are looked at behind each beam, since that of a word of the catalogue may not be among the likeliest.
	tokens = 64
	// ends is how many of them the end must be among; a text has to end where the model thinks that it may.
	ends = 3
	// hope is how much a beam may still gain on one that ended.
	hope = 2.0
)

// extend gives every beam its likeliest next tokens, and keeps the likeliest of all, of those with the same words one.
func (r *Recogniser) extend(alive, ended []beam, chances [][]float32, l *lexicon) (next, done []beam) {
	var list []beam
	for i, b := range alive {
		for n, token := range highestOf(chances[i], tokens) {
			if int64(token) == r.tower.End && (n >= ends || len(b.tokens) == 0) {
				continue
			}
			c := beam{logp: b.logp + float64(chances[i][token]), bias: b.bias, row: b.row}
			if c.ended = int64(token) == r.tower.End; c.ended {
				c.tokens = b.tokens
				c.bias.end(l)
			} else {
				c.tokens = append(slices.Clip(b.tokens), int64(token))
				c.bias.say(r.pieces.text([]int64{int64(token)}), l)
			}
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b beam) int { return cmp.Compare(b.total(), a.total()) })
	seen := map[string]bool{}
	for _, c := range list {
		key := c.bias.key()
		if c.ended {
			key += "."
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		if c.ended {
			ended = append(ended, c)
		} else {
			next = append(next, c)
		}
		if len(seen) == r.options.Beams {
			break
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

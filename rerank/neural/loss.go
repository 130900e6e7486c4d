package neural

import (
	"cmp"
	"math"
	"slices"
)

// judge sets the derivatives of the loss by the logits of the last forward pass, divided by share, and adds up the loss.
func (w *work) judge(d *Data, loss Loss, share float32) {
	net, g := w.net, w.grads
	positions := net.layout.positions
	for r, row := range w.at {
		if d.Position != nil {
			w.logits[r] += net.Weights[positions.from+place(d.Position[row], net.Shape.Positions)]
		}
		g.logits[r] = 0
	}
	if loss == Lambda {
		w.lambdas(d)
	} else {
		for r, row := range w.at {
			z, y, weight := float64(w.logits[r]), float64(d.Label[row]), weightOf(d, row)
			g.loss += weight * crossEntropy(z, y)
			g.weight += weight
			g.logits[r] = float32(weight * (sigmoid(z) - y))
		}
	}
	for r, row := range w.at {
		g.logits[r] /= share
		if d.Position != nil {
			g.weights[positions.from+place(d.Position[row], net.Shape.Positions)] += g.logits[r]
		}
	}
	g.weights[positions.from] = 0 // an unknown place adds nothing
}

// place is the index of a position's bias.
func place(position int32, known int) int { return max(0, min(int(position), known)) }

func weightOf(d *Data, row int32) float64 {
	if d.Weight == nil {
		return 1
	}
	return float64(d.Weight[row])
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// crossEntropy is log(1+e^z) − y·z, without overflow.
func crossEntropy(z, y float64) float64 {
	return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - y*z
}

// lambdas sets the derivatives of the pairwise loss for the runs of rows of one group.
func (w *work) lambdas(d *Data) {
	for from := 0; from < w.n; {
		to := from + 1
		for to < w.n && d.Group[w.at[to]] == d.Group[w.at[from]] {
			to++
		}
		w.lambdasOf(d, from, to)
		from = to
	}
}

func (w *work) lambdasOf(d *Data, from, to int) {
	const cut = 10
	g := w.grads
	rank := make([]int, to-from)
	at := make([]int, to-from)
	positives := 0
	for i := range at {
		at[i] = i
		if d.Label[w.at[from+i]] > 0.5 {
			positives++
		}
	}
	if positives == 0 || positives == len(at) {
		return
	}
	slices.SortFunc(at, func(a, b int) int { return cmp.Or(cmp.Compare(w.logits[from+b], w.logits[from+a]), cmp.Compare(a, b)) })
	for r, i := range at {
		rank[i] = r
	}
	discount := func(r int) float64 {
		if r >= cut {
			return 0
		}
		return 1 / math.Log2(float64(r)+2)
	}
	ideal := 0.0
	for r := range min(positives, cut) {
		ideal += discount(r)
	}
	for i := range at {
		if d.Label[w.at[from+i]] < 0.5 {
			continue
		}
		for j := range at {
			if d.Label[w.at[from+j]] > 0.5 {
				continue
			}
			// Pairs below the cut would have no gradient; a small share keeps them learning.
			weight := (math.Abs(discount(rank[i])-discount(rank[j]))/ideal + 0.01) * weightOf(d, w.at[from+i])
			z := float64(w.logits[from+i] - w.logits[from+j])
			slope := float32(weight * sigmoid(-z))
			g.logits[from+i] -= slope
			g.logits[from+j] += slope
			g.loss += weight * crossEntropy(z, 1)
			g.weight += weight
		}
	}
}

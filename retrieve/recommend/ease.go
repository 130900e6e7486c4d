package recommend

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"vitrine"
)

// rower yields the rows of a matrix of products: which, and one weight for the whole row.
type rower func(m *Model, yield func(items []int32, weight float64))

// byBasket yields baskets, weighing less with age.
func byBasket(m *Model, yield func([]int32, float64)) {
	for i := range m.baskets {
		k := &m.baskets[i]
		yield(k.Items[:min(len(k.Items), m.options.BasketItems)], math.Exp(-(m.now-k.Day)/pairDecay))
	}
}

// byShopper yields everything that each shopper ever bought.
func byShopper(m *Model, yield func([]int32, float64)) {
	for _, list := range m.byUser {
		seen := map[int32]bool{}
		var items []int32
		for _, b := range list {
			for _, it := range m.baskets[b].Items {
				if !seen[it] {
					seen[it] = true
					items = append(items, it)
				}
			}
		}
		yield(items, 1)
	}
}

// regress solves for the item-to-item weights that predict each product of a row from the others, with a ridge penalty and a zero diagonal, in
// closed form (EASE: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019). Only the most bought products take part.
func (m *Model) regress(ctx context.Context, rows rower, ridge float64) ([][]link, error) {
	ever := make([]float32, len(m.items))
	for i := range m.items {
		ever[i] = m.items[i].bought[5]
	}
	chosen := best(ever, m.options.DenseItems)
	n := len(chosen)
	lists := make([][]link, len(m.items))
	if n < 2 {
		return lists, nil
	}
	at := make([]int32, len(m.items))
	for i := range at {
		at[i] = -1
	}
	for i, l := range chosen {
		at[l.item] = int32(i)
	}
	gram := mat.NewSymDense(n, nil)
	raw := gram.RawSymmetric()
	var row []int32
	rows(m, func(items []int32, weight float64) {
		row = row[:0]
		for _, it := range items {
			if at[it] >= 0 {
				row = append(row, at[it])
			}
		}
		for _, a := range row {
			to := raw.Data[int(a)*raw.Stride:]
			for _, b := range row {
				if a <= b {
					to[b] += weight
				}
			}
		}
	})
	for i := range n {
		gram.SetSym(i, i, gram.At(i, i)+ridge)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var c mat.Cholesky
	if !c.Factorize(gram) {
		return nil, vitrine.Errorf(vitrine.Internal, "item regression: the matrix of %d products is not positive definite", n)
	}
	if err := c.InverseTo(gram); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "item regression: %w", err)
	}
	for i := range n {
		heap := make([]link, 0, m.options.Neighbours)
		for j := range n {
			// Row i speaks for column j: B[i][j] = −P[i][j] / P[j][j].
			if w := float32(-gram.At(i, j) / gram.At(j, j)); j != i && w > 0 {
				heap = push(heap, link{chosen[j].item, w}, m.options.Neighbours)
			}
		}
		lists[chosen[i].item] = heap
	}
	return lists, nil
}

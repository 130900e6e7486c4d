package recommend

import (
	"context"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// pair is a product that was in baskets together with another one, the owner of the list it stands in. All counts decay with age.
type pair struct {
	item int32
	// count is the number of common baskets without decay.
	count int32
	// together counts common baskets; even counts one less the more products it holds.
	together, even float32
	// next counts where it came right after the owner; ahead and behind where it came at most five places after and before, a place n counting 1/n.
	next, ahead, behind float32
}

// reach is how many places apart two products of a basket count as near.
const reach = 5

// pairUp returns, for every product, those most often bought together with it, by cosine with shrinkage.
func (m *Model) pairUp(ctx context.Context, byItem [][]int32) ([][]pair, error) {
	lists := make([][]pair, len(byItem))
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			counts := make([]pair, len(byItem))
			var seen []int32
			for i := w; i < len(byItem); i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				seen = m.count(int32(i), byItem[i], counts, seen[:0]) //nolint:gosec // fewer than 2³¹ items
				lists[i] = m.nearest(int32(i), counts, seen)          //nolint:gosec // as above
				for _, j := range seen {
					counts[j] = pair{}
				}
			}
			return nil
		})
	}
	return lists, group.Wait()
}

// count adds up, over the baskets of product i, what was in them beside it; seen lists the products counted.
func (m *Model) count(i int32, baskets []int32, counts []pair, seen []int32) []int32 {
	for _, b := range baskets {
		k := &m.baskets[b]
		items := k.Items[:min(len(k.Items), m.options.BasketItems)]
		w := float32(math.Exp(-(m.now - k.Day) / pairDecay))
		even := w / float32(math.Log2(1+float64(len(k.Items))))
		at := -1
		for p, j := range items {
			if j == i {
				at = p
				continue
			}
			c := &counts[j]
			if c.count == 0 {
				seen = append(seen, j)
			}
			c.count++
			c.together += w
			c.even += even
		}
		if at < 0 {
			continue
		}
		for p := max(0, at-reach); p <= min(len(items)-1, at+reach); p++ {
			c := &counts[items[p]]
			switch d := p - at; {
			case d == 1:
				c.next += w
				c.ahead += w
			case d > 1:
				c.ahead += w / float32(d)
			case d < 0:
				c.behind += w / float32(-d)
			}
		}
	}
	return seen
}

func (m *Model) nearest(i int32, counts []pair, seen []int32) []pair {
	heap := make([]link, 0, m.options.Neighbours)
	for _, j := range seen {
		heap = push(heap, link{j, m.cosine(i, &counts[j], j)}, m.options.Neighbours)
	}
	list := make([]pair, len(heap))
	for n, l := range heap {
		list[n] = counts[l.item]
		list[n].item = l.item
	}
	return list
}

// cosine of two products over baskets, shrunk so that rare ones need more than one common basket.
func (m *Model) cosine(i int32, p *pair, j int32) float32 {
	return p.together / sqrt((m.items[i].weight+2)*(m.items[j].weight+2))
}

func (m *Model) evenCosine(i int32, p *pair, j int32) float32 {
	return p.even / sqrt((m.items[i].even+1)*(m.items[j].even+1))
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func exp(x float64) float32 { return float32(math.Exp(x)) }

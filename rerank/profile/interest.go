package profile

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"vitrine"
)

// cluster is one interest: the faded sum of the vectors of its products. Several clusters a shopper keep shoes and saucepans apart, which one
// mean would mix into something that is neither (Pal et al., "PinnerSage", KDD 2020, who cluster in batches).
type cluster struct {
	faded
	Sum      vector   `cbor:"v"`
	Products []string `cbor:"p,omitempty"`
}

// vector is stored as bytes.
type vector []float32

// MarshalBinary writes the vector in little-endian.
func (v vector) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (v *vector) UnmarshalBinary(b []byte) error {
	if len(b)%4 != 0 {
		return vitrine.Errorf(vitrine.Internal, "stored vector: %d bytes", len(b))
	}
	*v = make(vector, len(b)/4)
	for i := range *v {
		(*v)[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return nil
}

// interest counts a product's unit vector into the nearest cluster, or into a new one; beyond the limit the two closest become one. What is
// disliked takes weight from the cluster that it belongs to.
func (f *Folder) interest(list []*cluster, id string, v []float32, weight float64, at int64, halfLife time.Duration) []*cluster {
	// Vectors of another length are of a model that is gone.
	list = slices.DeleteFunc(list, func(c *cluster) bool { return len(c.Sum) != len(v) })
	var nearest *cluster
	best := f.rules.Near
	for _, c := range list {
		if s := cosine(c.Sum, v); s >= best {
			best, nearest = s, c
		}
	}
	if weight < 0 {
		if nearest != nil {
			nearest.reduce(weight, at, halfLife)
		}
		return slices.DeleteFunc(list, func(c *cluster) bool { return c.Weight <= 0 })
	}
	if nearest == nil {
		nearest = &cluster{faded: faded{At: at}, Sum: make(vector, len(v))}
		list = append(list, nearest)
	}
	old, fresh := nearest.add(weight, at, halfLife)
	for i := range v {
		nearest.Sum[i] = nearest.Sum[i]*float32(old) + v[i]*float32(weight*fresh)
	}
	nearest.Products = remember(nearest.Products, id)
	if len(list) > f.rules.Clusters {
		list = mergeClosest(list, halfLife)
	}
	return list
}

// reduce takes weight from a cluster and leaves its direction.
func (c *cluster) reduce(weight float64, at int64, halfLife time.Duration) {
	before := c.Weight
	if c.add(weight, at, halfLife); before > 0 && c.Weight > 0 {
		scale := float32(c.Weight / before)
		for i := range c.Sum {
			c.Sum[i] *= scale
		}
	}
}

func mergeClosest(list []*cluster, halfLife time.Duration) []*cluster {
	a, b, best := 0, 1, math.Inf(-1)
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if s := cosine(list[i].Sum, list[j].Sum); s > best {
				a, b, best = i, j, s
			}
		}
	}
	into, from := list[a], list[b]
	old, fresh := into.add(from.Weight, from.At, halfLife)
	for i := range into.Sum {
		into.Sum[i] = into.Sum[i]*float32(old) + from.Sum[i]*float32(fresh)
	}
	for _, id := range slices.Backward(from.Products) {
		if len(into.Products) < remembered && !slices.Contains(into.Products, id) {
			into.Products = append(into.Products, id)
		}
	}
	return slices.Delete(list, b, b+1)
}

// interests returns the clusters as of a moment, the weightiest first, as copies.
func interests(spaces map[string][]*cluster, at int64, halfLife time.Duration) map[string][]vitrine.Interest {
	if len(spaces) == 0 {
		return nil
	}
	out := make(map[string][]vitrine.Interest, len(spaces))
	for space, list := range spaces {
		sum := 0.0
		for _, c := range list {
			sum += c.as(at, halfLife)
		}
		all := make([]vitrine.Interest, 0, len(list))
		for _, c := range list {
			w := c.as(at, halfLife)
			if sum <= 0 || w <= 0 {
				continue
			}
			all = append(all, vitrine.Interest{Weight: w / sum, Vector: unit(c.Sum), Products: slices.Clone(c.Products)})
		}
		slices.SortStableFunc(all, func(a, b vitrine.Interest) int { return cmp.Compare(b.Weight, a.Weight) })
		out[space] = all
	}
	return out
}

func unit(v []float32) []float32 {
	out := make([]float32, len(v))
	n := math.Sqrt(dot(v, v))
	if n == 0 {
		return out
	}
	for i := range v {
		out[i] = float32(float64(v[i]) / n)
	}
	return out
}

func cosine(a, b []float32) float64 {
	n := math.Sqrt(dot(a, a) * dot(b, b))
	if n == 0 {
		return 0
	}
	return dot(a, b) / n
}

func dot(a, b []float32) float64 {
	var s float32
	for i := range a {
		s += a[i] * b[i]
	}
	return float64(s)
}

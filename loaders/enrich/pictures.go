package enrich

import (
	"context"
	"slices"

	"vitrine"
	"vitrine/embed/linear"
)

// PictureOptions set how [Pictures] learn. The zero value is ready to use.
type PictureOptions struct {
	// Hidden is the number of units that all attributes share. 0 means 192. Sensible 64 to 512.
	Hidden int
	// Epochs are passes over the pictures. 0 means 8.
	Epochs int
	// Rate is the first step of the descent. 0 means 0.05. Too high and the guesses do not settle.
	Rate float64
	// Seed draws the first weights.
	Seed uint64
}

// Picture is what a picture's attributes are guessed from: its vector of the encoder, and its [Colours].
type Picture struct {
	Vector, Colours []float32
}

// vectorScale weighs the unit vector of the encoder beside the two histograms of unit length.
const vectorScale = 3

// row lays vector and colours side by side, without the many colours that are not there.
func (p Picture) row() linear.Row {
	r := linear.Dense(p.Vector, 0).Scale(vectorScale)
	for i, v := range p.Colours {
		if v > 0 {
			r.Index, r.Value = append(r.Index, int32(len(p.Vector)+i)), append(r.Value, v) //nolint:gosec // dimensions are far below 2³¹
		}
	}
	return r
}

// Pictures guess attributes from pictures. Safe for concurrent use.
type Pictures struct {
	attributes []string
	values     [][]string
	net        *net
}

// LearnPictures learns the attributes from pictures whose values are known; known[i] belongs to pictures[i]. Pictures whose vectors differ in length, and an attribute
// that no product has, are Invalid.
func LearnPictures(ctx context.Context, pictures []Picture, known []Values, attributes []string, o PictureOptions) (*Pictures, error) {
	if len(pictures) == 0 || len(pictures) != len(known) {
		return nil, vitrine.Errorf(vitrine.Invalid, "learn pictures: %d pictures, values of %d", len(pictures), len(known))
	}
	if o.Hidden == 0 {
		o.Hidden = 192
	}
	if o.Epochs == 0 {
		o.Epochs = 8
	}
	if o.Rate == 0 {
		o.Rate = 0.05
	}
	dim := len(pictures[0].Vector) + ColourSize
	rows := make([]linear.Row, len(pictures))
	for i, p := range pictures {
		if len(p.Vector)+len(p.Colours) != dim {
			return nil, vitrine.Errorf(vitrine.Invalid, "learn pictures: picture %d has %d figures, the first %d", i, len(p.Vector)+len(p.Colours), dim)
		}
		rows[i] = p.row()
	}
	out := &Pictures{attributes: attributes}
	var labels [][]int
	var classes []int
	for _, a := range attributes {
		var values []string
		for _, v := range known {
			if !Missing(v[a]) {
				values = append(values, v[a])
			}
		}
		slices.Sort(values)
		if values = slices.Compact(values); len(values) == 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "attribute %q: no product with a picture has a value", a)
		}
		of := make([]int, len(known))
		for i, v := range known {
			at, found := slices.BinarySearch(values, v[a])
			if of[i] = at; !found {
				of[i] = -1
			}
		}
		out.values, labels, classes = append(out.values, values), append(labels, of), append(classes, len(values))
	}
	var err error
	out.net, err = trainNet(ctx, rows, dim, labels, classes, netOptions{
		hidden: o.Hidden, epochs: o.Epochs, rate: o.Rate, dropout: 0.4, blind: 0.1, smoothing: 0.05, seed: o.Seed,
	})
	return out, err
}

// Read guesses every learned attribute of a picture, in the order they were learned in.
func (p *Pictures) Read(picture Picture) []Guess {
	guesses := make([]Guess, len(p.attributes))
	for t, probabilities := range p.net.probabilities(picture.row()) {
		best := linear.Best(probabilities)
		guesses[t] = Guess{p.attributes[t], p.values[t][best], float64(probabilities[best])}
	}
	return guesses
}

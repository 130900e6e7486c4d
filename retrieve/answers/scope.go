package answers

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"vitrine/index/vector/distance"
)

// scope tells questions that are like those it learned from from others, by the relative Mahalanobis distance (Ren et al. 2021): how much nearer a
// vector lies to one of the intents than the questions of all intents lie to each other.
type scope struct {
	// within and whole whiten by the covariance inside the intents and by that of all questions.
	within, whole whitening
	// means are those of the intents and centre that of all questions, each whitened.
	means  [][]float32
	centre []float32
}

// learnScope needs at least one vector of every class. Labels below 0 belong to none. Shrinkage is the share of an even spread that is added to
// each covariance.
func learnScope(vectors [][]float32, labels []int, classes int, shrinkage float64) (*scope, error) {
	dim := len(vectors[0])
	means, counts := make([][]float64, classes), make([]float64, classes)
	for c := range means {
		means[c] = make([]float64, dim)
	}
	centre, n := make([]float64, dim), 0.0
	for i, v := range vectors {
		c := labels[i]
		if c < 0 {
			continue
		}
		n++
		counts[c]++
		for j, x := range v {
			means[c][j] += float64(x)
			centre[j] += float64(x)
		}
	}
	for c := range means {
		scaleBy(means[c], 1/counts[c])
	}
	scaleBy(centre, 1/n)
	whole := covariance(vectors, labels, func(int) []float64 { return centre })
	within := covariance(vectors, labels, func(c int) []float64 { return means[c] })
	// Intents of one question each have no spread of their own: a part of the whole stands in for it.
	const least = 0.25
	spread := mat.Trace(whole) / float64(dim)
	s := &scope{}
	var err error
	if s.whole, err = newWhitening(whole, shrinkage*spread); err != nil {
		return nil, err
	}
	if s.within, err = newWhitening(within, shrinkage*max(mat.Trace(within)/float64(dim), least*spread)); err != nil {
		return nil, err
	}
	s.centre = s.whole.apply(narrow(centre))
	for _, m := range means {
		s.means = append(s.means, s.within.apply(narrow(m)))
	}
	return s, nil
}

// score is higher the surer the vector belongs to one of the intents. The intent except is left out of them; -1 leaves none out.
func (s *scope) score(v []float32, except int) float64 {
	nearest := math.Inf(1)
	z := s.within.apply(v)
	for c, m := range s.means {
		if c != except {
			nearest = min(nearest, -float64(distance.L2.Similarity(z, m)))
		}
	}
	if math.IsInf(nearest, 1) {
		return math.Inf(-1)
	}
	whole := -float64(distance.L2.Similarity(s.whole.apply(v), s.centre))
	return (whole - nearest) / 2
}

// whitening maps vectors so that their Euclidean distance is the Mahalanobis distance of those given.
type whitening [][]float32

var errSpread = errors.New("scope: the questions have no spread")

// newWhitening inverts the Cholesky factor of a covariance with ridge added to its diagonal.
func newWhitening(covariance *mat.SymDense, ridge float64) (whitening, error) {
	dim := covariance.SymmetricDim()
	if ridge <= 0 {
		ridge = 1 // all vectors are the same one
	}
	for i := range dim {
		covariance.SetSym(i, i, covariance.At(i, i)+ridge)
	}
	var factor mat.Cholesky
	if !factor.Factorize(covariance) {
		return nil, errSpread
	}
	var lower, inverse mat.TriDense
	factor.LTo(&lower)
	if err := inverse.InverseTri(&lower); err != nil {
		return nil, errSpread
	}
	w := make(whitening, dim)
	for i := range w {
		w[i] = make([]float32, i+1)
		for j := range w[i] {
			w[i][j] = float32(inverse.At(i, j))
		}
	}
	return w, nil
}

func (w whitening) apply(v []float32) []float32 {
	z := make([]float32, len(w))
	for i, row := range w {
		z[i] = distance.Dot(row, v)
	}
	return z
}

// covariance of the vectors about what mean gives for each one's label, those of labels below 0 left out.
func covariance(vectors [][]float32, labels []int, mean func(class int) []float64) *mat.SymDense {
	dim := len(vectors[0])
	rows := mat.NewDense(len(vectors), dim, nil)
	n := 0
	for i, v := range vectors {
		if labels[i] < 0 {
			continue
		}
		m, row := mean(labels[i]), rows.RawRowView(n)
		for j, x := range v {
			row[j] = float64(x) - m[j]
		}
		n++
	}
	c := mat.NewSymDense(dim, nil)
	c.SymOuterK(1/float64(n), rows.T())
	return c
}

func scaleBy(v []float64, by float64) {
	for i := range v {
		v[i] *= by
	}
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

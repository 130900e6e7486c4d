package opinion

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// sentenceModel rates one sentence on its own.
type sentenceModel struct {
	lexicon lexicon
	// plain are word and character n-grams, marked are words with negation.
	plain, marked *ngram.Vectorizer
	// weights are those of plain, marked and the lexicon's features, in this order.
	weights *linear.Model
	// landmarks is nil when the model was trained without vectors.
	landmarks *landmarks
}

// How much the lexicon's features and the likeness to landmarks weigh beside n-grams of unit length; found by cross-validation.
const (
	lexiconScale  = 0.45
	likenessScale = 2.8
)

func trainSentences(ctx context.Context, texts []string, vectors [][]float32, targets []float32, o EnglishOptions) (*sentenceModel, error) {
	m := &sentenceModel{lexicon: newLexicon()}
	var err error
	m.plain, err = ngram.Fit(texts, ngram.Options{Words: [2]int{1, 2}, Chars: [2]int{2, 5}, MinCount: o.MinCount, Analyze: words})
	if err != nil {
		return nil, err
	}
	m.marked, err = ngram.Fit(texts, ngram.Options{Words: [2]int{1, 1}, MinCount: o.MinCount, Analyze: negated})
	if err != nil {
		return nil, err
	}
	rows := make([]linear.Row, len(texts))
	for i, text := range texts {
		rows[i] = m.row(text)
	}
	dim := m.dim()
	var base *basis
	if vectors != nil {
		if base, err = newBasis(vectors, o); err != nil {
			return nil, err
		}
		likeness, err := base.features(vectors)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i] = linear.Join([]int{0, dim}, rows[i], linear.Dense(likeness[i], 0))
		}
		dim += base.landmarks.count()
	}
	all, err := linear.Regress(ctx, rows, dim, targets, linear.Options{C: o.C, Tolerance: 0.1, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	m.weights = all
	if base != nil {
		m.weights, m.landmarks, err = base.split(all, m.dim())
	}
	return m, err
}

// dim is the number of features that are not likenesses.
func (m *sentenceModel) dim() int { return m.plain.Dim() + m.marked.Dim() + lexiconFeatures }

func (m *sentenceModel) row(text string) linear.Row {
	colour := linear.Dense(m.lexicon.features(text), 0).Scale(lexiconScale)
	return linear.Join([]int{0, m.plain.Dim(), m.plain.Dim() + m.marked.Dim()}, m.plain.Row(text), m.marked.Row(text), colour)
}

func (m *sentenceModel) rate(text string, vector []float32) float64 {
	rate := float64(m.weights.Scores(m.row(text), nil)[0])
	if m.landmarks != nil && vector != nil {
		rate += m.landmarks.rate(vector)
	}
	return rate
}

// landmarks rate a vector by its likeness to vectors of training sentences, exp(−gamma·d²) each, as a radial basis function network does.
type landmarks struct {
	gamma float64
	// codes are the vectors, one byte a number, each to be multiplied by its scale.
	codes   []int8
	scales  []float32
	weights []float32
}

func (l *landmarks) count() int { return len(l.scales) }

// likeness of a unit vector to each landmark.
func (l *landmarks) likeness(v []float32) []float64 {
	out := make([]float64, l.count())
	for i := range out {
		var dot float32
		for j, c := range l.codes[i*len(v) : (i+1)*len(v)] {
			dot += v[j] * float32(c)
		}
		out[i] = math.Exp(-l.gamma * (2 - 2*float64(dot*l.scales[i])))
	}
	return out
}

func (l *landmarks) rate(v []float32) (sum float64) {
	if l.count()*len(v) != len(l.codes) {
		return 0
	}
	for i, k := range l.likeness(v) {
		sum += k * float64(l.weights[i])
	}
	return sum
}

// basis are the features φ(x) = L⁻¹·k(x, landmarks) with L·Lᵀ the likeness among landmarks, so that φ(x)·φ(y) approximates the likeness of
// x and y (Nyström's method, Williams and Seeger 2001).
type basis struct {
	landmarks *landmarks
	lower     mat.TriDense
}

// newBasis draws landmarks from vectors.
func newBasis(vectors [][]float32, o EnglishOptions) (*basis, error) {
	b := &basis{landmarks: &landmarks{gamma: o.Gamma}}
	rng := rand.New(rand.NewPCG(o.Seed, 0x6c616e64)) //nolint:gosec // a draw of landmarks, not a secret
	for _, i := range rng.Perm(len(vectors)) {
		if v := vectors[i]; v != nil && b.landmarks.count() < o.Landmarks {
			b.landmarks.add(v)
		}
	}
	n := b.landmarks.count()
	if n == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "no sentence has a visible character")
	}
	among := mat.NewSymDense(n, nil)
	for i := range n {
		for j, k := range b.landmarks.likeness(b.landmarks.vector(i)) {
			if j <= i {
				among.SetSym(i, j, k)
			}
		}
		// Landmarks that are alike would leave the matrix without an inverse.
		among.SetSym(i, i, among.At(i, i)+1e-3)
	}
	var c mat.Cholesky
	if !c.Factorize(among) {
		return nil, vitrine.Errorf(vitrine.Invalid, "vectors of the sentences are not numbers")
	}
	c.LTo(&b.lower)
	return b, nil
}

func (l *landmarks) add(v []float32) {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	scale := max(most, 1e-9) / 127
	for _, x := range v {
		l.codes = append(l.codes, int8(math.Round(float64(x/scale))))
	}
	l.scales = append(l.scales, scale)
}

func (l *landmarks) vector(i int) []float32 {
	dim := len(l.codes) / l.count()
	v := make([]float32, dim)
	for j, c := range l.codes[i*dim : (i+1)*dim] {
		v[j] = float32(c) * l.scales[i]
	}
	return v
}

// features of each vector; none of a nil one.
func (b *basis) features(vectors [][]float32) ([][]float32, error) {
	n := b.landmarks.count()
	like := mat.NewDense(n, len(vectors), nil)
	for i, v := range vectors {
		if v != nil {
			like.SetCol(i, b.landmarks.likeness(v))
		}
	}
	if err := like.Solve(&b.lower, like); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "landmarks: %w", err)
	}
	out := make([][]float32, len(vectors))
	for i, v := range vectors {
		if v != nil {
			out[i] = make([]float32, n)
			for j := range out[i] {
				out[i][j] = likenessScale * float32(like.At(j, i))
			}
		}
	}
	return out, nil
}

// split parts a model over dim features and those of the basis in two: w·φ(x) = (L⁻ᵀ·w)·k(x).
func (b *basis) split(all *linear.Model, dim int) (*linear.Model, *landmarks, error) {
	w := mat.NewVecDense(b.landmarks.count(), nil)
	for i := range w.Len() {
		w.SetVec(i, likenessScale*float64(all.Weight(dim+i, 0)))
	}
	if err := w.SolveVec(b.lower.T(), w); err != nil {
		return nil, nil, vitrine.Errorf(vitrine.Internal, "landmarks: %w", err)
	}
	b.landmarks.weights = make([]float32, w.Len())
	for i := range b.landmarks.weights {
		b.landmarks.weights[i] = float32(w.AtVec(i))
	}
	first, err := all.First(dim)
	return first, b.landmarks, err
}

package behaviour

import "math/rand/v2"

// factors are latent factors of products, fitted to all acts so far from time to time (biased matrix factorisation by stochastic gradient
// descent), and of shoppers, kept exact after every act: given the products' factors, a shopper's are a Bayesian linear regression, whose
// posterior one act updates in the square of their number.
type factors struct {
	k        int
	epochs   int
	growth   float64
	random   *rand.Rand
	users    int
	items    [][]float32 // by item, nil before its first act in a fit
	beliefs  []*belief
	acts     []act
	fitted   int
	noise    float32
	mean     []float32 // prior of a shopper: mean and covariance of the fitted ones
	variance []float32
	// x and c are buffers.
	x, c []float32
}

type act struct {
	user, item  int32
	value, rest float32
}

// belief is the posterior of a shopper's bias and factors.
type belief struct {
	mean []float32
	cov  []float32
}

func newFactors(users, items int, o Options) *factors {
	return &factors{
		k: o.Factors, epochs: o.Epochs, growth: o.Growth, users: users,
		items: make([][]float32, items), beliefs: make([]*belief, users),
		x: make([]float32, o.Factors+1), c: make([]float32, o.Factors+1),
		random: rand.New(rand.NewPCG(o.Seed, 3)), noise: 0.8, //nolint:gosec // must be repeatable
	}
}

const firstFit = 2000

func (f *factors) observe(user, item int32, value, rest float32) {
	f.acts = append(f.acts, act{user, item, value, rest})
	if b := f.beliefs[user]; b != nil {
		f.update(b, item, rest)
	} else if f.fitted > 0 {
		b := f.prior()
		f.beliefs[user] = b
		f.update(b, item, rest)
	}
	if n := len(f.acts); n >= firstFit && float64(n) >= float64(f.fitted)*(1+f.growth) {
		f.fit()
	}
}

func (f *factors) prior() *belief {
	d := f.k + 1
	b := &belief{mean: make([]float32, d), cov: make([]float32, d*d)}
	copy(b.mean, f.mean)
	copy(b.cov, f.variance)
	return b
}

// features writes the regressors of a product.
func (f *factors) features(item int32, x []float32) {
	x[0] = 1
	if q := f.items[item]; q != nil {
		copy(x[1:], q)
	} else {
		clear(x[1:])
	}
}

// predict is the expected answer beyond the product's mean, and its variance without noise.
func (f *factors) predict(user, item int32) (mean, variance float32) {
	if f.fitted == 0 {
		return 0, 1
	}
	b := f.beliefs[user]
	m, cov := f.mean, f.variance
	if b != nil {
		m, cov = b.mean, b.cov
	}
	d := f.k + 1
	x := f.x
	f.features(item, x)
	for i := range d {
		mean += x[i] * m[i]
		variance += x[i] * dot(cov[i*d:(i+1)*d], x)
	}
	return mean, variance
}

func (f *factors) update(b *belief, item int32, rest float32) {
	d := f.k + 1
	x, c := f.x, f.c
	f.features(item, x)
	s := f.noise
	expected := float32(0)
	for i := range d {
		c[i] = dot(b.cov[i*d:(i+1)*d], x)
		s += x[i] * c[i]
		expected += x[i] * b.mean[i]
	}
	gain := (rest - expected) / s
	for i := range d {
		b.mean[i] += gain * c[i]
		row := b.cov[i*d : (i+1)*d]
		w := c[i] / s
		for j := range row {
			row[j] -= w * c[j]
		}
	}
}

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s float32
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// fit fits the products' factors to all acts, and then every shopper's belief.
func (f *factors) fit() {
	k := f.k
	users := make([][]float32, f.users)
	for u, b := range f.beliefs {
		if b != nil {
			users[u] = append([]float32(nil), b.mean...)
		}
	}
	small := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(f.random.NormFloat64()) * 0.05
		}
		return v
	}
	for _, a := range f.acts {
		if users[a.user] == nil {
			users[a.user] = small(k + 1)
			users[a.user][0] = 0
		}
		if f.items[a.item] == nil {
			f.items[a.item] = small(k)
		}
	}
	const l2, first, last = 0.06, 0.015, 0.003
	order := f.random.Perm(len(f.acts))
	for epoch := range f.epochs {
		rate := float32(first + (last-first)*float64(epoch)/float64(f.epochs))
		for _, at := range order {
			a := &f.acts[at]
			p, q := users[a.user], f.items[a.item]
			e := a.rest - p[0] - dot(q, p[1:])
			p[0] += rate * (e - l2*p[0])
			for j, v := range q {
				w := p[j+1]
				q[j] += rate * (e*w - l2*v)
				p[j+1] += rate * (e*v - l2*w)
			}
		}
	}
	f.learnPrior(users)
	f.fitted = len(f.acts)
	clear(f.beliefs)
	for _, a := range f.acts {
		if f.beliefs[a.user] == nil {
			f.beliefs[a.user] = f.prior()
		}
		f.update(f.beliefs[a.user], a.item, a.rest)
	}
}

// learnPrior takes the mean and covariance of the fitted shoppers, the latter widened as fitted factors are shrunk.
func (f *factors) learnPrior(users [][]float32) {
	d := f.k + 1
	mean, cov := make([]float64, d), make([]float64, d*d)
	n := 0.0
	for _, p := range users {
		if p == nil {
			continue
		}
		n++
		for i, v := range p {
			mean[i] += float64(v)
		}
	}
	for i := range mean {
		mean[i] /= n
	}
	for _, p := range users {
		if p == nil {
			continue
		}
		for i := range p {
			for j := range p {
				cov[i*d+j] += (float64(p[i]) - mean[i]) * (float64(p[j]) - mean[j]) / n
			}
		}
	}
	const widen, floor = 1.5, 0.002
	f.mean, f.variance = make([]float32, d), make([]float32, d*d)
	for i := range d {
		f.mean[i] = float32(mean[i])
		for j := range d {
			f.variance[i*d+j] = float32(cov[i*d+j] * widen)
		}
		f.variance[i*d+i] += floor
	}
	f.variance[0] += 0.05
}

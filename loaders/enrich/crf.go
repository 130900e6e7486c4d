package enrich

import (
	"context"
	"math"
	"math/rand/v2"
)

// crf is a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001): the probability of a sequence of labels is proportional to
// exp of the weights of its features and of its transitions.
type crf struct {
	labels   int
	emit     []float32 // of feature f and label l at f·labels+l
	move     []float32 // from label k to label l at k·labels+l
	emitRate []float32
	moveRate []float32
}

// sequence is one text: the features of each token, and its label where known.
type sequence struct {
	features [][]int32
	labels   []int32
}

// crfOptions set how a field is trained.
type crfOptions struct {
	epochs int
	rate   float64
	decay  float64
	seed   uint64
}

// trainCRF maximises the likelihood of the labels by stochastic gradient steps of Adagrad (Duchi, Hazan and Singer 2011), one sequence at a time.
func trainCRF(ctx context.Context, sequences []sequence, features, labels int, o crfOptions) (*crf, error) {
	m := &crf{
		labels: labels, emit: make([]float32, features*labels), move: make([]float32, labels*labels),
		emitRate: make([]float32, features*labels), moveRate: make([]float32, labels*labels),
	}
	rng := rand.New(rand.NewPCG(o.seed, 0x637266)) //nolint:gosec // an order of visits, not a secret
	order := rng.Perm(len(sequences))
	var l lattice
	for epoch := range o.epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		rate := o.rate * (1 - float64(epoch)/float64(o.epochs))
		for _, i := range order {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			m.step(&sequences[i], &l, rate, o.decay)
		}
	}
	m.emitRate, m.moveRate = nil, nil
	return m, nil
}

// step moves the weights along the gradient of one sequence: what is there less what the model expects.
func (m *crf) step(s *sequence, l *lattice, rate, decay float64) {
	m.fill(s.features, l)
	for t, active := range s.features {
		gradient := l.marginal[t*m.labels:][:m.labels]
		gradient[s.labels[t]]--
		for _, f := range active {
			at := int(f) * m.labels
			for k, g := range gradient {
				adagrad(&m.emit[at+k], &m.emitRate[at+k], g, rate, decay)
			}
		}
		if t == 0 {
			continue
		}
		pairs := l.pair[t*m.labels*m.labels:][:m.labels*m.labels]
		pairs[int(s.labels[t-1])*m.labels+int(s.labels[t])]--
		for i, g := range pairs {
			adagrad(&m.move[i], &m.moveRate[i], g, rate, decay)
		}
	}
}

func adagrad(weight, squares *float32, gradient, rate, decay float64) {
	g := gradient + decay*float64(*weight)
	if math.Abs(g) < 1e-4 {
		return
	}
	*squares += float32(g * g)
	*weight -= float32(rate * g / math.Sqrt(float64(*squares)+1e-6))
}

// lattice holds the sums over all labellings of one sequence.
type lattice struct {
	score, forward, backward, marginal, pair []float64
}

func (l *lattice) reset(tokens, labels int) {
	grow := func(s []float64, n int) []float64 {
		if cap(s) < n {
			return make([]float64, n)
		}
		return s[:n]
	}
	l.score, l.forward = grow(l.score, tokens*labels), grow(l.forward, tokens*labels)
	l.backward, l.marginal = grow(l.backward, tokens*labels), grow(l.marginal, tokens*labels)
	l.pair = grow(l.pair, tokens*labels*labels)
}

// scores fills in exp of the summed feature weights of each token and label, the greatest of a token scaled to 1.
func (m *crf) scores(features [][]int32, l *lattice) {
	for t, active := range features {
		at := l.score[t*m.labels:][:m.labels]
		clear(at)
		for _, f := range active {
			for k, w := range m.emit[int(f)*m.labels:][:m.labels] {
				at[k] += float64(w)
			}
		}
		highest := at[0]
		for _, v := range at {
			highest = max(highest, v)
		}
		for k, v := range at {
			at[k] = math.Exp(v - highest)
		}
	}
}

// fill computes the marginals of tokens and of neighbouring pairs by the forward-backward algorithm, each step scaled to sum to 1.
func (m *crf) fill(features [][]int32, l *lattice) {
	n, labels := len(features), m.labels
	l.reset(n, labels)
	m.scores(features, l)
	move := make([]float64, labels*labels)
	for i, w := range m.move {
		move[i] = math.Exp(float64(w))
	}
	for t := range n {
		now := l.forward[t*labels:][:labels]
		for k := range now {
			sum := 1.0
			if t > 0 {
				sum = 0
				for j, before := range l.forward[(t-1)*labels:][:labels] {
					sum += before * move[j*labels+k]
				}
			}
			now[k] = sum * l.score[t*labels+k]
		}
		normalise(now)
	}
	for t := n - 1; t >= 0; t-- {
		now := l.backward[t*labels:][:labels]
		for j := range now {
			now[j] = 1
			if t+1 < n {
				now[j] = 0
				for k, after := range l.backward[(t+1)*labels:][:labels] {
					now[j] += move[j*labels+k] * l.score[(t+1)*labels+k] * after
				}
			}
		}
		normalise(now)
	}
	for t := range n {
		now := l.marginal[t*labels:][:labels]
		for k := range now {
			now[k] = l.forward[t*labels+k] * l.backward[t*labels+k]
		}
		normalise(now)
		if t == 0 {
			continue
		}
		pairs := l.pair[t*labels*labels:][:labels*labels]
		for j := range labels {
			for k := range labels {
				pairs[j*labels+k] = l.forward[(t-1)*labels+j] * move[j*labels+k] * l.score[t*labels+k] * l.backward[t*labels+k]
			}
		}
		normalise(pairs)
	}
}

func normalise(p []float64) {
	var sum float64
	for _, v := range p {
		sum += v
	}
	if sum > 0 {
		for i := range p {
			p[i] /= sum
		}
	}
}

// decode gives the most probable labelling (Viterbi) and the marginal probability of each of its labels.
func (m *crf) decode(features [][]int32, allowed func(from, to int) bool) (path []int, probability []float64) {
	n, labels := len(features), m.labels
	if n == 0 {
		return nil, nil
	}
	var l lattice
	m.fill(features, &l)
	best, from := make([]float64, n*labels), make([]int, n*labels)
	for t := range n {
		for k := range labels {
			top, at := math.Inf(-1), 0
			for j := range labels {
				v := 0.0
				switch {
				case !allowed(j, k) && t > 0, t == 0 && !allowed(0, k):
					continue
				case t > 0:
					v = best[(t-1)*labels+j] + float64(m.move[j*labels+k])
				}
				if v > top {
					top, at = v, j
				}
			}
			best[t*labels+k], from[t*labels+k] = top+math.Log(l.score[t*labels+k]+1e-300), at
		}
	}
	path, probability = make([]int, n), make([]float64, n)
	last := best[(n-1)*labels:]
	for k, v := range last {
		if v > last[path[n-1]] {
			path[n-1] = k
		}
	}
	for t := n - 1; t >= 0; t-- {
		probability[t] = l.marginal[t*labels+path[t]]
		if t > 0 {
			path[t-1] = from[t*labels+path[t]]
		}
	}
	return path, probability
}

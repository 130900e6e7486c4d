package neural

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"vitrine"
	"vitrine/rerank/metric"
)

// shards is the number of parts of a batch that are computed on their own; fixed, so that the result does not depend on the machine.
const shards = 4

// trainer is a training under way.
type trainer struct {
	options Options
	net     *Network
	best    *Network
	optimiser
	random *rand.Rand
	works  []*work
	train  *Data
	valid  *Data
	// Epochs are those done, BestLoss the smallest validation loss and BestEpoch its epoch.
	epochs    []Epoch
	bestLoss  float64
	bestEpoch int
}

// Train learns from train, and with valid stops when its loss no longer falls and returns the network of the best epoch. Invalid: malformed
// data, an infinite number, or labels of one class.
func Train(ctx context.Context, train, valid *Data, o Options) (*Network, []Epoch, error) {
	o = o.withDefaults()
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if err := checkTraining(train, valid, &o); err != nil {
		return nil, nil, err
	}
	t := &trainer{options: o, train: train, valid: valid, bestLoss: math.Inf(1)}
	t.random = rand.New(rand.NewPCG(o.Seed, 11)) //nolint:gosec // must be repeatable
	t.net = newNetwork(train, &o, t.random)
	t.best = t.net
	t.optimiser = *newOptimiser(t.net, &t.options)
	if err := t.resume(); err != nil {
		return nil, nil, err
	}
	largest := min(o.Batch, train.rows())
	if o.Loss == Lambda {
		largest += largestGroup(train.Group)
	}
	for range shards {
		t.works = append(t.works, newWork(t.net, largest, true))
	}
	for epoch := len(t.epochs) + 1; epoch <= o.Epochs; epoch++ {
		if o.Patience > 0 && valid.rows() > 0 && epoch > t.bestEpoch+o.Patience && t.bestEpoch > 0 {
			break
		}
		if err := t.epoch(ctx, epoch); err != nil {
			return nil, nil, err
		}
	}
	return t.best, t.epochs, nil
}

func checkTraining(train, valid *Data, o *Options) error {
	if err := o.check(); err != nil {
		return err
	}
	for _, d := range []*Data{train, valid} {
		if err := d.check(true); err != nil {
			return err
		}
		if o.Loss == Lambda && len(d.Group) != d.rows() {
			return vitrine.Errorf(vitrine.Invalid, "network: %d groups for %d rows", len(d.Group), d.rows())
		}
	}
	positive := 0
	for _, y := range train.Label {
		if y != 0 && y != 1 {
			return vitrine.Errorf(vitrine.Invalid, "network: label %v is neither 0 nor 1", y)
		}
		positive += int(y)
	}
	if positive == 0 || positive == len(train.Label) {
		return vitrine.Errorf(vitrine.Invalid, "network: all labels of %d rows are of one class", len(train.Label))
	}
	return nil
}

func largestGroup(group []int32) int {
	count := map[int32]int{}
	largest := 0
	for _, g := range group {
		count[g]++
		largest = max(largest, count[g])
	}
	return largest
}

// epoch passes over the training rows once and judges the validation rows.
func (t *trainer) epoch(ctx context.Context, number int) error {
	start := time.Now()
	// Each epoch has randomness of its own, so that a resumed training goes the same way.
	t.random = rand.New(rand.NewPCG(t.options.Seed, uint64(100+number))) //nolint:gosec // must be repeatable
	loss, weight := 0.0, 0.0
	for _, batch := range t.batches() {
		if err := ctx.Err(); err != nil {
			return err
		}
		l, w := t.step(batch)
		loss, weight = loss+l, weight+w
	}
	e := Epoch{Epoch: number, TrainLoss: loss / max(weight, 1e-9)}
	if math.IsNaN(e.TrainLoss) || math.IsInf(e.TrainLoss, 0) {
		return vitrine.Errorf(vitrine.Invalid, "network: the loss of epoch %d is not finite; a smaller learning rate than %v may help", number, t.options.Rate)
	}
	if t.valid.rows() > 0 {
		var err error
		if e.ValidLoss, e.ValidAUC, err = t.judge(); err != nil {
			return err
		}
		if e.ValidLoss < t.bestLoss {
			t.bestLoss, t.bestEpoch, t.best = e.ValidLoss, number, t.net.clone()
		}
	} else {
		t.bestEpoch, t.best = number, t.net.clone()
	}
	e.Seconds = time.Since(start).Seconds()
	t.epochs = append(t.epochs, e)
	if t.options.Progress != nil {
		t.options.Progress(e)
	}
	return t.checkpoint()
}

func (t *trainer) judge() (loss, auc float64, err error) {
	logits, err := t.net.scoreAll(t.valid, t.options.Threads)
	if err != nil {
		return 0, 0, err
	}
	weight := 0.0
	for i, z := range logits {
		w := weightOf(t.valid, int32(i))
		loss += w * crossEntropy(float64(z), float64(t.valid.Label[i]))
		weight += w
	}
	if auc = metric.AUC(logits, t.valid.Label); math.IsNaN(auc) {
		auc = 0
	}
	return loss / weight, auc, nil
}

// batches returns the rows of every step; of the loss Lambda, groups stay together.
func (t *trainer) batches() [][]int32 {
	n := t.train.rows()
	order := make([]int32, n)
	for i, r := range t.random.Perm(n) {
		order[i] = int32(r) //nolint:gosec // bounded by memory
	}
	var list [][]int32
	if t.options.Loss != Lambda {
		for from := 0; from < n; from += t.options.Batch {
			list = append(list, order[from:min(n, from+t.options.Batch)])
		}
		return list
	}
	group := t.train.Group
	rank := map[int32]int32{}
	for i, r := range order {
		if _, ok := rank[group[r]]; !ok {
			rank[group[r]] = int32(i)
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(rank[group[a]], rank[group[b]]) })
	for from := 0; from < n; {
		to := min(n, from+t.options.Batch)
		for to < n && group[order[to]] == group[order[to-1]] {
			to++
		}
		list = append(list, order[from:to])
		from = to
	}
	return list
}

// split divides a batch into shards; of the loss Lambda, groups stay together.
func (t *trainer) split(batch []int32) [][]int32 {
	parts := make([][]int32, shards)
	from := 0
	for i := range parts {
		to := max(from, (i+1)*len(batch)/shards)
		if t.options.Loss == Lambda {
			for to > from && to < len(batch) && t.train.Group[batch[to]] == t.train.Group[batch[to-1]] {
				to++
			}
		}
		parts[i] = batch[from:to]
		from = to
	}
	return parts
}

// step learns from one batch and returns its loss and weight.
func (t *trainer) step(batch []int32) (loss, weight float64) {
	o := &t.options
	slots := make(chan struct{}, o.Threads)
	var group sync.WaitGroup
	all := make([]*gradients, shards)
	for i, part := range t.split(batch) {
		w := t.works[i]
		w.random = rand.New(rand.NewPCG(t.random.Uint64(), uint64(i))) //nolint:gosec // must be repeatable
		all[i] = w.grads
		slots <- struct{}{}
		group.Go(func() {
			w.grads.reset(t.net.Shape.Embedding)
			w.forward(t.train, part, o.Dropout)
			w.judge(t.train, o.Loss, float32(len(batch)))
			w.backward(o.Dropout)
			<-slots
		})
	}
	group.Wait()
	for _, g := range all {
		loss, weight = loss+g.loss, weight+g.weight
	}
	t.update(t.net, all)
	return loss, weight
}

// scoreAll scores on several cores.
func (n *Network) scoreAll(d *Data, threads int) ([]float32, error) {
	if err := n.accepts(d); err != nil {
		return nil, err
	}
	rows := d.rows()
	out := make([]float32, rows)
	const block = 512
	next := make(chan int)
	var group sync.WaitGroup
	for range threads {
		group.Go(func() {
			w := newWork(n, min(block, rows), false)
			at := make([]int32, 0, block)
			for from := range next {
				at = at[:0]
				for i := from; i < min(rows, from+block); i++ {
					at = append(at, int32(i)) //nolint:gosec // bounded by memory
				}
				w.forward(d, at, 0)
				copy(out[from:], w.logits[:w.n])
			}
		})
	}
	for from := 0; from < rows; from += block {
		next <- from
	}
	close(next)
	group.Wait()
	return out, nil
}

func (n *Network) clone() *Network {
	c := *n
	c.Weights = slices.Clone(n.Weights)
	c.Tables = nil
	for _, table := range n.Tables {
		c.Tables = append(c.Tables, slices.Clone(table))
	}
	return &c
}

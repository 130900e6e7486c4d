package train

import (
	"context"
	"time"

	"vitrine/rerank/boost"
	"vitrine/rerank/neural"
)

// Train learns a model from the earlier rows of a dataset and judges it on the later ones. Invalid: a malformed dataset, a part without rows,
// or training labels of one class.
func Train(ctx context.Context, d *Dataset, o Options) (*Model, *Report, error) {
	start := time.Now()
	o, err := o.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	if err := d.Check(); err != nil {
		return nil, nil, err
	}
	parts, err := d.Split(o.Train, o.Valid)
	if err != nil {
		return nil, nil, err
	}
	train, valid, test := parts[0], parts[1], parts[2]
	warm := int(o.WarmUp * float64(train.Rows()))
	train = train.slice(warm, train.Rows())
	m := &Model{Kind: o.Kind, Features: d.Features, IDNames: d.IDNames}
	report := &Report{Rows: [3]int{train.Rows(), valid.Rows(), test.Rows()}, Kind: o.Kind, Epochs: []neural.Epoch{}, Baselines: map[string]Score{}}
	if m.Linear, err = regress(train); err != nil {
		return nil, nil, err
	}
	if o.Kind == Boost || o.Kind == Blend {
		if m.Boost, err = m.boost(ctx, train, valid, o); err != nil {
			return nil, nil, err
		}
	}
	if o.Kind == Network || o.Kind == Blend {
		if m.Network, report.Epochs, err = m.network(ctx, train, valid, o); err != nil {
			return nil, nil, err
		}
	}
	// Each part alone is a baseline.
	if err := report.compare(m, test); err != nil {
		return nil, nil, err
	}
	if o.Kind != Linear && o.Kind != Blend {
		m.Linear = nil
	}
	if err := m.weigh(valid); err != nil {
		return nil, nil, err
	}
	if o.Refit && m.Boost != nil {
		o.Progress("refit", 0, len(m.Boost.Trees))
		b := o.Boost
		b.Trees = len(m.Boost.Trees)
		if m.Boost, err = boost.Train(ctx, d.slice(warm, train.Rows()+warm+valid.Rows()).numbers(), boost.Data{}, b); err != nil {
			return nil, nil, err
		}
	}
	report.Seconds = time.Since(start).Seconds()
	return m, report, report.judge(m, valid, test)
}

func (m *Model) boost(ctx context.Context, train, valid *Dataset, o Options) (*boost.Model, error) {
	b := o.Boost
	inner := b.Progress
	b.Progress = func(tree int, loss float64) {
		o.Progress("trees", tree, b.Trees)
		if inner != nil {
			inner(tree, loss)
		}
	}
	return boost.Train(ctx, train.numbers(), valid.numbers(), b)
}

func (m *Model) network(ctx context.Context, train, valid *Dataset, o Options) (*neural.Network, []neural.Epoch, error) {
	n := o.Network
	inner := n.Progress
	n.Progress = func(e neural.Epoch) {
		o.Progress("epochs", e.Epoch, n.Epochs)
		if inner != nil {
			inner(e)
		}
	}
	return neural.Train(ctx, train.network(), valid.network(), n)
}

// Judge says what any model is worth on the test rows of a dataset, split as [Train] splits it.
func Judge(m *Model, d *Dataset, o Options) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	parts, err := d.Split(o.Train, o.Valid)
	if err != nil {
		return nil, err
	}
	report := &Report{Kind: m.Kind, Epochs: []neural.Epoch{}, Baselines: map[string]Score{}}
	return report, report.judge(m, parts[1], parts[2])
}

package index

import (
	"context"
	"errors"
	"iter"
	"time"

	"vitrine"
)

// ReindexOptions say how a reindex goes about it.
type ReindexOptions struct {
	// Total is how many products the source is expected to yield, for the progress; 0 means as many as serve now.
	Total int
	// Fresh embeds everything anew, even products whose text and picture references have not changed; for pictures that changed behind their references.
	Fresh bool
	// Check is a further gate, as golden queries; nil is none. The generation is complete and not yet serving. It is closed with an error of code Conflict.
	Check func(context.Context, *Generation) error
	// Force lets a generation that a gate holds back serve all the same, unless it is empty; [Report].Forced names the first such gate.
	Force bool
	// Rejected returns how many rows the source has left out so far, for the gate on rejected products; nil means none.
	Rejected func() int
	// Progress is called after every batch and stage, from one goroutine at a time; nil is fine.
	Progress func(Progress)
}

// Reindex builds the next generation of an index from the source beside the one that serves, and swaps it in. An index that does not exist is created.
//
// Writes that arrive meanwhile go to the serving generation and are carried over before the swap, so that they win over the source. When the
// source yields an error, the disk is full, ctx ends or a gate does not open (code Conflict), the half-built generation is removed and the
// serving one goes on. One that a crash or Close has cut off stays: the next reindex takes vectors of unchanged products from it. A second reindex of one index at the same time has code Conflict.
func (x *Indexes) Reindex(
	ctx context.Context, name string, source iter.Seq2[*vitrine.Product, error], o ReindexOptions,
) (report Report, err error) {
	start := time.Now()
	defer func() { report.Took = time.Since(start).Seconds() }()
	err = x.claimed(ctx, name, "reindex", func(ctx context.Context, n *named) error { return x.build(ctx, n, source, o, &report) })
	return report, err
}

// claimed makes the next generation of an index while nobody else may, until ctx ends or the indexes close; an index that did not exist is forgotten when that
// fails.
func (x *Indexes) claimed(ctx context.Context, name, what string, work func(ctx context.Context, n *named) error) error {
	n, created, err := x.claimOrCreate(name)
	if err != nil {
		return err
	}
	defer n.unclaim()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(x.closing, cancel)() //nolint:contextcheck // Close ends it too
	if err = work(ctx, n); err == nil {
		return nil
	}
	err = vitrine.Errorf(vitrine.CodeOf(err), "%s of %q: %w", what, name, err)
	if created && x.closing.Err() == nil {
		err = errors.Join(err, x.forget(n))
	}
	return err
}

// build builds and swaps in the next generation of a claimed index.
func (x *Indexes) build(ctx context.Context, n *named, source iter.Seq2[*vitrine.Product, error], o ReindexOptions, report *Report) (err error) {
	live, err := n.acquire()
	before, seq := 0, uint64(0)
	if err == nil {
		defer live.release()
		before, seq = live.Len(), live.catalog.Seq()
	} // else there is nothing to carry over: the index is new, or cannot be opened, which is what this reindex mends
	next, err := n.begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.abandon(next))
		}
	}()
	if o.Total == 0 {
		o.Total = before
	}
	m := &meter{start: time.Now(), total: o.Total, tell: o.Progress}
	half := n.leftover(next.number) //nolint:contextcheck // a store is opened as a whole
	err = x.load(ctx, next, []*Generation{live, half}, source, o, m, report)
	if half != nil {
		_ = half.closeFiles() // it was read only
	}
	if err != nil {
		return err
	}
	read := report.Kept + report.Rejected
	m.total = read
	if live != nil {
		m.report(StageReplay, read)
		if seq, err = n.replay(ctx, live, next, seq, report); err != nil {
			return err
		}
	}
	m.report(StageCheck, read)
	err = x.options.Gates.check(ctx, next, before, report)
	if err == nil && o.Check != nil {
		err = o.Check(ctx, next)
	}
	if o.Force && vitrine.CodeOf(err) == vitrine.Conflict && next.Len() > 0 {
		report.Forced, err = err.Error(), nil
	}
	if err != nil {
		return err
	}
	if err := next.save(); err != nil {
		return err
	}
	m.report(StageSwap, read)
	n.write.Lock()
	defer n.write.Unlock()
	if live != nil {
		if _, err := n.replay(ctx, live, next, seq, report); err != nil {
			return err
		}
	}
	return n.swap(next)
}

// load fills the next generation from the source. Nobody searches it yet, so the derived parts follow in large steps, which is faster.
func (x *Indexes) load(
	ctx context.Context, next *Generation, from []*Generation, source iter.Seq2[*vitrine.Product, error], o ReindexOptions, m *meter, report *Report,
) error {
	m.report(StageLoad, 0)
	if o.Fresh {
		from = nil
	}
	behind := 0
	err := x.options.pipeline(ctx, source, from, next.yield, func(ctx context.Context, e encoded) error {
		if err := next.keep(ctx, e.entries); err != nil {
			return err
		}
		report.add(e.report, x.options.Problems)
		m.report(StageLoad, report.Kept+report.Rejected)
		if behind += len(e.entries); behind < followBatch {
			return nil
		}
		behind = 0
		return next.follow(ctx)
	})
	if err == nil {
		err = next.follow(ctx)
	}
	if o.Rejected != nil {
		report.Rejected += o.Rejected()
	}
	return err
}

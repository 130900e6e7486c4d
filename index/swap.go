package index

import (
	"context"
	"errors"
	"os"

	"vitrine"
	"vitrine/index/catalog"
)

// begin makes the next, empty generation of an index.
func (n *named) begin(ctx context.Context) (*Generation, error) {
	next, err := n.nextNumber()
	if err != nil {
		return nil, err
	}
	dir := generationDir(n.dir, next)
	g, err := createGeneration(ctx, dir, next, n.options)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return g, nil
}

// nextNumber is that of the next generation.
func (n *named) nextNumber() (int, error) {
	numbers, err := generationNumbers(n.dir)
	if err != nil {
		return 0, vitrine.Errorf(vitrine.Internal, "index %q: %w", n.name, err)
	}
	if len(numbers) == 0 {
		return 1, nil
	}
	return numbers[len(numbers)-1] + 1, nil
}

// swap makes g serve. The generation that served until now becomes the previous one, and is closed when its last search ends; the previous one
// of before is removed. Until the alias file is replaced nothing has changed. The caller holds the claim, and the write lock when writes may come.
func (n *named) swap(g *Generation) error {
	if err := g.activate(); err != nil {
		return err
	}
	n.mu.Lock()
	old, before := n.current, n.alias
	n.mu.Unlock()
	next := alias{Current: g.number, Previous: before.Current, Since: g.catalog.Seq()}
	if err := writeAlias(n.dir, next); err != nil {
		// The file may have been replaced all the same; the next start must not look for a generation that is about to be removed.
		return errors.Join(err, restoreAlias(n.dir, before))
	}
	n.serve(g, next)
	n.clear()
	n.retire(old, before.Previous, next)
	return nil
}

// serve makes searches see g, which from the first of them on has the synonyms and settings of the index.
func (n *named) serve(g *Generation, next alias) {
	n.synonymsMu.Lock()
	defer n.synonymsMu.Unlock()
	n.giveSettings(g)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.alias, n.current, n.fault, n.note = next, g, nil, ""
}

// retire gives up the reference to the generation that served, and removes the one before it unless the new alias names it.
func (n *named) retire(old *Generation, before int, now alias) {
	if old != nil {
		old.release()
	}
	n.retired.Go(func() {
		if old != nil {
			_ = old.wait() // what could not be saved is rebuilt from the catalogue when it is opened
		}
		if before != 0 && before != now.Current && before != now.Previous {
			_ = os.RemoveAll(generationDir(n.dir, before)) // what stays is swept at the next start
		}
	})
}

// replay carries the changes of from after seq over to to, in batches, and returns the seq it came to.
func (n *named) replay(ctx context.Context, from, to *Generation, seq uint64, report *Report) (uint64, error) {
	var rows []row
	var gone []string
	flush := func() error {
		e, err := n.options.encode(ctx, rows, from)
		if err != nil {
			return err
		}
		// Of one id, the log holds deletes before the put of the product that there is now.
		if _, err := to.delete(ctx, gone); err != nil {
			return err
		}
		if _, err := to.put(ctx, e.entries); err != nil {
			return err
		}
		report.Texts += e.report.Texts
		report.Pictures += e.report.Pictures
		report.Replayed += len(rows) + len(gone)
		rows, gone = nil, nil
		return nil
	}
	err := from.catalog.Since(ctx, seq, func(c catalog.Change) error {
		seq = c.Seq
		if c.Deleted {
			gone = append(gone, c.ID)
		} else {
			products, err := from.catalog.Products(ctx, []vitrine.Doc{c.Doc})
			if err != nil {
				return err
			}
			if products[0] != nil { // else a later change deletes it
				rows = append(rows, row{product: products[0]})
			}
		}
		if len(rows)+len(gone) >= n.options.Batch {
			return flush()
		}
		return nil
	})
	if err == nil && len(rows)+len(gone) > 0 {
		err = flush()
	}
	if err != nil {
		return seq, vitrine.Errorf(vitrine.CodeOf(err), "replay: %w", err)
	}
	return seq, nil
}

// Rollback makes the previous generation serve again. Writes that were accepted since the swap are carried along. A second rollback undoes the first.
// An index without a previous generation has code Conflict.
func (x *Indexes) Rollback(ctx context.Context, name string) (Report, error) {
	var report Report
	n, err := x.named(name)
	if err != nil {
		return report, err
	}
	if err := n.claim(); err != nil {
		return report, err
	}
	defer n.unclaim()
	n.retired.Wait() // the previous generation may still be closing
	n.write.Lock()
	defer n.write.Unlock()
	if err := n.rollback(ctx, &report); err != nil {
		return report, vitrine.Errorf(vitrine.CodeOf(err), "rollback of index %q: %w", name, err)
	}
	return report, nil
}

func (n *named) rollback(ctx context.Context, report *Report) error {
	n.mu.Lock()
	was := n.alias
	n.mu.Unlock()
	if was.Previous == 0 {
		return vitrine.Errorf(vitrine.Conflict, "there is no previous generation")
	}
	previous, err := openGeneration(ctx, generationDir(n.dir, was.Previous), was.Previous, n.options)
	if err != nil {
		return err
	}
	current, err := n.acquire()
	if err == nil { // else the current one is broken, and its writes cannot be carried along
		_, err = n.replay(ctx, current, previous, was.Since, report)
		current.release()
	} else if vitrine.CodeOf(err) == vitrine.Unavailable {
		err = nil
	}
	if err == nil {
		err = n.swap(previous)
	}
	if err != nil {
		return errors.Join(err, previous.closeFiles())
	}
	report.Kept = previous.Len()
	return nil
}

package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vitrine"
	"vitrine/index/catalog"
)

// damagedPrefix marks the folder of a generation that a repair moved aside.
const damagedPrefix = "damaged-"

// RepairOptions say how far a repair may go.
type RepairOptions struct {
	// AcceptLoss makes a repair that cannot keep every product keep those that it can. Without it such an index is left as it is.
	AcceptLoss bool
}

// Repaired is what a repair of one index did.
type Repaired struct {
	Index string `json:"index"`
	// Before are the faults found, Remaining those that are left.
	Before    []Fault `json:"before"`
	Remaining []Fault `json:"remaining"`
	// Actions say what was done, in order.
	Actions []string `json:"actions"`
	// Lost are the ids of products that could not be read any more, LostUnnamed counts those whose ids could not either.
	Lost        []string `json:"lost,omitempty"`
	LostUnnamed int      `json:"lost_unnamed,omitempty"`
}

// Repair mends what [Verify] finds. Derived parts are removed and made anew from the catalogue, a lost alias is written again; neither loses anything.
// A damaged catalogue is only touched with AcceptLoss: the products that can still be read are indexed again as the next generation, which embeds
// them anew; when the store cannot be opened at all, the previous generation serves again. The damaged generation is moved aside, not removed. An
// empty name means all indexes. Errors are those of Verify, and of what was tried.
func Repair(ctx context.Context, root, name string, o Options, ro RepairOptions) ([]Repaired, error) {
	found, err := Verify(ctx, root, name, o)
	if err != nil {
		return nil, err
	}
	var done []Repaired
	for _, v := range found {
		r := Repaired{Index: v.Index, Before: v.Faults, Remaining: []Fault{}, Actions: []string{}}
		if len(v.Faults) > 0 {
			if err := r.repair(ctx, root, o, ro); err != nil {
				return done, vitrine.Errorf(vitrine.CodeOf(err), "repair of %q: %w", v.Index, err)
			}
			after, err := Verify(ctx, root, v.Index, o)
			if err != nil {
				return done, err
			}
			r.Remaining = after[0].Faults
		}
		done = append(done, r)
	}
	return done, nil
}

func (r *Repaired) did(format string, args ...any) {
	r.Actions = append(r.Actions, fmt.Sprintf(format, args...))
}

// repair removes derived parts that are damaged, opens the index, which makes them anew, and goes on to its catalogue.
func (r *Repaired) repair(ctx context.Context, root string, o Options, ro RepairOptions) (err error) {
	dir := filepath.Join(root, r.Index)
	broken := map[int]bool{} // generations whose catalogue or manifest is damaged
	derived := map[int]bool{}
	for _, f := range r.Before {
		if !f.Derived {
			broken[f.Generation] = f.Generation != 0
			continue
		}
		switch f.Part {
		case PartAlias:
			r.did("alias written again: %s", f.Message)
		case PartKeyword, PartVectors:
			if err := os.RemoveAll(filepath.Join(generationDir(dir, f.Generation), f.Part)); err != nil {
				return vitrine.Errorf(vitrine.Internal, "%s: %w", f.Part, err)
			}
			derived[f.Generation] = true
			r.did("generation %d: %s made anew from the catalogue", f.Generation, f.Part)
		}
	}
	x, err := Open(ctx, root, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	n, err := x.named(r.Index)
	if err != nil {
		return ignoreCode(err, vitrine.NotFound) // nothing in it ever served, and opening removed what was half built
	}
	current, previous := n.alias.Current, n.alias.Previous
	if previous != 0 && derived[previous] && !broken[previous] {
		if err := mend(ctx, generationDir(dir, previous), previous, n.options); err != nil {
			return err
		}
	}
	switch {
	case broken[previous] && ro.AcceptLoss:
		aside, err := n.abandon()
		if err != nil {
			return err
		}
		r.did("generation %d: is damaged and was moved to %s; there is none to roll back to", previous, aside)
		previous = 0
	case broken[previous]:
		previous = 0
	}
	if !broken[current] || !ro.AcceptLoss {
		return nil
	}
	return r.salvage(ctx, x, n, current, previous)
}

// mend opens a generation that does not serve, which makes its derived parts anew, and closes it.
func mend(ctx context.Context, dir string, number int, o Options) error {
	g, err := openGeneration(ctx, dir, number, o)
	if err != nil {
		return err
	}
	return errors.Join(g.save(), g.closeFiles())
}

// abandon moves the previous generation out of the way, for who wants to look into it, and leaves none to roll back to. It returns its new name.
func (n *named) abandon() (string, error) {
	n.retired.Wait() // it may still be closing
	n.mu.Lock()
	a := n.alias
	n.mu.Unlock()
	gone := generationDir(n.dir, a.Previous)
	a.Previous = 0
	if err := writeAlias(n.dir, a); err != nil {
		return "", err
	}
	n.mu.Lock()
	n.alias = a
	n.mu.Unlock()
	aside := filepath.Join(n.dir, damagedPrefix+filepath.Base(gone))
	err := errors.Join(os.RemoveAll(aside), os.Rename(gone, aside), syncDir(n.dir))
	return filepath.Base(aside), err
}

// salvage makes the products serve that can be read of the current generation, else those of the previous one.
func (r *Repaired) salvage(ctx context.Context, x *Indexes, n *named, current, previous int) error {
	done, err := r.reread(ctx, x, n, current)
	if !done && err == nil && previous != 0 {
		var report Report
		if report, err = x.Rollback(ctx, r.Index); err == nil {
			done = true
			r.did("generation %d cannot be read; generation %d serves again with %d products, and what was written since is lost", current, previous, report.Kept)
		}
	}
	if !done || err != nil {
		return err // there is nothing to go by: a backup or a reindex has to mend it
	}
	aside, err := n.abandon()
	r.did("the damaged generation was moved to %s", aside)
	return err
}

// reread indexes what can be read of a damaged generation as the next one, and reports whether there was any.
func (r *Repaired) reread(ctx context.Context, x *Indexes, n *named, number int) (bool, error) {
	n.mu.Lock()
	serves := n.current
	n.current, n.fault = nil, errors.New("is being repaired")
	n.mu.Unlock()
	if serves != nil { // its store can only be opened once
		serves.release()
		if err := serves.wait(); err != nil {
			r.did("generation %d: closed with an error: %v", number, err)
		}
	}
	var lost catalog.Loss
	var unreadable error
	source := func(yield func(*vitrine.Product, error) bool) {
		stopped := errors.New("stopped")
		lost, unreadable = catalog.Salvage(ctx, filepath.Join(generationDir(n.dir, number), "catalog"), n.options.Catalog, func(p *vitrine.Product) error {
			if !yield(p, nil) {
				return stopped
			}
			return nil
		})
		if unreadable != nil && !errors.Is(unreadable, stopped) {
			yield(nil, unreadable)
		}
	}
	report, err := x.Reindex(ctx, r.Index, source, ReindexOptions{})
	switch {
	case unreadable != nil && ctx.Err() == nil:
		return false, nil
	case vitrine.CodeOf(err) == vitrine.Conflict && report.Kept == 0:
		return false, nil // not one product
	case err != nil:
		return false, err
	}
	r.Lost, r.LostUnnamed = lost.IDs, lost.Unnamed
	r.did("generation %d: %d products could be read and were indexed as the next generation; %d are lost", number, report.Kept, lost.Len())
	return true, nil
}

func ignoreCode(err error, code vitrine.Code) error {
	if vitrine.CodeOf(err) == code {
		return nil
	}
	return err
}

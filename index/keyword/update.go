package keyword

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	index "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"

	"vitrine"
)

// Update puts products and deletes others; it is durable and visible on return. A put replaces what the number had before; of several puts of one number
// the last counts, and a number that is also deleted is deleted; unknown numbers are skipped. More than Options.BatchSize products are written in batches, several at a
// time, and the sequence number becomes durable with the last of them: after an error it is the one from before, and the update can be repeated.
func (x *Index) Update(ctx context.Context, puts []Entry, deletes []vitrine.Doc, seq uint64) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.closed {
		return errClosed()
	}
	puts = latest(puts, deletes)
	writers, writing := errgroup.WithContext(ctx)
	writers.SetLimit(x.options.Workers)
	for len(puts) > x.options.BatchSize {
		batch := x.newBatch(puts[:x.options.BatchSize], nil)
		puts = puts[x.options.BatchSize:]
		writers.Go(func() error {
			if err := writing.Err(); err != nil {
				return err
			}
			return x.store.Batch(batch)
		})
	}
	if err := writers.Wait(); err != nil {
		return fmt.Errorf("keyword update: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	batch := x.newBatch(puts, deletes)
	batch.SetInternal([]byte(seqKey), binary.BigEndian.AppendUint64(nil, seq))
	if err := x.store.Batch(batch); err != nil {
		return fmt.Errorf("keyword update: %w", err)
	}
	return x.refresh()
}

// latest returns the last put of each number, without the deleted ones.
func latest(puts []Entry, deletes []vitrine.Doc) []Entry {
	seen := make(map[vitrine.Doc]bool, len(puts)+len(deletes))
	for _, d := range deletes {
		seen[d] = true
	}
	kept := make([]Entry, 0, len(puts))
	for _, e := range slices.Backward(puts) {
		if !seen[e.Doc] {
			seen[e.Doc] = true
			kept = append(kept, e)
		}
	}
	slices.Reverse(kept)
	return kept
}

func (x *Index) newBatch(puts []Entry, deletes []vitrine.Doc) *index.Batch {
	batch := index.NewBatch()
	for _, e := range puts {
		batch.Update(&document{id: docID(e.Doc), product: e.Product, analyzer: x.now().analyzer, valueLength: x.options.ValueLength, yield: x.options.Yield})
	}
	for _, d := range deletes {
		batch.Delete(docID(d))
	}
	return batch
}

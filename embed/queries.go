package embed

import (
	"context"
	"sync"

	"vitrine"
)

// queries encodes texts that arrive one by one. A text runs at once while fewer runs than allowed go on; those that come while all are busy wait and share
// the next run, so load makes batches and a lone text never waits for company.
type queries struct {
	encoder *textEncoder
	options Options

	mu      sync.Mutex
	waiting []*query
	running int
}

type query struct {
	tokens  []int64
	vectors vitrine.Vectors
	err     error
	done    chan struct{}
}

// encode returns the vectors of one text, or the context's error when that comes first.
func (q *queries) encode(ctx context.Context, text string) (vitrine.Vectors, error) {
	mine := &query{tokens: q.encoder.tokens(text), vectors: vitrine.Vectors{}, done: make(chan struct{})}
	q.mu.Lock()
	q.waiting = append(q.waiting, mine)
	if q.running < q.options.Workers {
		q.running++
		go q.drain(context.WithoutCancel(ctx))
	}
	q.mu.Unlock()
	select {
	case <-mine.done:
		return mine.vectors, mine.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// drain runs batch after batch until nothing waits.
func (q *queries) drain(ctx context.Context) {
	for batch := q.take(); len(batch) > 0; batch = q.take() {
		tokens, vectors := make([][]int64, len(batch)), make([]vitrine.Vectors, len(batch))
		for i, w := range batch {
			tokens[i], vectors[i] = w.tokens, w.vectors
		}
		err := q.encoder.run(ctx, tokens, vectors)
		for _, w := range batch {
			w.err = err
			close(w.done)
		}
	}
}

// take removes the next batch in order of arrival, bounded like bulk work; it is empty, and the run counted as over, when nothing waits.
func (q *queries) take() []*query {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.running--
		return nil
	}
	n, longest := 0, 0
	for ; n < min(len(q.waiting), q.options.BatchTexts); n++ {
		longest = max(longest, q.encoder.row(len(q.waiting[n].tokens)))
		if n > 0 && (n+1)*longest > q.options.BatchTokens {
			break
		}
	}
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}

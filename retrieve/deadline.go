package retrieve

import (
	"context"
	"sync"
	"time"

	"vitrine"
)

// within runs f and returns its answer, or an error once d or ctx is over. f may then still be running: it is told through its context,
// and running counts it until it ends. A panic in f becomes an error, as f has a goroutine of its own and would take the process along.
func within[T any](ctx context.Context, d time.Duration, running *sync.WaitGroup, f func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	done := make(chan answer, 1)
	running.Go(func() {
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				done <- answer{err: vitrine.Errorf(vitrine.Internal, "panic: %v", p)}
			}
		}()
		value, err := f(ctx)
		done <- answer{value, err}
	})
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-done:
		return a.value, a.err
	default:
		var none T
		return none, ctx.Err()
	}
}

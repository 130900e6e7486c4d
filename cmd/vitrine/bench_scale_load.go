package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index"
	"vitrine/retrieve/relevance"
)

// loadTimes are those of one client in mode ranked while something else goes on.
type loadTimes struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	// Idle is the p99 of the same queries right before, Ratio P99 over it.
	Idle  float64 `json:"idle_p99_ms"`
	Ratio float64 `json:"p99_ratio"`
	// Rate is in products per second: those that got a new price, or were indexed.
	Rate float64 `json:"products_per_s"`
}

// loads are the kinds of work that searches are measured beside.
func (b *benchScale) loads(e *engine, client *scaleClient, c *fixtures.Catalogue) map[string]func(context.Context) (int, error) {
	return map[string]func(context.Context) (int, error){
		"updates": func(ctx context.Context) (int, error) { return b.updateSteadily(ctx, client, c) },
		"reindex": func(ctx context.Context) (int, error) { return b.reindexEndlessly(ctx, e, c) },
	}
}

// beside measures searches alone, and again while the work goes on, which ends with its context and returns how many products it got through.
func (b *benchScale) beside(ctx context.Context, client *scaleClient, c *fixtures.Catalogue, work func(context.Context) (int, error)) (*loadTimes, error) {
	idle, err := b.ask(ctx, client, c, idleRounds)
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var done int
	var failed error
	var worker sync.WaitGroup
	start := time.Now()
	worker.Go(func() { done, failed = work(working) })
	const settle = 2 * time.Second
	select {
	case <-time.After(settle):
	case <-ctx.Done():
	}
	times, err := b.ask(ctx, client, c, besideRounds)
	stop()
	worker.Wait()
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	t := &loadTimes{
		P50: relevance.Percentile(times, 50), P95: relevance.Percentile(times, 95), P99: relevance.Percentile(times, 99), Idle: relevance.Percentile(idle, 99),
		Rate: float64(done) / time.Since(start).Seconds(),
	}
	t.Ratio = t.P99 / t.Idle
	return t, nil
}

// How often the queries of the clock are asked alone, and beside the work, which goes through stages of some seconds.
const idleRounds, besideRounds = 2, 6

// ask asks the queries of the clock so many times over, one after another, and returns their times.
func (b *benchScale) ask(ctx context.Context, client *scaleClient, c *fixtures.Catalogue, rounds int) ([]float64, error) {
	times := make([]float64, rounds*b.queries)
	for i := range times {
		start := time.Now()
		if _, err := client.search(ctx, c.Query(i%b.queries, b.products), vitrine.ModeRanked, false); err != nil {
			return nil, err
		}
		times[i] = ms(time.Since(start))
	}
	return times, nil
}

// updateSteadily sends new prices, b.rate a second in ten requests.
func (b *benchScale) updateSteadily(ctx context.Context, client *scaleClient, c *fixtures.Catalogue) (done int, err error) {
	const requests = 10
	ticks := time.NewTicker(time.Second / requests)
	defer ticks.Stop()
	for at := 0; ; {
		select {
		case <-ctx.Done():
			return done, nil
		case <-ticks.C:
		}
		var body bytes.Buffer
		for range max(1, b.load/requests) {
			at = (at + 7919) % b.products
			fmt.Fprintf(&body, "{\"id\":%q,\"price\":%d}\n", c.Product(at).ID, 1+(at+done)%997)
		}
		if _, err := client.do(context.WithoutCancel(ctx), http.MethodPatch, "/v1/products", body.Bytes()); err != nil {
			return done, err
		}
		done += max(1, b.load/requests)
	}
}

// reindexEndlessly builds the next generation from the same products, whose vectors are taken from the serving one, until the context ends.
func (b *benchScale) reindexEndlessly(ctx context.Context, e *engine, c *fixtures.Catalogue) (done int, err error) {
	for ctx.Err() == nil {
		before := done
		_, err := e.indexes.Reindex(ctx, e.config.Index.Name, scaleProducts(c, b.products), index.ReindexOptions{
			Progress: func(p index.Progress) { done = before + p.Done },
		})
		if err != nil && ctx.Err() == nil {
			return done, err
		}
	}
	return done, nil
}

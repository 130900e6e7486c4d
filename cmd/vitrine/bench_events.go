package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/index"
)

// eventsBench is the JSON of `bench events`.
type eventsBench struct {
	Redis bool `json:"redis"`
	// Cores is the number of processors that server and client share.
	Cores int `json:"cores"`
	// Sent, Stored and Seconds are of the sustained flow, Rate its events per second, and Behind how long the profiles took to catch up.
	Sent    int     `json:"sent"`
	Stored  int     `json:"stored"`
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"events_per_second"`
	Behind  float64 `json:"profiles_behind_ms"`
	// Batch are the answer times of a batch, Order the times from sending an event to having the changed order of a search.
	Batch spread `json:"batch_ms"`
	Order spread `json:"event_to_order_ms"`
}

// spread are percentiles in milliseconds.
type spread struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	Max float64 `json:"max"`
}

func spreadOf(times []time.Duration) spread {
	if len(times) == 0 {
		return spread{}
	}
	slices.Sort(times)
	at := func(q float64) float64 { return times[int(q*float64(len(times)-1))].Seconds() * 1000 }
	return spread{P50: at(0.5), P95: at(0.95), Max: at(1)}
}

// benchEvents drives a server of its own.
type benchEvents struct {
	rate, seconds, batch, users, clients, orders int
	url                                          string
	products                                     []vitrine.Product
}

func newBenchEvents(s *settings) *cobra.Command {
	b := benchEvents{}
	var redisAddress string
	var cores int
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Measure how many events are taken, and how soon they change the order of a search",
		Long: "Serves a shop of 400 products from a temporary folder, sends events over HTTP at a rate for a while, waits for the profiles, and then\n" +
			"times the way from a shopper's purchase to the changed order of the shopper's next search. Server and client share the cores.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			report, err := b.run(cmd.Context(), s, redisAddress)
			if err != nil {
				return err
			}
			report.Cores = cores
			return s.print(cmd, report, func() {
				cmd.Printf("%.0f events/s over %.1f s (%d of %d stored), profiles %.1f ms behind at the end\n", report.Rate, report.Seconds, report.Stored, report.Sent, report.Behind)
				cmd.Printf("a batch: p50 %.1f ms, p95 %.1f ms; event to changed order: p50 %.1f ms, p95 %.1f ms, max %.1f ms\n",
					report.Batch.P50, report.Batch.P95, report.Order.P50, report.Order.P95, report.Order.Max)
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&b.rate, "rate", 2000, "events per second to send")
	flags.IntVar(&b.seconds, "seconds", 10, "length of the flow")
	flags.IntVar(&b.batch, "batch", 20, "events of a request")
	flags.IntVar(&b.users, "users", 1000, "number of shoppers")
	flags.IntVar(&b.clients, "clients", 8, "requests at a time")
	flags.IntVar(&b.orders, "orders", 200, "number of event-to-order times")
	flags.IntVar(&cores, "cores", 1, "processors that server and client share")
	flags.StringVar(&redisAddress, "redis", "", "host:port of a Redis to share events and profiles through")
	return cmd
}

func (b *benchEvents) run(ctx context.Context, s *settings, redisAddress string) (report *eventsBench, err error) {
	for flag, n := range map[string]int{"rate": b.rate, "seconds": b.seconds, "batch": b.batch, "users": b.users, "clients": b.clients, "orders": b.orders} {
		if n < 1 {
			return nil, vitrine.Errorf(vitrine.Invalid, "--%s %d: give 1 or more", flag, n)
		}
	}
	dir, err := os.MkdirTemp("", "vitrine-bench-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	defer func() { err = joinClose(err, func() error { return os.RemoveAll(dir) }) }()
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	c.Data, c.Index.Pictures, c.Server.Address, c.Server.OpenLoopback = filepath.Join(dir, "data"), 0, "localhost:0", true
	c.Redis.Address, c.Redis.Prefix = redisAddress, filepath.Base(dir)
	shop := fixtures.Make(fixtures.Options{Products: 400, Shoppers: 1})
	b.products = shop.Products
	file := filepath.Join(dir, fixtures.ProductsFile)
	if err := writeProducts(file, shop.Products); err != nil {
		return nil, err
	}
	e, err := openEngine(ctx, c, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = joinClose(err, e.close) }()
	if _, err := indexFile(ctx, e, c.Index.Name, file, "", index.ReindexOptions{}); err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() { served <- serve(serving, e, func(url string) { ready <- url }) }()
	defer func() {
		stop()
		err = joinClose(err, func() error { return <-served })
	}()
	select {
	case b.url = <-ready:
	case err := <-served:
		served <- nil
		return nil, err
	}
	report = &eventsBench{Redis: redisAddress != ""}
	if err := b.flow(ctx, report); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := e.shoppers.caughtUp(ctx); err != nil {
		return nil, err
	}
	report.Behind = time.Since(start).Seconds() * 1000
	report.Order, err = b.order(ctx)
	return report, err
}

func writeProducts(path string, products []vitrine.Product) (err error) {
	f, err := os.Create(path) //nolint:gosec // in a folder of our own
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	defer func() { err = joinClose(err, f.Close) }()
	lines := json.NewEncoder(f)
	for i := range products {
		if err := lines.Encode(&products[i]); err != nil {
			return err
		}
	}
	return nil
}

// caughtUp returns once the profiles have every event.
func (s *shoppers) caughtUp(ctx context.Context) error {
	stats, err := s.events.Stats(ctx)
	if err != nil {
		return err
	}
	return s.profiles.Settle(ctx, stats.Last)
}

// flow sends batches at the rate, each at its time, by as many clients as there are.
func (b *benchEvents) flow(ctx context.Context, report *eventsBench) error {
	kinds := []vitrine.EventKind{vitrine.EventView, vitrine.EventClick, vitrine.EventImpression, vitrine.EventCart}
	batches := b.rate * b.seconds / b.batch
	times, stored := make([]time.Duration, batches), make([]int, batches)
	start := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.clients)
	for i := range batches {
		due := start.Add(time.Duration(i*b.batch) * time.Second / time.Duration(b.rate))
		time.Sleep(time.Until(due))
		group.Go(func() error {
			events := make([]vitrine.Event, b.batch)
			for j := range events {
				n := i*b.batch + j
				events[j] = vitrine.Event{
					ID: fmt.Sprint("bench-", n), Kind: kinds[n%len(kinds)], User: fmt.Sprint("user-", n*7919%b.users), Session: "bench",
					Product: b.products[n*104729%len(b.products)].ID, Time: time.Now(),
				}
			}
			var answer struct{ Stored int }
			sent := time.Now()
			err := b.post(ctx, "/v1/events", map[string]any{"events": events}, &answer)
			times[i], stored[i] = time.Since(sent), answer.Stored
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	report.Seconds = time.Since(start).Seconds()
	report.Sent, report.Batch = batches*b.batch, spreadOf(times)
	for _, n := range stored {
		report.Stored += n
	}
	report.Rate = float64(report.Stored) / report.Seconds
	return nil
}

// order times the way from a purchase to a changed order.
func (b *benchEvents) order(ctx context.Context) (spread, error) {
	var times []time.Duration
	for i := range b.orders {
		query := vitrine.Query{Text: "dress", PageSize: 20, User: fmt.Sprint("order-", i)}
		var before, after vitrine.Results
		if err := b.post(ctx, "/v1/search", query, &before); err != nil {
			return spread{}, err
		}
		bought := before.Hits[len(before.Hits)/2].ID
		start := time.Now()
		event := vitrine.Event{ID: fmt.Sprint("order-", i), Kind: vitrine.EventPurchase, User: query.User, Product: bought, Value: 1, Time: start}
		if err := b.post(ctx, "/v1/events", event, nil); err != nil {
			return spread{}, err
		}
		for slices.EqualFunc(before.Hits, after.Hits, func(a, b vitrine.Hit) bool { return a.ID == b.ID }) || len(after.Hits) == 0 {
			after = vitrine.Results{}
			if err := b.post(ctx, "/v1/search", query, &after); err != nil {
				return spread{}, err
			}
			const longest = 10 * time.Second
			if time.Since(start) > longest {
				return spread{}, vitrine.Errorf(vitrine.Unavailable, "bench: the order has not changed after %v", longest)
			}
		}
		times = append(times, time.Since(start))
	}
	return spreadOf(times), nil
}

func (b *benchEvents) post(ctx context.Context, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return vitrine.Errorf(vitrine.Internal, "bench: %s answers %d: %s", path, response.StatusCode, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

package redis_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vitrine"
	"vitrine/store"
	"vitrine/store/embedded"
	"vitrine/store/redis"
	"vitrine/store/storetest"
)

// Ensure that no acknowledged event is lost when Redis is killed in mid-flow and comes back empty: events go on to be taken meanwhile, and all
// are there once, afterwards.
func TestRelay_RedisKilled(t *testing.T) {
	first := start(t, t.TempDir(), "")
	journal, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := redis.Open(redis.Options{Address: first.address, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := store.NewRelay(store.RelayOptions{Journal: journal, Shared: shared, Patience: 20 * time.Millisecond, Retry: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		relay.Run(ctx)
	}()
	defer func() {
		stop()
		<-ended
		_ = shared.Close()
		_ = journal.Close()
	}()
	const all = 300
	for i := range all {
		events := []vitrine.Event{storetest.Event(fmt.Sprint(i), "u", i), storetest.Event(fmt.Sprint(i/2), "u", i/2)}
		if _, err := relay.Append(ctx, events); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		switch i {
		case all / 3:
			first.kill()
		case 2 * all / 3:
			start(t, t.TempDir(), first.address)
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		stats, err := relay.Stats(ctx)
		if err == nil && stats.Events == all {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("stats %+v, %v; want %d events", stats, err, all)
		}
		time.Sleep(20 * time.Millisecond)
	}
	seen := map[string]bool{}
	if err := relay.Scan(ctx, store.Range{}, func(r store.Record) error {
		seen[r.ID] = true
		return nil
	}); err != nil || len(seen) != all {
		t.Errorf("%d different events, %v", len(seen), err)
	}
}

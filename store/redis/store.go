package redis

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
	goredis "github.com/redis/go-redis/v9"

	"vitrine"
	"vitrine/store"
)

// Options of a [Store]; Address must be given, a zero field of the others means its default.
type Options struct {
	// Address is host:port.
	Address            string
	Username, Password string
	TLS                bool
	DB                 int
	// Prefix begins every key; default "vitrine".
	Prefix string
	// Timeout bounds connecting and every command; default 500 ms. Too short takes a busy server for a dead one.
	Timeout time.Duration
	// Poll is how often Wait looks for new events; default 5 ms.
	Poll time.Duration
	// Rewrite is the longest that Shred waits for the server's files; default 5 min.
	Rewrite time.Duration
}

func (o Options) withDefaults() Options {
	o.Prefix = cmp.Or(o.Prefix, "vitrine")
	o.Timeout = cmp.Or(o.Timeout, 500*time.Millisecond)
	o.Poll = cmp.Or(o.Poll, 5*time.Millisecond)
	o.Rewrite = cmp.Or(o.Rewrite, 5*time.Minute)
	return o
}

// Store is a [store.Events] and a [store.States] in a Redis server.
type Store struct {
	client  *goredis.Client
	options Options
	keys    keys
	scripts *scripts
	encode  cbor.EncMode
}

var (
	_ store.Events = (*Store)(nil)
	_ store.States = (*Store)(nil)
)

// Open returns a store over a server, which need not be there yet: calls are [vitrine.Unavailable] until it is.
func Open(o Options) (*Store, error) {
	if o.Address == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "redis: the address is empty")
	}
	o = o.withDefaults()
	encode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "redis: %w", err)
	}
	co := &goredis.Options{
		Addr: o.Address, Username: o.Username, Password: o.Password, DB: o.DB,
		DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, ContextTimeoutEnabled: true, MaxRetries: 1,
	}
	if o.TLS {
		co.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return &Store{
		client: goredis.NewClient(co), options: o, keys: keys{"{" + o.Prefix + "}:"}, scripts: newScripts(), encode: encode,
	}, nil
}

// Close closes the connections.
func (s *Store) Close() error {
	if err := s.client.Close(); err != nil {
		return vitrine.Errorf(vitrine.Internal, "redis: %w", err)
	}
	return nil
}

// Life names the run of the server: it changes when the server is started again, which may have lost events.
func (s *Store) Life(ctx context.Context) (string, error) {
	info, err := s.client.Info(ctx, "server").Result()
	if err != nil {
		return "", failed(err)
	}
	for line := range strings.Lines(info) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "run_id:"); ok {
			return id, nil
		}
	}
	return "", vitrine.Errorf(vitrine.Unavailable, "redis: the server does not tell its run_id")
}

// failed words an error of the server or the way to it.
func failed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return vitrine.Errorf(vitrine.Unavailable, "redis: %w", err)
}

// Append stores the events in one step of the server.
func (s *Store) Append(ctx context.Context, events []vitrine.Event) ([]store.Receipt, error) {
	if err := store.Check(events); err != nil || len(events) == 0 {
		return nil, err
	}
	receipts := make([]store.Receipt, 0, len(events))
	const most = 500 // a script blocks the server, and Lua takes some thousand arguments
	for len(events) > 0 {
		n := min(len(events), most)
		some, err := s.append(ctx, events[:n])
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, some...)
		events = events[n:]
	}
	return receipts, nil
}

func (s *Store) append(ctx context.Context, events []vitrine.Event) ([]store.Receipt, error) {
	names := []string{s.keys.seq(), s.keys.events(), s.keys.times(), s.keys.kinds(), s.keys.values()}
	args := make([]any, 0, 3*len(events))
	for i := range events {
		e := events[i]
		e.Time = e.Time.UTC()
		value, err := s.encode.Marshal(&e)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "event %q: %w", e.ID, err)
		}
		names = append(names, s.keys.id(e.ID), s.userKey(e.User))
		args = append(args, e.Time.UnixMilli(), string(e.Kind), value)
	}
	numbers, err := s.scripts.add.Run(ctx, s.client, names, args...).Int64Slice()
	if err != nil {
		return nil, failed(err)
	}
	receipts := make([]store.Receipt, len(numbers))
	for i, n := range numbers {
		receipts[i] = store.Receipt{Seq: uint64(max(n, -n)), Duplicate: n < 0} //nolint:gosec // an absolute value
	}
	return receipts, nil
}

// userKey is empty for nobody.
func (s *Store) userKey(user string) string {
	if user == "" {
		return ""
	}
	return s.keys.user(user)
}

// Wait returns once the number of the last event is not after.
func (s *Store) Wait(ctx context.Context, after uint64) error {
	tick := time.NewTicker(s.options.Poll)
	defer tick.Stop()
	for {
		seq, err := s.last(ctx)
		if err != nil {
			return cmp.Or(ctx.Err(), err)
		}
		if seq != after {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Store) last(ctx context.Context) (uint64, error) {
	text, err := s.client.Get(ctx, s.keys.seq()).Result()
	if errors.Is(err, goredis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, failed(err)
	}
	seq, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, vitrine.Errorf(vitrine.Internal, "redis: key %s: %w", s.keys.seq(), err)
	}
	return seq, nil
}

// Stats counts what is there.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	last, err := s.last(ctx)
	if err != nil {
		return store.Stats{}, err
	}
	counts, err := s.client.HGetAll(ctx, s.keys.kinds()).Result()
	if err != nil {
		return store.Stats{}, failed(err)
	}
	stats := store.Stats{Last: last, Kinds: make(map[vitrine.EventKind]uint64, len(counts))}
	for kind, text := range counts {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return store.Stats{}, vitrine.Errorf(vitrine.Internal, "redis: key %s: %w", s.keys.kinds(), err)
		}
		stats.Kinds[vitrine.EventKind(kind)] = n
		stats.Events += n
	}
	return stats, nil
}

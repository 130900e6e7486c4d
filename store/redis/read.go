package redis

import (
	"context"
	"strconv"
	"strings"

	"github.com/fxamacker/cbor/v2"
	goredis "github.com/redis/go-redis/v9"

	"vitrine"
	"vitrine/store"
)

// page is how many events are read at a time.
const page = 1000

// Scan calls f for the events of a range in the order of their numbers, a page at a time.
func (s *Store) Scan(ctx context.Context, r store.Range, f func(store.Record) error) error {
	after, n := r.After, 0
	for {
		messages, err := s.client.XRangeN(ctx, s.keys.events(), entry(after+1), "+", page).Result()
		if err != nil {
			return failed(err)
		}
		records, err := s.records(ctx, messages)
		if err != nil {
			return err
		}
		for _, record := range records {
			if !r.Holds(record.Time) {
				continue
			}
			if err := f(record); err != nil {
				return err
			}
			if n++; n == r.Limit {
				return nil
			}
		}
		if len(messages) < page {
			return nil
		}
		if after, err = strconv.ParseUint(strings.TrimSuffix(messages[page-1].ID, "-0"), 10, 64); err != nil {
			return vitrine.Errorf(vitrine.Internal, "redis: stream entry %s is not an event", messages[page-1].ID)
		}
	}
}

// Latest returns the user's latest events, the newest first.
func (s *Store) Latest(ctx context.Context, user string, n int) ([]store.Record, error) {
	if user == "" || n <= 0 {
		return nil, nil
	}
	var list []store.Record
	for from := 0; from < n; from += page {
		numbers, err := s.client.ZRangeArgs(ctx, goredis.ZRangeArgs{
			Key: s.keys.user(user), Start: from, Stop: min(from+page, n) - 1, Rev: true,
		}).Result()
		if err != nil {
			return nil, failed(err)
		}
		records, err := s.byNumber(ctx, numbers)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if r.User == user {
				list = append(list, r)
			}
		}
		if len(numbers) < page {
			break
		}
	}
	return list, nil
}

// records decodes the events behind entries of the stream.
func (s *Store) records(ctx context.Context, messages []goredis.XMessage) ([]store.Record, error) {
	numbers := make([]string, len(messages))
	for i, m := range messages {
		numbers[i] = strings.TrimSuffix(m.ID, "-0")
	}
	return s.byNumber(ctx, numbers)
}

// byNumber returns events in the order of their numbers' texts, without those that are gone.
func (s *Store) byNumber(ctx context.Context, numbers []string) ([]store.Record, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	values, err := s.client.HMGet(ctx, s.keys.values(), numbers...).Result()
	if err != nil {
		return nil, failed(err)
	}
	records := make([]store.Record, 0, len(numbers))
	for i, v := range values {
		value, ok := v.(string)
		if !ok {
			continue
		}
		seq, err := strconv.ParseUint(numbers[i], 10, 64)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Internal, "redis: event %s: %w", numbers[i], err)
		}
		r := store.Record{Seq: seq}
		if err := cbor.Unmarshal([]byte(value), &r.Event); err != nil {
			return nil, vitrine.Errorf(vitrine.Internal, "redis: event %d: %w", seq, err)
		}
		records = append(records, r)
	}
	return records, nil
}

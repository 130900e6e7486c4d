package redis

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"vitrine"
	"vitrine/store"
)

// changed is how many events are changed at a time.
const changed = 500

// Forget deletes every event of the user.
func (s *Store) Forget(ctx context.Context, user string) (int, error) {
	if user == "" {
		return 0, nil
	}
	return s.removeAll(ctx, func() ([]string, error) {
		return s.client.ZRange(ctx, s.keys.user(user), 0, changed-1).Result()
	}, s.keys.user(user))
}

// Expire removes the events older than the given time.
func (s *Store) Expire(ctx context.Context, before time.Time) (int, error) {
	if before.Unix() <= 0 {
		return 0, nil
	}
	return s.removeAll(ctx, func() ([]string, error) {
		return s.client.ZRangeArgs(ctx, goredis.ZRangeArgs{
			Key: s.keys.times(), ByScore: true, Start: "-inf", Stop: "(" + strconv.FormatInt(before.UnixMilli(), 10), Count: changed,
		}).Result()
	}, s.keys.times())
}

// removeAll deletes the events of an index, some at a time, until it has none.
func (s *Store) removeAll(ctx context.Context, next func() ([]string, error), index string) (int, error) {
	for total := 0; ; {
		numbers, err := next()
		if err != nil {
			return total, failed(err)
		}
		if len(numbers) == 0 {
			return total, nil
		}
		records, err := s.byNumber(ctx, numbers)
		if err != nil {
			return total, err
		}
		names := []string{s.keys.events(), s.keys.times(), s.keys.kinds(), s.keys.values()}
		var args []any
		for _, r := range records {
			names = append(names, s.keys.id(r.ID), s.userKey(r.User))
			args = append(args, r.Seq, string(r.Kind))
		}
		if len(records) > 0 {
			n, err := s.scripts.remove.Run(ctx, s.client, names, args...).Int()
			if err != nil {
				return total, failed(err)
			}
			total += n
		}
		// Numbers whose events are gone would be read again and again.
		if err := s.client.ZRem(ctx, index, anys(numbers)...).Err(); err != nil {
			return total, failed(err)
		}
	}
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = t
	}
	return list
}

// Move gives every event of one user to another.
func (s *Store) Move(ctx context.Context, from, to string) (int, error) {
	if from == to || from == "" || to == "" {
		return 0, vitrine.Errorf(vitrine.Invalid, "move events: from %q to %q: give two users", from, to)
	}
	for total := 0; ; {
		numbers, err := s.client.ZRange(ctx, s.keys.user(from), 0, changed-1).Result()
		if err != nil {
			return total, failed(err)
		}
		if len(numbers) == 0 {
			return total, nil
		}
		records, err := s.byNumber(ctx, numbers)
		if err != nil {
			return total, err
		}
		args, err := s.moved(records, to)
		if err != nil {
			return total, err
		}
		if len(args) > 0 {
			if err := s.scripts.move.Run(ctx, s.client, []string{s.keys.values(), s.keys.user(from), s.keys.user(to)}, args...).Err(); err != nil {
				return total, failed(err)
			}
			total += len(records)
		}
		if err := s.client.ZRem(ctx, s.keys.user(from), anys(numbers)...).Err(); err != nil {
			return total, failed(err)
		}
	}
}

// moved are the script's arguments for events that get another user.
func (s *Store) moved(records []store.Record, to string) ([]any, error) {
	var args []any
	for _, r := range records {
		r.User = to
		value, err := s.encode.Marshal(&r.Event)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Internal, "event %q: %w", r.ID, err)
		}
		args = append(args, r.Seq, r.Time.UnixMilli(), value)
	}
	return args, nil
}

// Shred has the server rewrite those files that it keeps, so that what was deleted is in none of them.
func (s *Store) Shred(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Rewrite)
	defer cancel()
	info, err := s.persistence(ctx)
	if err != nil {
		return err
	}
	if info["aof_enabled"] == "1" {
		if err := s.rewrite(ctx, s.client.BgRewriteAOF, "aof_rewrite_in_progress", "aof_rewrite_scheduled"); err != nil {
			return err
		}
	}
	save, err := s.client.ConfigGet(ctx, "save").Result()
	if err == nil && save["save"] == "" {
		return nil // no snapshots are made
	}
	return s.rewrite(ctx, s.client.BgSave, "rdb_bgsave_in_progress")
}

// rewrite starts a rewrite of a file and waits for its end. A rewrite that runs already may hold what was deleted: it is waited for first.
func (s *Store) rewrite(ctx context.Context, start func(context.Context) *goredis.StatusCmd, flags ...string) error {
	if err := s.idle(ctx, flags); err != nil {
		return err
	}
	if err := start(ctx).Err(); err != nil {
		return failed(err)
	}
	return s.idle(ctx, flags)
}

func (s *Store) idle(ctx context.Context, flags []string) error {
	for {
		info, err := s.persistence(ctx)
		if err != nil {
			return err
		}
		busy := false
		for _, f := range flags {
			busy = busy || info[f] == "1"
		}
		if !busy {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return vitrine.Errorf(vitrine.Unavailable, "redis: files are not rewritten yet: %w", ctx.Err())
		}
	}
}

func (s *Store) persistence(ctx context.Context) (map[string]string, error) {
	text, err := s.client.Info(ctx, "persistence").Result()
	if err != nil {
		return nil, failed(err)
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}

// State returns the user's value and its version.
func (s *Store) State(ctx context.Context, user string) ([]byte, uint64, error) {
	fields, err := s.client.HMGet(ctx, s.keys.state(user), "v", "s").Result()
	if err != nil {
		return nil, 0, failed(err)
	}
	version, ok := fields[0].(string)
	value, has := fields[1].(string)
	if !ok || !has {
		return nil, 0, nil
	}
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return nil, 0, vitrine.Errorf(vitrine.Internal, "redis: state of %q: %w", user, err)
	}
	return []byte(value), n, nil
}

// PutState replaces a value of the given version.
func (s *Store) PutState(ctx context.Context, user string, value []byte, version uint64) (uint64, error) {
	now, err := s.scripts.put.Run(ctx, s.client, []string{s.keys.state(user), s.keys.states()}, version, user, value, hash(user)).Uint64()
	if err != nil {
		return 0, failed(err)
	}
	if now == 0 {
		return 0, vitrine.Errorf(vitrine.Conflict, "state of %q: is no longer version %d", user, version)
	}
	return now, nil
}

// DropState removes a value.
func (s *Store) DropState(ctx context.Context, user string) error {
	return failed(s.scripts.drop.Run(ctx, s.client, []string{s.keys.state(user), s.keys.states()}, hash(user)).Err())
}

// EachState calls f for every value.
func (s *Store) EachState(ctx context.Context, f func(user string, value []byte) error) error {
	it := s.client.SScan(ctx, s.keys.states(), 0, "", page).Iterator()
	seen := map[string]bool{}
	for it.Next(ctx) {
		h := it.Val()
		if seen[h] { // a set scan may tell one twice
			continue
		}
		seen[h] = true
		fields, err := s.client.HMGet(ctx, s.keys.stateOf(h), "u", "s").Result()
		if err != nil {
			return failed(err)
		}
		user, ok := fields[0].(string)
		value, has := fields[1].(string)
		if !ok || !has {
			continue
		}
		if err := f(user, []byte(value)); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil && !errors.Is(err, goredis.Nil) {
		return failed(err)
	}
	return nil
}

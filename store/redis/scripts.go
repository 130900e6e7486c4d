package redis

import goredis "github.com/redis/go-redis/v9"

// scripts change several keys at once: Redis runs each as one step.
type scripts struct{ add, remove, move, put, drop *goredis.Script }

// newScripts returns the scripts. A user's key is empty when the event is nobody's.
//
// add stores events that are not there yet. KEYS: seq, events, times, kinds, values, then per event its id's and its user's key; ARGV per event:
// time, kind, value. It returns a number per event, negative for one that was there.
//
// remove deletes events. KEYS: events, times, kinds, values, then as above; ARGV per event: number, kind.
//
// move gives events to another user. KEYS: values, the user's old and new key; ARGV per event: number, time, value.
//
// put replaces a state of the expected version. KEYS: state, states; ARGV: version, user, value, hash. It returns the new version, 0 on conflict.
func newScripts() *scripts {
	return &scripts{
		add: goredis.NewScript(`
local out = {}
for i = 0, #ARGV / 3 - 1 do
  local id, user = KEYS[6 + 2 * i], KEYS[7 + 2 * i]
  local at, kind, value = ARGV[1 + 3 * i], ARGV[2 + 3 * i], ARGV[3 + 3 * i]
  local known = redis.call('GET', id)
  if known then
    out[#out + 1] = -tonumber(known)
  else
    local seq = redis.call('INCR', KEYS[1])
    redis.call('XADD', KEYS[2], seq .. '-0', 'k', kind)
    redis.call('HSET', KEYS[5], seq, value)
    redis.call('ZADD', KEYS[3], at, seq)
    redis.call('HINCRBY', KEYS[4], kind, 1)
    redis.call('SET', id, seq)
    if user ~= '' then redis.call('ZADD', user, at, seq) end
    out[#out + 1] = seq
  end
end
return out`),
		remove: goredis.NewScript(`
local n = 0
for i = 0, #ARGV / 2 - 1 do
  local id, user = KEYS[5 + 2 * i], KEYS[6 + 2 * i]
  local seq, kind = ARGV[1 + 2 * i], ARGV[2 + 2 * i]
  n = n + redis.call('XDEL', KEYS[1], seq .. '-0')
  redis.call('ZREM', KEYS[2], seq)
  redis.call('HDEL', KEYS[4], seq)
  if redis.call('HINCRBY', KEYS[3], kind, -1) <= 0 then redis.call('HDEL', KEYS[3], kind) end
  redis.call('DEL', id)
  if user ~= '' then redis.call('ZREM', user, seq) end
end
return n`),
		move: goredis.NewScript(`
for i = 0, #ARGV / 3 - 1 do
  local seq, at, value = ARGV[1 + 3 * i], ARGV[2 + 3 * i], ARGV[3 + 3 * i]
  redis.call('HSET', KEYS[1], seq, value)
  redis.call('ZREM', KEYS[2], seq)
  redis.call('ZADD', KEYS[3], at, seq)
end
return #ARGV / 3`),
		put: goredis.NewScript(`
local now = tonumber(redis.call('HGET', KEYS[1], 'v') or '0')
if now ~= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'v', now + 1, 'u', ARGV[2], 's', ARGV[3])
redis.call('SADD', KEYS[2], ARGV[4])
return now + 1`),
		drop: goredis.NewScript(`
redis.call('SREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])`),
	}
}

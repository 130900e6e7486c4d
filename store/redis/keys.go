package redis

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// keys are the names of what a store has in the server. The braces keep them in one slot of a cluster.
//
//	{p}:seq        the number of the last event
//	{p}:events     the stream; entry N-0 stands for event N and tells its kind
//	{p}:values     hash of the events by number; a stream keeps the bytes of deleted entries, which an erased user may not leave behind
//	{p}:times      sorted set of numbers by time in milliseconds
//	{p}:kinds      hash of counts by kind
//	{p}:i:HASH     the number of the event whose id has the hash
//	{p}:u:HASH     sorted set of the user's numbers by time
//	{p}:s:HASH     the user's state: hash of version, user and value
//	{p}:states     set of the hashes of users with a state
type keys struct{ prefix string }

func (k keys) seq() string    { return k.prefix + "seq" }
func (k keys) events() string { return k.prefix + "events" }
func (k keys) times() string  { return k.prefix + "times" }
func (k keys) kinds() string  { return k.prefix + "kinds" }
func (k keys) values() string { return k.prefix + "values" }
func (k keys) states() string { return k.prefix + "states" }

func (k keys) id(id string) string      { return k.prefix + "i:" + hash(id) }
func (k keys) user(user string) string  { return k.prefix + "u:" + hash(user) }
func (k keys) state(user string) string { return k.stateOf(hash(user)) }
func (k keys) stateOf(h string) string  { return k.prefix + "s:" + h }

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:len(sum)/2])
}

func entry(seq uint64) string { return strconv.FormatUint(seq, 10) + "-0" }

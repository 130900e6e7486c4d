package embedded

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// The first byte of a key says what it holds. Numbers follow big-endian, so that keys sort by number. Users and event ids stand in keys as
// the first half of their SHA-256: a key may outlive its value in pebble's manifest.
const (
	prefixEvent = 'e' // seq → event
	prefixID    = 'i' // hash of the event's id → seq
	prefixMeta  = 'm' // → meta
	prefixState = 's' // hash of the user → state
	prefixTime  = 't' // time, seq → nothing
	prefixUser  = 'u' // hash of the user, time, seq → nothing
)

const (
	hashSize = sha256.Size / 2
	seqSize  = 8
	timeSize = 8
)

func metaKey() []byte { return []byte{prefixMeta} }

func eventKey(seq uint64) []byte { return binary.BigEndian.AppendUint64([]byte{prefixEvent}, seq) }

func idKey(id string) []byte { return hashed(prefixID, id) }

func stateKey(user string) []byte { return hashed(prefixState, user) }

func userPrefix(user string) []byte { return hashed(prefixUser, user) }

func userKey(user string, at time.Time, seq uint64) []byte {
	return appendMoment(userPrefix(user), at, seq)
}

func timeKey(at time.Time, seq uint64) []byte { return appendMoment([]byte{prefixTime}, at, seq) }

func hashed(prefix byte, text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return append(append(make([]byte, 0, 1+hashSize+timeSize+seqSize), prefix), sum[:hashSize]...)
}

// appendMoment appends a time, which [store.Check] keeps after 1970, and a number.
func appendMoment(dst []byte, at time.Time, seq uint64) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(at.UnixMilli()))
	return binary.BigEndian.AppendUint64(dst, seq)
}

// seqOf is the number at the end of a key.
func seqOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-seqSize:]) }

// after returns the smallest key that sorts behind every key with the prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

package retrieve

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"hash/fnv"

	"vitrine"
)

// cursor is what a walk through the results has shown so far. Unlike a position it stays right when products are written meanwhile: what was shown
// never comes again, and what was not is still to come wherever it has moved to.
//
// On the wire it is a version, a digest of the query, and a digest of 40 bits of each hit, so that two of 1,000 hits look alike once in two million walks.
type cursor struct{ digests map[uint64]bool }

const (
	cursorVersion = 1
	digestBytes   = 5
	cursorHead    = 1 + 8
)

func (c *cursor) len() int { return len(c.digests) }

func (c *cursor) has(key string) bool { return c.digests[digest(key)] }

func (c *cursor) add(key string) {
	if c.digests == nil {
		c.digests = map[uint64]bool{}
	}
	c.digests[digest(key)] = true
}

func digest(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // a hash takes everything
	return h.Sum64() >> (64 - 8*digestBytes)
}

// write returns the cursor as the text that continues the query.
func (c *cursor) write(q *vitrine.Query) string {
	data := make([]byte, 0, cursorHead+digestBytes*len(c.digests))
	data = append(data, cursorVersion)
	data = binary.BigEndian.AppendUint64(data, digestOf(q))
	for d := range c.digests {
		var eight [8]byte
		binary.BigEndian.PutUint64(eight[:], d)
		data = append(data, eight[8-digestBytes:]...)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// readCursor reads the query's cursor; [vitrine.Invalid] when it is none, or that of another query.
func readCursor(q *vitrine.Query) (cursor, error) {
	c := cursor{digests: map[uint64]bool{}}
	data, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(data) < cursorHead || data[0] != cursorVersion || (len(data)-cursorHead)%digestBytes != 0 {
		return c, vitrine.Errorf(vitrine.Invalid, "field cursor: is not the next_cursor of an answer")
	}
	if binary.BigEndian.Uint64(data[1:]) != digestOf(q) {
		return c, vitrine.Errorf(vitrine.Invalid, "field cursor: belongs to another query; only page_size, facets and explain may change on the way")
	}
	for rest := data[cursorHead:]; len(rest) > 0; rest = rest[digestBytes:] {
		var eight [8]byte
		copy(eight[8-digestBytes:], rest)
		c.digests[binary.BigEndian.Uint64(eight[:])] = true
	}
	return c, nil
}

// digestOf tells queries with different hits apart.
func digestOf(q *vitrine.Query) uint64 {
	same := *q
	same.Cursor, same.Page, same.PageSize, same.Facets, same.DisjunctiveFacets, same.FacetOptions = "", 0, 0, nil, nil, nil
	same.Explain, same.Variants, same.Image = false, 0, nil
	h := fnv.New64a()
	// A query is plain data, which JSON can always write.
	_ = json.NewEncoder(h).Encode(same)
	_ = binary.Write(h, binary.BigEndian, crc32.Checksum(q.Image, crc32.MakeTable(crc32.Castagnoli)))
	return h.Sum64()
}

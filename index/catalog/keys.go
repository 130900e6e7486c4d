package catalog

import (
	"encoding/binary"

	"vitrine"
)

// The first byte of a key says what it holds; numbers follow big-endian, so that keys sort by number.
const (
	prefixID     = 'i' // product id → doc
	prefixLog    = 'l' // seq → doc, deleted, and the id when deleted
	prefixMeta   = 'm' // → meta as JSON
	prefixRecord = 'p' // doc → seq, product
	prefixRows   = 'v' // space, NUL, doc → seq, dimension, rows
)

const (
	seqSize = 8
	docSize = 4
)

func metaKey() []byte { return []byte{prefixMeta} }

func idKey(id string) []byte { return append([]byte{prefixID}, id...) }

func recordKey(d vitrine.Doc) []byte {
	return binary.BigEndian.AppendUint32([]byte{prefixRecord}, uint32(d))
}

func logKey(seq uint64) []byte { return binary.BigEndian.AppendUint64([]byte{prefixLog}, seq) }

func rowsPrefix(space string) []byte {
	return append(append([]byte{prefixRows}, space...), 0)
}

func rowsKey(space string, d vitrine.Doc) []byte {
	return binary.BigEndian.AppendUint32(rowsPrefix(space), uint32(d))
}

// after returns the smallest key that sorts behind every key with the prefix; the last byte of a prefix here is never 0xff.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	end[len(end)-1]++
	return end
}

func appendLog(dst []byte, d vitrine.Doc, deletedID string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(d))
	return append(dst, deletedID...)
}

// Package section writes and reads the files of the vector engines: blocks of numbers with a checksum each, found by name and place in a
// directory. A file grows by commits: blocks that changed, a directory of all that are valid now, and a trailer that makes them so. What
// was torn off or half written therefore leaves the commit before it in force.
//
//	file      = magic (8 bytes), zeros up to 64 | commit*
//	commit    = block* | directory | trailer
//	block     = little-endian numbers, zeros up to a multiple of 64 bytes
//	directory = entry*, zeros up to a multiple of 64 bytes
//	entry     = name (4 bytes) | place (uint32) | offset, length in bytes (uint64) | CRC-32C of the padded block | 0 (uint32)
//	trailer   = magic | tag, offset of the directory, its length, own offset (uint64) | CRC-32C of the directory | zeros | CRC-32C of the
//	            60 bytes before (uint32)
//
// Main types: [Writer], [File] (of bytes in memory, or mapped) and [Store] (a file on disk that is opened and committed to).
//
// # Caveats
//
// A checksum guards against accidents, not against an author of bad files: check what the numbers mean before using them. Numbers are
// used where they lie, so only little-endian processors are served; all that Vitrine runs on are.
package section

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"unsafe"

	"vitrine"
)

const (
	// align is the size of a cache line, to which everything is padded.
	align       = 64
	entrySize   = 32
	trailerSize = align
	magicSize   = 8
	nameSize    = 4
)

// Element is what blocks consist of.
type Element interface{ uint8 | uint32 | float32 }

// key names a block.
type key struct {
	name  string
	place uint32
}

type entry struct {
	offset, length uint64
	sum            uint32
}

func padded(n uint64) uint64 { return (n + align - 1) &^ (align - 1) }

func checksum(parts ...[]byte) (sum uint32) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, p := range parts {
		sum = crc32.Update(sum, table, p)
	}
	return sum
}

// bytesOf is the memory of numbers.
func bytesOf[T Element](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0]))) //nolint:gosec // numbers have no pointers
}

// Writer writes one commit. Methods after a fault of the underlying writer do nothing; Finish reports it.
type Writer struct {
	out   io.Writer
	magic string
	at    uint64
	err   error
	names []key
	have  map[key]entry
	// before is the file that the commit continues, or nil.
	before *File
	// settle tells the tables that the file has what they have; a writer to no file of theirs, as [Writer.Finish] of a copy, does not.
	settle []func()
	owned  bool
}

// NewWriter begins a file with a magic word of 8 bytes.
func NewWriter(w io.Writer, magic string) *Writer {
	s := &Writer{out: w, magic: magic, have: map[key]entry{}}
	s.write([]byte(magic), make([]byte, align-magicSize))
	return s
}

// Put writes a block.
func Put[T Element](w *Writer, name string, place int, data []T) {
	raw := bytesOf(data)
	zeros := make([]byte, padded(uint64(len(raw)))-uint64(len(raw)))
	w.note(key{name, uint32(place)}, entry{w.at, uint64(len(raw)), checksum(raw, zeros)}) //nolint:gosec // places are below 2^22
	w.write(raw, zeros)
}

func (w *Writer) note(k key, e entry) {
	w.names = append(w.names, k)
	w.have[k] = e
}

// keep takes a block over from the commit before, and reports whether it is there.
func (w *Writer) keep(k key) bool {
	if w.before == nil {
		return false
	}
	e, ok := w.before.entries[k]
	if ok {
		w.note(k, e)
	}
	return ok
}

// Finish writes the directory and the trailer. The tag is the caller's. Between the two it calls barrier, if any, which makes sure that
// what has been written outlasts a crash. It returns the first fault and leaves the underlying writer open.
func (w *Writer) Finish(tag uint64, barrier func() error) error {
	directory := make([]byte, 0, padded(uint64(len(w.names)*entrySize)))
	for _, k := range w.names {
		e := w.have[k]
		directory = append(directory, k.name[:nameSize]...)
		directory = binary.LittleEndian.AppendUint32(directory, k.place)
		directory = binary.LittleEndian.AppendUint64(directory, e.offset)
		directory = binary.LittleEndian.AppendUint64(directory, e.length)
		directory = binary.LittleEndian.AppendUint32(directory, e.sum)
		directory = binary.LittleEndian.AppendUint32(directory, 0)
	}
	length := uint64(len(directory))
	directory = directory[:cap(directory)]
	at := w.at
	w.write(directory)
	if w.err == nil && barrier != nil {
		w.err = barrier()
	}
	trailer := append(make([]byte, 0, trailerSize), w.magic...)
	for _, x := range []uint64{tag, at, length, w.at} {
		trailer = binary.LittleEndian.AppendUint64(trailer, x)
	}
	trailer = binary.LittleEndian.AppendUint32(trailer, checksum(directory))
	trailer = trailer[:trailerSize-4]
	w.write(binary.LittleEndian.AppendUint32(trailer, checksum(trailer)))
	return w.err
}

func (w *Writer) write(parts ...[]byte) {
	for _, p := range parts {
		if w.err == nil {
			_, w.err = w.out.Write(p)
			w.at += uint64(len(p))
		}
	}
}

// errTorn says that a file has no whole commit.
func errTorn(magic string) error {
	return vitrine.Errorf(vitrine.Invalid, "vector file: no whole commit of kind %q: torn, damaged or another kind of file", magic)
}

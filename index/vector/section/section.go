// Package section writes and reads the files of the vector engines: a magic word, then named sections of little-endian words, each
// with its length and a CRC-32C, so that a torn or altered file is noticed before anything in it is believed.
//
//	file    = magic (8 bytes) section*
//	section = name (4 bytes) | payload length in bytes (uint64) | payload | CRC-32C of all of these (uint32)
//
// Main types: [Writer] and [Reader].
//
// # Caveats
//
// A section is read in the order in which it was written, by name; there is no directory. A checksum guards against accidents, not
// against an author of bad files: check what the numbers mean before using them.
package section

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"math"

	"vitrine"
)

const (
	magicSize  = 8
	headerSize = 12
	bufferSize = 1 << 16
)

// Writer writes sections. Methods after a fault of the underlying writer do nothing; Close reports it.
type Writer struct {
	out *bufio.Writer
	sum hash.Hash32
	err error
	buf []byte
}

// NewWriter writes the magic word, which has 8 bytes.
func NewWriter(w io.Writer, magic string) *Writer {
	s := &Writer{out: bufio.NewWriterSize(w, bufferSize), sum: crc32.New(crc32.MakeTable(crc32.Castagnoli)), buf: make([]byte, 0, bufferSize)}
	_, s.err = s.out.WriteString(magic)
	return s
}

// Begin starts a section of the given name (4 bytes) that will have the given number of 32-bit words.
func (s *Writer) Begin(name string, words int) {
	s.sum.Reset()
	s.write(binary.LittleEndian.AppendUint64([]byte(name), 4*uint64(words))) //nolint:gosec // a count is not negative
}

// Uint32s writes words of the section.
func (s *Writer) Uint32s(v []uint32) {
	for len(v) > 0 {
		n := min(len(v), bufferSize/4)
		b := s.buf[:0]
		for _, x := range v[:n] {
			b = binary.LittleEndian.AppendUint32(b, x)
		}
		s.write(b)
		v = v[n:]
	}
}

// Float32s writes words of the section.
func (s *Writer) Float32s(v []float32) {
	for len(v) > 0 {
		n := min(len(v), bufferSize/4)
		b := s.buf[:0]
		for _, x := range v[:n] {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		s.write(b)
		v = v[n:]
	}
}

// End closes the section with its checksum.
func (s *Writer) End() {
	s.write(binary.LittleEndian.AppendUint32(nil, s.sum.Sum32()))
}

// Close flushes what is buffered and returns the first fault. It leaves the underlying writer open.
func (s *Writer) Close() error {
	if s.err == nil {
		s.err = s.out.Flush()
	}
	return s.err
}

func (s *Writer) write(b []byte) {
	if s.err != nil {
		return
	}
	_, s.err = s.out.Write(b)
	_, _ = s.sum.Write(b) // a hash does not fail
}

// Reader reads sections. Every error of its methods that is the file's fault has code Invalid.
type Reader struct {
	in   *bufio.Reader
	sum  hash.Hash32
	name string
	left uint64
	buf  []byte
}

// NewReader checks the magic word.
func NewReader(r io.Reader, magic string) (*Reader, error) {
	s := &Reader{in: bufio.NewReaderSize(r, bufferSize), sum: crc32.New(crc32.MakeTable(crc32.Castagnoli)), buf: make([]byte, bufferSize)}
	b := s.buf[:magicSize]
	if err := s.read(b); err != nil {
		return nil, err
	}
	if string(b) != magic {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: begins with %q, want %q", b, magic)
	}
	return s, nil
}

// Begin opens the next section, which must have the given name, and returns its number of words.
func (s *Reader) Begin(name string) (words uint64, err error) {
	s.name = name
	s.sum.Reset()
	b := s.buf[:headerSize]
	if err := s.read(b); err != nil {
		return 0, err
	}
	_, _ = s.sum.Write(b)
	s.left = binary.LittleEndian.Uint64(b[4:])
	if string(b[:4]) != name || s.left%4 != 0 {
		return 0, vitrine.Errorf(vitrine.Invalid, "vector file: section %q of %d bytes where %q should be", b[:4], s.left, name)
	}
	return s.left / 4, nil
}

// Expect opens the next section, which must have the given name and number of words.
func (s *Reader) Expect(name string, words uint64) error {
	have, err := s.Begin(name)
	if err == nil && have != words {
		err = vitrine.Errorf(vitrine.Invalid, "vector file: section %q has %d words, want %d", name, have, words)
	}
	return err
}

// Uint32s fills v with the next words of the section.
func (s *Reader) Uint32s(v []uint32) error {
	for len(v) > 0 {
		b, err := s.next(len(v))
		if err != nil {
			return err
		}
		for i := range len(b) / 4 {
			v[i] = binary.LittleEndian.Uint32(b[4*i:])
		}
		v = v[len(b)/4:]
	}
	return nil
}

// Float32s fills v with the next words of the section.
func (s *Reader) Float32s(v []float32) error {
	for len(v) > 0 {
		b, err := s.next(len(v))
		if err != nil {
			return err
		}
		for i := range len(b) / 4 {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
		v = v[len(b)/4:]
	}
	return nil
}

// End checks that the section has been read to its end and its checksum is right.
func (s *Reader) End() error {
	if s.left != 0 {
		return vitrine.Errorf(vitrine.Invalid, "vector file: section %q has %d bytes too many", s.name, s.left)
	}
	want := s.sum.Sum32()
	b := s.buf[:4]
	if err := s.read(b); err != nil {
		return err
	}
	if have := binary.LittleEndian.Uint32(b); have != want {
		return vitrine.Errorf(vitrine.Invalid, "vector file: section %q is damaged: checksum %08x, want %08x", s.name, have, want)
	}
	return nil
}

// next returns the bytes of at most the given number of words.
func (s *Reader) next(words int) ([]byte, error) {
	b := s.buf[:4*min(words, bufferSize/4)]
	if uint64(len(b)) > s.left {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: section %q is too short", s.name)
	}
	if err := s.read(b); err != nil {
		return nil, err
	}
	_, _ = s.sum.Write(b)
	s.left -= uint64(len(b))
	return b, nil
}

func (s *Reader) read(b []byte) error {
	_, err := io.ReadFull(s.in, b)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return vitrine.Errorf(vitrine.Invalid, "vector file: ends too early: %w", err)
	case err != nil:
		return vitrine.Errorf(vitrine.Internal, "vector file: %w", err)
	}
	return nil
}

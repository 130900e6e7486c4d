package section

import (
	"encoding/binary"
	"io"
	"unsafe"

	"vitrine"
)

// File is the blocks of the last whole commit. Errors of its methods that are the file's fault have code Invalid.
type File struct {
	// Tag is what the commit was finished with.
	Tag     uint64
	data    []byte
	entries map[key]entry
	// end is where the next commit goes; what lies behind it is a torn one.
	end uint64
	// used is the size of the blocks that the directory names.
	used uint64
}

// Read takes a whole file into memory and checks every block.
func Read(r io.Reader, magic string) (*File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "vector file: %w", err)
	}
	f, err := Parse(data, magic)
	if err != nil {
		return nil, err
	}
	return f, f.Verify("")
}

// Parse finds the last whole commit in data, which the file goes on to use. Blocks are not checked: see [File.Verify].
func Parse(data []byte, magic string) (*File, error) {
	if len(data) < align || string(data[:magicSize]) != magic || !zero(data[magicSize:align]) {
		return nil, errTorn(magic)
	}
	for at := len(data) &^ (align - 1); at >= align+trailerSize; at -= align {
		if f := parseCommit(data, uint64(at-trailerSize), magic); f != nil {
			return f, nil
		}
	}
	return nil, errTorn(magic)
}

// parseCommit returns the commit whose trailer is at the given offset, or nil.
func parseCommit(data []byte, at uint64, magic string) *File {
	trailer := data[at : at+trailerSize]
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(trailer[magicSize+8*i:]) }
	if string(trailer[:magicSize]) != magic || binary.LittleEndian.Uint32(trailer[trailerSize-4:]) != checksum(trailer[:trailerSize-4]) {
		return nil
	}
	f := &File{Tag: word(0), data: data, entries: map[key]entry{}, end: at + trailerSize}
	from, length := word(1), word(2)
	if word(3) != at || from > at || length > at-from || padded(length) != at-from || length%entrySize != 0 {
		return nil
	}
	if binary.LittleEndian.Uint32(trailer[magicSize+4*8:]) != checksum(data[from:at]) {
		return nil
	}
	for d := data[from : from+length]; len(d) > 0; d = d[entrySize:] {
		k := key{string(d[:nameSize]), binary.LittleEndian.Uint32(d[4:])}
		e := entry{binary.LittleEndian.Uint64(d[8:]), binary.LittleEndian.Uint64(d[16:]), binary.LittleEndian.Uint32(d[24:])}
		if e.offset%align != 0 || e.offset > from || padded(e.length) > from-e.offset || e.length > from {
			return nil
		}
		f.entries[k] = e
		f.used += padded(e.length)
	}
	return f
}

// Verify checks the checksum of every block but those of the excepted name.
func (f *File) Verify(except string) error {
	for k, e := range f.entries {
		if k.name != except && checksum(f.data[e.offset:e.offset+padded(e.length)]) != e.sum {
			return vitrine.Errorf(vitrine.Invalid, "vector file: block %d of %q has another checksum", k.place, k.name)
		}
	}
	return nil
}

// Has reports whether there are blocks of a name.
func (f *File) Has(name string) bool {
	_, ok := f.entries[key{name, 0}]
	return ok
}

// Get returns the numbers of a block, where they lie, which must be as many as wanted; want below 0 takes any number.
func Get[T Element](f *File, name string, place, want int) ([]T, error) {
	e, ok := f.entries[key{name, uint32(place)}] //nolint:gosec // places are below 2^22
	if !ok {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: block %d of %q is missing", place, name)
	}
	var t T
	size := uint64(unsafe.Sizeof(t))
	if want < 0 {
		want = int(e.length / size) //nolint:gosec // a length inside of the file
	}
	if e.length != uint64(want)*size {
		return nil, vitrine.Errorf(vitrine.Invalid, "vector file: block %d of %q has %d bytes, want %d numbers", place, name, e.length, want)
	}
	if want == 0 {
		return nil, nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&f.data[e.offset])), want), nil //nolint:gosec // inside of the file and aligned
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

package loaders

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"vitrine"
)

const (
	readSize = 64 << 10
	// windowLimit bounds the memory that a zstd frame may ask for; zstd --ultra --long=27 needs 128 MiB.
	windowLimit = 128 << 20
)

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// decompress undoes gzip or zstd, found by their magic bytes. name is "" for plain content.
func decompress(r io.Reader) (content *bufio.Reader, name string, closer func(), err error) {
	plain := bufio.NewReaderSize(r, readSize)
	magic, err := plain.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(plain)
		if err != nil {
			return nil, "", nil, vitrine.Errorf(vitrine.Invalid, "gzip header: %w", err)
		}
		return bufio.NewReaderSize(z, readSize), "gzip", func() {}, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowLimit))
		if err != nil {
			return nil, "", nil, vitrine.Errorf(vitrine.Invalid, "zstd header: %w", err)
		}
		return bufio.NewReaderSize(z, readSize), "zstd", z.Close, nil
	}
	return plain, "", func() {}, nil
}

// decodeText takes a byte order mark off and turns UTF-16, which spreadsheet programs export with such a mark, into UTF-8.
func decodeText(r *bufio.Reader) *bufio.Reader {
	mark, _ := r.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte{0xef, 0xbb, 0xbf}):
		_, _ = r.Discard(3)
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		utf16 := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
		return bufio.NewReaderSize(transform.NewReader(r, utf16), readSize)
	}
	return r
}

package loaders

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// lines reads lines of bounded length. Lines can be pushed back, for a format that finds out late that it has read too far.
type lines struct {
	r      *bufio.Reader
	limit  int
	number int
	buffer []byte
	back   []line
}

// line is one line without its end.
type line struct {
	number int
	text   []byte
	// tooLong is set when the line passed the limit; text is then its beginning.
	tooLong bool
	// whole is false for a last line without a line end.
	whole bool
}

func newLines(r *bufio.Reader, limit int) *lines { return &lines{r: r, limit: limit} }

// next returns the next line, whose text is valid until the following call unless it is pushed back as a copy; io.EOF ends them.
// A read error comes once everything before it was given out, a partial last line excluded.
func (l *lines) next() (line, error) {
	if n := len(l.back); n > 0 {
		top := l.back[n-1]
		l.back = l.back[:n-1]
		return top, nil
	}
	l.buffer = l.buffer[:0]
	tooLong := false
	for {
		part, err := l.r.ReadSlice('\n')
		if room := l.limit + 2 - len(l.buffer); len(part) > room {
			tooLong = true
			part = part[:max(room, 0)]
		}
		l.buffer = append(l.buffer, part...)
		switch {
		case err == nil:
			l.number++
			return l.cut(tooLong, true), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(l.buffer) > 0:
			l.number++
			return l.cut(tooLong, false), nil
		default:
			return line{number: l.number + 1}, err
		}
	}
}

func (l *lines) cut(tooLong, whole bool) line {
	text := bytes.TrimSuffix(l.buffer, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	return line{number: l.number, text: text, tooLong: tooLong || len(text) > l.limit, whole: whole}
}

// push gives lines back, the first one first.
func (l *lines) push(again []line) {
	for i := len(again) - 1; i >= 0; i-- {
		l.back = append(l.back, again[i])
	}
}

func (l *lines) tooLongError(row, number int) error {
	return &rowError{row: row, line: number, reason: "row too large", detail: fmt.Sprintf("at most %s are allowed", bytesText(l.limit))}
}

// readError is the last error of a text format: what the reader said, with the place.
func readError(row, number int, err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return cutError(row, number, err)
}

// repairBytes is repairUTF8 for a line.
func repairBytes(text []byte, rec *record) []byte {
	if utf8.Valid(text) {
		return text
	}
	return []byte(repairUTF8(string(text), rec))
}

package opinion

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"vitrine"
)

// Journal keeps opinions in a file, one JSON object a line. It is for one [Monitor].
type Journal struct {
	path string
	file *os.File
}

// OpenJournal opens a journal, or makes an empty one.
func OpenJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "opinion journal: %w", err)
	}
	return &Journal{path: path, file: f}, nil
}

// replay gives every opinion not older than oldest. A last line that a crash cut off is removed; any other damage is an error.
func (j *Journal) replay(oldest time.Time, use func(Opinion)) error {
	r := bufio.NewReaderSize(j.file, 1<<20)
	var offset int64
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "opinion journal %s: %w", j.path, err)
		}
		offset += int64(len(line))
		var o Opinion
		if err := json.Unmarshal(line, &o); err != nil {
			return vitrine.Errorf(vitrine.Invalid, "opinion journal %s: line %d: %w", j.path, n, err)
		}
		if !o.Time.Before(oldest) {
			use(o)
		}
	}
	if err := j.file.Truncate(offset); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "opinion journal %s: %w", j.path, err)
	}
	if _, err := j.file.Seek(offset, io.SeekStart); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "opinion journal %s: %w", j.path, err)
	}
	return nil
}

// append writes opinions and waits until they are on disk.
func (j *Journal) append(opinions []*Opinion) error {
	if len(opinions) == 0 {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, o := range opinions {
		if err := e.Encode(o); err != nil {
			return vitrine.Errorf(vitrine.Internal, "opinion journal: %w", err)
		}
	}
	before, err := j.file.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = j.file.Write(b.Bytes())
	}
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What was half written must not stand before what comes next.
		_ = j.file.Truncate(before)
		_, _ = j.file.Seek(before, io.SeekStart)
		return vitrine.Errorf(vitrine.Unavailable, "opinion journal %s: %w", j.path, err)
	}
	return nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"vitrine"
)

// replayLog keeps answers to requests with an idempotency key in a file, a line of JSON each, the latest of a key counts. Without a path it keeps nothing.
type replayLog struct {
	path string
	log  *slog.Logger
	file *os.File
	// lines are those in the file, and torn tells that the last may be a part of one.
	lines int
	torn  bool
}

// keptReplay is a line of the file.
type keptReplay struct {
	Key    string          `json:"key"`
	Hash   []byte          `json:"hash"`
	At     time.Time       `json:"at"`
	Answer json.RawMessage `json:"answer"`
}

// read calls f for every line. A last one that a crash cut off is left out, and so is what is damaged, which is told.
func (l *replayLog) read(f func(keptReplay)) error {
	if l.path == "" {
		return nil
	}
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "idempotency keys: %w", err)
	}
	defer func() { _ = file.Close() }()
	damaged := 0
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return vitrine.Errorf(vitrine.Internal, "idempotency keys: %w", err)
		}
		var k keptReplay
		if json.Unmarshal(line, &k) != nil || k.Key == "" {
			damaged++
			continue
		}
		f(k)
	}
	if damaged > 0 {
		l.log.Warn("idempotency keys: lines are damaged and left out", "lines", damaged)
	}
	return nil
}

// rewrite makes the file anew from a list, whole or not at all, and opens it for more.
func (l *replayLog) rewrite(list []keptReplay) error {
	if l.path == "" {
		return nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	for i := range list {
		if err := encoder.Encode(&list[i]); err != nil {
			return err
		}
	}
	dir := filepath.Dir(l.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return vitrine.Errorf(vitrine.Internal, "idempotency keys: %w", err)
	}
	if err := (jobArchive{dir}).replace(filepath.Base(l.path), b.Bytes()); err != nil {
		return vitrine.Errorf(vitrine.Internal, "idempotency keys: %w", err)
	}
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "idempotency keys: %w", err)
	}
	l.close()
	l.file, l.lines, l.torn = file, len(list), false
	return nil
}

// add writes a line; it is durable on return.
func (l *replayLog) add(k keptReplay) error {
	if l.file == nil {
		return nil
	}
	line, err := json.Marshal(k)
	if err != nil {
		return err
	}
	l.lines++
	_, err = l.file.Write(append(line, '\n'))
	err = errors.Join(err, l.file.Sync())
	l.torn = err != nil
	return err
}

func (l *replayLog) close() {
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}

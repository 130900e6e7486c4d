package keyword

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// CheckFiles reads every file of the index in a folder, which nobody may have open: segments are compared with the checksum at their end (CRC-32,
// big-endian), and the pages of the bolt file that lists them are walked. The error names each file that is damaged.
func CheckFiles(path string) error {
	files, err := filepath.Glob(filepath.Join(path, "*.zap"))
	if err != nil {
		return fmt.Errorf("keyword index: %w", err)
	}
	slices.Sort(files)
	var faults []error
	for _, file := range files {
		if err := checkSegment(file); err != nil {
			faults = append(faults, fmt.Errorf("segment %s: %w", filepath.Base(file), err))
		}
	}
	lists, err := filepath.Glob(filepath.Join(path, "*.bolt"))
	if err != nil || len(lists) == 0 {
		return errors.Join(append(faults, errors.New("the list of segments is missing"), err)...)
	}
	for _, file := range lists {
		if err := sheltered(func() error { return checkList(file) }); err != nil {
			faults = append(faults, fmt.Errorf("list of segments %s: %w", filepath.Base(file), err))
		}
	}
	return errors.Join(faults...)
}

func checkList(path string) (err error) {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return errors.Join(errors.New("is empty"), err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: time.Second})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bolt.Tx) error { // its own check panics on a goroutine of its own, where nobody can help it
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return walkBucket(b) })
	})
}

// walkBucket visits every page of a bucket, which asserts what kind they are.
func walkBucket(b *bolt.Bucket) error {
	return b.ForEach(func(key, value []byte) error {
		if value != nil {
			return nil
		}
		return walkBucket(b.Bucket(key))
	})
}

func checkSegment(path string) (err error) {
	f, err := os.Open(path) //nolint:gosec // a file of an index
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	body := info.Size() - crc32.Size
	if body <= 0 {
		return fmt.Errorf("has %d bytes", info.Size())
	}
	hash, r := crc32.NewIEEE(), bufio.NewReaderSize(f, 1<<20)
	if _, err := io.CopyN(hash, r, body); err != nil {
		return err
	}
	var sum [crc32.Size]byte
	if _, err := io.ReadFull(r, sum[:]); err != nil {
		return err
	}
	if want := binary.BigEndian.Uint32(sum[:]); hash.Sum32() != want {
		return fmt.Errorf("has checksum %08x, want %08x", hash.Sum32(), want)
	}
	return nil
}

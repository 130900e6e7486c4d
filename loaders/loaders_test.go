package loaders_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"vitrine/loaders"
)

// read ranges over all rows of data and returns them with the last error and the report.
func read(tb testing.TB, data []byte, o loaders.Options) ([]loaders.Row, loaders.Report, error) {
	tb.Helper()
	r, err := loaders.NewReader(bytes.NewReader(data), o)
	if err != nil {
		return nil, loaders.Report{}, err
	}
	defer r.Close()
	return drain(r)
}

func drain(r *loaders.Reader) (rows []loaders.Row, report loaders.Report, last error) {
	for row, err := range r.Rows(context.Background()) {
		if last = err; err == nil {
			rows = append(rows, row)
		}
	}
	return rows, r.Report(), last
}

// load is read for data that must be read to its end.
func load(tb testing.TB, data []byte, o loaders.Options) []loaders.Row {
	tb.Helper()
	rows, _, err := read(tb, data, o)
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

// realData returns the path of a file of the real data sets, or skips.
func realData(tb testing.TB, name string) string {
	tb.Helper()
	root := os.Getenv("VITRINE_DATA")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			tb.Fatal(err)
		}
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				root = filepath.Join(dir, "..", "shared", "data")
				break
			}
		}
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("%s did not run: %v", tb.Name(), err)
	}
	return path
}

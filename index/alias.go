package index

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vitrine"
)

// alias says which generation of an index serves; it is the file alias.json in the index's folder. Replacing that file is the swap.
type alias struct {
	Format  int `json:"format"`
	Current int `json:"current"`
	// Previous is kept for rollback; 0 when there is none.
	Previous int `json:"previous,omitempty"`
	// Since is the seq of the current generation when it took over: what came later is carried along by a rollback.
	Since uint64 `json:"since"`
}

func aliasPath(dir string) string { return filepath.Join(dir, "alias.json") }

const generationPrefix = "gen-"

func generationDir(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf("%s%06d", generationPrefix, number))
}

// generationNumbers lists the generations in an index's folder, ascending.
func generationNumbers(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		if digits, ok := strings.CutPrefix(e.Name(), generationPrefix); ok && e.IsDir() {
			if n, err := strconv.Atoi(digits); err == nil && n > 0 {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// readAlias reads the alias of an index. When the file is lost or damaged the generation that began to serve last takes its place, and note says so.
// A folder in which no generation ever served is [fs.ErrNotExist].
func readAlias(dir string) (a alias, note string, err error) {
	err = readJSON(aliasPath(dir), &a)
	if err == nil && a.Format == formatVersion && a.Current > 0 {
		return a, "", nil
	}
	if err == nil && a.Format > formatVersion {
		return a, "", vitrine.Errorf(vitrine.Conflict, "alias: format %d, this program reads %d", a.Format, formatVersion)
	}
	numbers, err := generationNumbers(dir)
	if err != nil {
		return alias{}, "", err
	}
	a = alias{Format: formatVersion}
	var newest, second time.Time
	for _, n := range numbers {
		m, err := readManifest(generationDir(dir, n))
		switch {
		case err != nil || m.Activated.IsZero():
		case m.Activated.After(newest):
			a.Previous, second = a.Current, newest
			a.Current, a.Since, newest = n, m.Seq, m.Activated
		case m.Activated.After(second):
			a.Previous, second = n, m.Activated
		}
	}
	if a.Current == 0 {
		return alias{}, "", fs.ErrNotExist
	}
	return a, fmt.Sprintf("alias: lost or damaged; generation %d served last and was taken", a.Current), nil
}

func writeAlias(dir string, a alias) error {
	a.Format = formatVersion
	if err := writeJSON(aliasPath(dir), a); err != nil {
		return vitrine.Errorf(vitrine.Internal, "alias: %w", err)
	}
	return nil
}

// restoreAlias puts an alias back, or takes the file away when there was none.
func restoreAlias(dir string, a alias) error {
	if a.Current != 0 {
		return writeAlias(dir, a)
	}
	if err := os.Remove(aliasPath(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return vitrine.Errorf(vitrine.Internal, "alias: %w", err)
	}
	return nil
}

// unserved returns the generations of an index without an alias that were never finished, and an error that names those that may have served once:
// their manifests cannot be read.
func unserved(dir string) (numbers []int, err error) {
	all, err := generationNumbers(dir)
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, n := range all {
		_, damaged := readManifest(generationDir(dir, n))
		_, absent := os.Stat(filepath.Join(generationDir(dir, n), "catalog"))
		if damaged != nil && absent == nil { // the manifest is written first
			faults = append(faults, vitrine.Errorf(vitrine.CodeOf(damaged), "alias: lost; generation %d: %w", n, damaged))
			continue
		}
		numbers = append(numbers, n)
	}
	return numbers, errors.Join(faults...)
}

// sweep removes the generations that the alias does not name, but the half-built one that a reindex can take vectors from.
func sweep(dir string, a alias) error {
	half := resumable(dir, a, 0)
	numbers, err := generationNumbers(dir)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n != a.Current && n != a.Previous && n != half {
			err = errors.Join(err, os.RemoveAll(generationDir(dir, n)))
		}
	}
	return err
}

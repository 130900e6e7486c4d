package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vitrine"
)

// The parts of an index that a [Fault] can be in.
const (
	PartAlias    = "alias"
	PartManifest = "manifest"
	PartCatalog  = "catalog"
	PartKeyword  = "keyword"
	PartVectors  = "vectors"
	PartSetting  = "setting"
)

// Fault is one thing that is wrong with the files of an index.
type Fault struct {
	// Generation is 0 for what belongs to the index as a whole.
	Generation int    `json:"generation,omitempty"`
	Part       string `json:"part"`
	Message    string `json:"message"`
	// Derived tells a part that can be made anew without loss from one that cannot.
	Derived bool `json:"derived"`
}

func (f Fault) String() string {
	if f.Generation == 0 {
		return fmt.Sprintf("%s: %s", f.Part, f.Message)
	}
	return fmt.Sprintf("generation %d, %s: %s", f.Generation, f.Part, f.Message)
}

// Verified is what was found in one generation.
type Verified struct {
	Generation int            `json:"generation"`
	Serving    bool           `json:"serving"`
	Products   int            `json:"products"`
	Seq        uint64         `json:"seq"`
	Vectors    map[string]int `json:"vectors"`
	// KeywordBehind and VectorsBehind count the changes that the part still has to follow; opening does that.
	KeywordBehind uint64            `json:"keyword_behind,omitempty"`
	VectorsBehind map[string]uint64 `json:"vectors_behind,omitempty"`
	Bytes         int64             `json:"bytes"`
}

// Verification is what is true of an index on disk; without Faults all of it is in order.
type Verification struct {
	Index       string     `json:"index"`
	Generations []Verified `json:"generations"`
	Faults      []Fault    `json:"faults"`
}

// Verify reads every file of the indexes below root and holds the parts against each other: checksums of catalogue blocks, keyword segments and
// vector files; the products of the catalogue against its ids, change log and vectors; and the products that the keyword index and the vector engines
// know against those of the catalogue. It changes nothing. An empty name means all indexes. A root that a server has open has code Conflict, an
// unknown name NotFound. The error is only of what kept it from looking; what it found is in the result.
func Verify(ctx context.Context, root, name string, o Options) (found []Verification, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(root); err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "index root: %w", err)
	}
	lock, err := lockRoot(root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return verifyRoot(ctx, root, name, o)
}

// verifyRoot is Verify for who holds the lock.
func verifyRoot(ctx context.Context, root, name string, o Options) ([]Verification, error) {
	names, err := indexNames(root)
	if err != nil {
		return nil, err
	}
	if name != "" {
		if !slices.Contains(names, name) {
			return nil, vitrine.Errorf(vitrine.NotFound, "index %q: does not exist", name)
		}
		names = []string{name}
	}
	found := make([]Verification, 0, len(names))
	for _, n := range names {
		v := &verifier{options: o, dir: filepath.Join(root, n), Verification: Verification{Index: n, Generations: []Verified{}, Faults: []Fault{}}}
		v.index(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(v.Generations)+len(v.Faults) > 0 || n == name {
			found = append(found, v.Verification)
		}
	}
	return found, nil
}

// indexNames lists the folders below root that can be indexes, sorted.
func indexNames(root string) ([]string, error) {
	folders, err := os.ReadDir(root)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "index root: %w", err)
	}
	var names []string
	for _, f := range folders {
		if f.IsDir() && isName(f.Name()) {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// verifier gathers what is found in one index.
type verifier struct {
	options Options
	dir     string
	Verification
}

func (v *verifier) wrong(generation int, part string, derived bool, err error) {
	v.Faults = append(v.Faults, Fault{Generation: generation, Part: part, Message: strings.ReplaceAll(err.Error(), "\n<corruption detail carrier>", ""), Derived: derived})
}

// index verifies what belongs to the index as a whole, then its generations.
func (v *verifier) index(ctx context.Context) {
	a, note, err := readAlias(v.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := unserved(v.dir); err != nil {
			v.wrong(0, PartAlias, false, err)
		}
		return // nothing in it ever served
	case err != nil:
		v.wrong(0, PartAlias, false, err)
		return
	case note != "":
		v.wrong(0, PartAlias, true, errors.New(note))
	}
	v.settings()
	for _, n := range []int{a.Current, a.Previous} {
		if n != 0 && ctx.Err() == nil {
			v.generation(ctx, n, n == a.Current)
		}
	}
}

func (v *verifier) settings() {
	files, _ := filepath.Glob(settingPath(v.dir, "*"))
	for _, file := range files {
		var any any
		if err := readJSON(file, &any); err != nil {
			v.wrong(0, PartSetting, false, err)
		}
	}
}

// folderBytes sums up the sizes of the files below a folder.
func folderBytes(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

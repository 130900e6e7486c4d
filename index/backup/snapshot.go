package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"time"

	"vitrine"
)

// format is the version of the repository's layout.
const format = 1

// Snapshot is one moment of an index; it is the object snapshots/INDEX/NAME.json.
type Snapshot struct {
	Format int `json:"format"`
	// Name is the moment in UTC, so that names sort by time.
	Name  string    `json:"name"`
	Index string    `json:"index"`
	Taken time.Time `json:"taken"`
	Moment
	Bytes int64  `json:"bytes"`
	Files []File `json:"files"`
	// SHA256 is of this object as JSON, with this field empty.
	SHA256 string `json:"sha256"`
}

// Moment says what the index was, for who chooses among snapshots and to check what is restored.
type Moment struct {
	Generation int    `json:"generation"`
	Documents  int    `json:"documents"`
	Seq        uint64 `json:"seq"`
}

// File is a file of a snapshot.
type File struct {
	// Path is relative to the folder, with slashes.
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	// Blocks are the sha256 of its parts, in order.
	Blocks []string `json:"blocks"`
}

// nameLayout is that of a snapshot's name.
const nameLayout = "20060102t150405.000"

func nameOf(t time.Time) string { return t.UTC().Format(nameLayout) }

func snapshotKey(index, name string) string { return snapshotPrefix(index) + name + ".json" }

func snapshotPrefix(index string) string { return "snapshots/" + index + "/" }

const blockPrefix = "blocks/"

// blockKey spreads blocks over 256 folders.
func blockKey(hash string) string { return blockPrefix + hash[:2] + "/" + hash }

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (s *Snapshot) encode() ([]byte, error) {
	s.SHA256 = ""
	bare, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	s.SHA256 = hashOf(bare)
	return json.MarshalIndent(s, "", " ")
}

func decodeSnapshot(key string, data []byte) (*Snapshot, error) {
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "snapshot %s: damaged: %w", key, err)
	}
	if s.Format != format {
		return nil, vitrine.Errorf(vitrine.Conflict, "snapshot %s: format %d, this program reads %d", key, s.Format, format)
	}
	sum := s.SHA256
	if _, err := s.encode(); err != nil || s.SHA256 != sum {
		return nil, vitrine.Errorf(vitrine.Internal, "snapshot %s: damaged: has sha256 %s, says %s", key, s.SHA256, sum)
	}
	for _, f := range s.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return nil, vitrine.Errorf(vitrine.Internal, "snapshot %s: %q is not a path", key, f.Path)
		}
		for _, b := range f.Blocks {
			if len(b) != 2*sha256.Size {
				return nil, vitrine.Errorf(vitrine.Internal, "snapshot %s: %q is not a block", key, b)
			}
		}
	}
	return &s, nil
}

package index

import (
	"path/filepath"
	"time"

	"vitrine"
)

// formatVersion is the version of the folder layout and of the files that this package writes itself.
const formatVersion = 1

// Manifest says what a generation is made of; it is the file manifest.json in the generation's folder.
type Manifest struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
	// Activated is when the generation began to serve, the last time; zero while it is being built.
	Activated time.Time `json:"activated,omitzero"`
	Engine    string    `json:"engine"`
	// Spaces are the vector spaces; empty means that the generation was built without an encoder and serves keywords only.
	Spaces map[string]Space `json:"spaces"`
	// Passage is the version of the text that stands for a product in the text space, see [Passage].
	Passage int `json:"passage"`
	// Documents and Seq are the state of the catalogue when the manifest was written.
	Documents int    `json:"documents"`
	Seq       uint64 `json:"seq"`
	// Vectors are the saved vector engines by space.
	Vectors map[string]VectorFile `json:"vectors,omitempty"`
}

// VectorFile is a saved vector engine.
type VectorFile struct {
	// File is relative to the generation's folder.
	File string `json:"file"`
	// Seq is the last change of the catalogue that the engine holds.
	Seq    uint64 `json:"seq"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func manifestPath(dir string) string { return filepath.Join(dir, "manifest.json") }

func readManifest(dir string) (Manifest, error) {
	var m Manifest
	if err := readJSON(manifestPath(dir), &m); err != nil {
		return m, vitrine.Errorf(vitrine.Internal, "manifest: %w", err)
	}
	if m.Format != formatVersion {
		return m, vitrine.Errorf(vitrine.Conflict, "manifest: format %d, this program reads %d; reindex", m.Format, formatVersion)
	}
	switch m.Engine {
	case EngineHNSW, EngineFlat, EngineCoder:
	default:
		return m, vitrine.Errorf(vitrine.Internal, "manifest: unknown vector engine %q", m.Engine)
	}
	for name, space := range m.Spaces {
		if !isName(name) || space.Dimension < 1 {
			return m, vitrine.Errorf(vitrine.Internal, "manifest: vector space %q of %d dimensions", name, space.Dimension)
		}
	}
	return m, nil
}

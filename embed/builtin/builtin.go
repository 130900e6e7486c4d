// Package builtin holds the model folders that ship inside the binary, so that search by meaning and by picture works with nothing else installed.
//
// Main parts: [Models], a file system with one folder per model, and [Default], the name of the one in use unless a setting says otherwise.
// Each folder has its manifest.yaml and MODEL_CARD.md; package embed reads them and embed/train makes them.
//
// # Caveats
//
// The files are part of the executable: a changed weight means a new build. ONNX Runtime's library is not among them.
package builtin

import (
	"embed"
	"io/fs"
)

// Default is the folder of the model that is used when no other is set.
const Default = "vitrine-mini-4"

//go:embed vitrine-mini-4
var files embed.FS

// Models returns the shipped model folders.
func Models() fs.FS { return files }

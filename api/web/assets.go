package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
)

//go:embed assets
var assetFiles embed.FS

//go:embed templates
var templateFiles embed.FS

// assets are style, script and icon, by name. Their addresses change with their content, so that browsers may keep them for good.
type assets map[string]asset

type asset struct {
	data    []byte
	kind    string
	version string
}

func newAssets() assets {
	all := assets{}
	for name, kind := range map[string]string{
		"vitrine.css": "text/css; charset=utf-8", "vitrine.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		data, err := assetFiles.ReadFile(path.Join("assets", name))
		if err != nil {
			continue // embedded above: cannot be missing
		}
		hash := sha256.Sum256(data)
		all[name] = asset{data, kind, hex.EncodeToString(hash[:6])}
	}
	return all
}

func (a assets) url(name string) string { return "/assets/" + name + "?v=" + a[name].version }

func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	file, ok := a[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.kind)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == file.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(file.data) // the visitor has left: nobody to tell
}

package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"vitrine"
)

// Ensure that a check finds doubled titles and pictures by the encoder, broken pictures and rules of the settings, and writes its three files.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	picture := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for i := range 32 * 32 {
		picture.Set(i%32, i/32, color.RGBA{uint8(i % 200), 20, 60, 255})
	}
	var shot bytes.Buffer
	if err := png.Encode(&shot, picture); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("a.png", shot.Bytes())
	write("b.png", shot.Bytes())
	write("c.png", shot.Bytes()[:50])
	catalogue := write("shop.csv", []byte("id,title,price,image\n1,Red leather shoes for men,10,a.png\n2,Coffee grinder with steel blades,-3,c.png\n3,Red leather shoes for a man,10,b.png\n4,,5,\n"))
	config := write("shop.yaml", []byte("check: {rules: [{field: price, required: true}], near_title: 0.9}\n"))
	run := func(args ...string) ([]byte, error) {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(append([]string{"check", "--json", "--config", config}, args...))
		err := root.ExecuteContext(t.Context())
		return out.Bytes(), err
	}
	folder := filepath.Join(dir, "report")
	data, err := run(catalogue, "--alike", "--report", folder)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Products int
		Counts   map[string]int
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]int{"near_title": 1, "near_picture": 1, "broken_picture": 1, "rule": 1, "rejected": 1, "mended": 1} {
		if report.Counts[kind] != want {
			t.Errorf("%s: %d, want %d", kind, report.Counts[kind], want)
		}
	}
	for _, name := range []string{"report.json", "findings.csv", "index.html"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{write("empty.csv", []byte("id,title\n")), "missing.csv"} {
		if _, err := run(path); err == nil || vitrine.CodeOf(err) == vitrine.Internal {
			t.Errorf("%s: %v", path, err)
		}
	}
	write("shop.yaml", []byte("check: {rules: [{pattern: x}]}\n"))
	if _, err := run(catalogue); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("a rule without a field: %v", err)
	}
}

package embed_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/builtin"
)

// unpack copies the shipped model into a folder of the test's own.
func unpack(tb testing.TB) string {
	tb.Helper()
	files, err := fs.Sub(builtin.Models(), builtin.Default)
	if err != nil {
		tb.Fatal(err)
	}
	folder := filepath.Join(tb.TempDir(), "model")
	if err := os.CopyFS(folder, files); err != nil {
		tb.Fatal(err)
	}
	return folder
}

// edit replaces a part of a file that must be in it.
func edit(tb testing.TB, path, old, with string) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	changed := strings.Replace(string(data), old, with, 1)
	if changed == string(data) {
		tb.Fatalf("%s: %q is not in it", path, old)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Ensure the shipped model is whole.
func TestModel_VerifyShipped(t *testing.T) {
	m, err := embed.Models{}.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(); err != nil {
		t.Error(err)
	}
	if m.Name != builtin.Default || m.Folder() != "" || !strings.HasPrefix(m.ID(), m.Name+"@"+m.Version+"-") {
		t.Errorf("name %q in %q, id %q", m.Name, m.Folder(), m.ID())
	}
}

// Ensure a damaged model is refused, by Verify and by Open alike, with the file and the fault.
func TestModel_Damaged(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, folder string)
		want   string
	}{
		{"missing file", func(t *testing.T, folder string) {
			t.Helper()
			if err := os.Remove(filepath.Join(folder, "tokenizer.json")); err != nil {
				t.Fatal(err)
			}
		}, "file tokenizer.json is missing"},
		{"wrong sha256", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, "tokenizer.json"), "[PAD]", "[pad]")
		}, "file tokenizer.json has sha256"},
		{"wrong dimension", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, embed.ManifestFile), "dimension: 384", "dimension: 385")
		}, "file text_model.onnx: output sentence_embedding float32[-1 384], the manifest says sentence_embedding float32[-1 385]"},
		{"wrong pooling", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, embed.ManifestFile), "pooling: none", "pooling: cls")
		}, "the manifest says sentence_embedding float32[-1 -1 384]"},
		{"wrong output", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, embed.ManifestFile), "name: sentence_embedding", "name: sentence")
		}, `output "sentence": not in the model`},
		{"wrong input", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, embed.ManifestFile), "mask: attention_mask", "mask: mask")
		}, `input "mask": not in the model`},
		{"missing input", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, embed.ManifestFile), ", mask: attention_mask", "")
		}, "the manifest names 1 inputs"},
		{"no room for tokens", func(t *testing.T, folder string) {
			t.Helper()
			edit(t, filepath.Join(folder, embed.ManifestFile), "max_tokens: 128", "max_tokens: 2")
		}, "max_tokens 2 leaves no room"},
		{"other file as tokenizer", func(t *testing.T, folder string) {
			t.Helper()
			const broken = `{"model": {"type": "WordLevel"}}`
			path := filepath.Join(folder, "tokenizer.json")
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			edit(t, path, string(old), broken)
			edit(t, filepath.Join(folder, embed.ManifestFile), fmt.Sprintf("%x", sha256.Sum256(old)), fmt.Sprintf("%x", sha256.Sum256([]byte(broken))))
		}, `file tokenizer.json: tokenizer: model "WordLevel" is not supported`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := unpack(t)
			tt.damage(t, folder)
			m, err := embed.OpenModel(folder)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Verify(); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("verify: error %v, want Invalid with %q", err, tt.want)
			}
			if e, err := embed.Open(embed.Options{Text: folder, Joint: folder}); err == nil {
				t.Error("opened", e.Close())
			} else if code := vitrine.CodeOf(err); code != vitrine.Unavailable && (code != vitrine.Invalid || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("open: error %v, want Invalid with %q", err, tt.want)
			}
		})
	}
}

// Ensure a model is added whole, found by name and listed, and refused the second time; what is no model leaves nothing behind.
func TestModels_Add(t *testing.T) {
	folder := unpack(t)
	edit(t, filepath.Join(folder, embed.ManifestFile), "name: "+builtin.Default, "name: mine")
	shelf := embed.Models{Dir: filepath.Join(t.TempDir(), "models")}
	added, err := shelf.Add(folder)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(shelf.Dir, "mine"); added.Folder() != want {
		t.Errorf("added to %s, want %s", added.Folder(), want)
	}
	if _, err := shelf.Add(folder); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("added twice: %v, want Conflict", err)
	}
	edit(t, filepath.Join(folder, embed.ManifestFile), "name: mine", "name: broken")
	edit(t, filepath.Join(folder, "tokenizer.json"), "[PAD]", "[pad]")
	if _, err := shelf.Add(folder); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("broken: %v, want Invalid", err)
	}
	if _, err := shelf.Add(t.TempDir()); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("no model: %v, want NotFound", err)
	}
	if _, err := (embed.Models{}).Add(folder); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no shelf: %v, want Invalid", err)
	}
	entries, err := os.ReadDir(shelf.Dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the shelf holds %v, %v, want mine alone", entries, err)
	}
	list, err := shelf.List()
	if err != nil || len(list) != 2 || list[0].Name != builtin.Default || list[1].Name != "mine" {
		t.Errorf("list %v, %v", list, err)
	}
	for name, folder := range map[string]string{"mine": added.Folder(), added.Folder(): added.Folder(), builtin.Default: "", "": ""} {
		if m, err := shelf.Find(name); err != nil || m.Folder() != folder {
			t.Errorf("find %q: %v, want folder %q", name, err, folder)
		}
	}
	for _, name := range []string{"other", ".", "no/such"} {
		if _, err := shelf.Find(name); vitrine.CodeOf(err) != vitrine.NotFound {
			t.Errorf("find %q: %v, want NotFound", name, err)
		}
	}
	if list, err := (embed.Models{Dir: filepath.Join(t.TempDir(), "none")}).List(); err != nil || len(list) != 1 {
		t.Errorf("missing shelf: %v, %v, want the shipped model", list, err)
	}
}

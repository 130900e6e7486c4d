package main

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
)

// pan is an MP4 that moves over a picture for two seconds.
func pan(t *testing.T, picture string) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("clips did not run: ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), "pan.mp4")
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-loop", "1", "-r", "5", "-t", "2", "-i", picture,
		"-vf", "scale=320:320,crop=300:300:10*t:10,format=yuv420p", "-preset", "ultrafast", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// filmForm is a search form with a clip.
func filmForm(t *testing.T, clip []byte) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	part, err := w.CreateFormFile("clip", "clip.mp4")
	if err == nil {
		_, err = part.Write(clip)
	}
	if err = joinClose(err, w.Close); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

// Ensure that a clip of a product finds the product, as an upload and as JSON, and that what is no clip is refused with its field.
func TestSearch_Clip(t *testing.T) {
	p := demo.Products[17]
	clip := pan(t, filepath.Join(demo.dir, p.Images[0]))
	if r := demo.search(t, vitrine.Query{Clip: clip, PageSize: 5}); len(r.Hits) == 0 || !hasHit(r, p.ID) {
		t.Errorf("JSON: hits %v, want %s among them", r.Hits, p.ID)
	}
	contentType, form := filmForm(t, clip)
	status, body := demo.call(t, http.MethodPost, "/v1/search", contentType, form)
	var r vitrine.Results
	if err := json.Unmarshal(body, &r); status != http.StatusOK || err != nil || !hasHit(&r, p.ID) {
		t.Fatalf("upload: status %d: %s (%v)", status, body, err)
	}
	for name, test := range map[string]struct {
		clip []byte
		want string
	}{
		"empty":     {nil, "field clip: the file is empty"},
		"words":     {[]byte("red dress"), "field clip: clip: the content is text/plain"},
		"cut short": {clip[:len(clip)/2], "field clip: clip: the file cannot be read"},
	} {
		contentType, form := filmForm(t, test.clip)
		if status, body := demo.call(t, http.MethodPost, "/v1/search", contentType, form); status != http.StatusBadRequest || !strings.Contains(string(body), test.want) {
			t.Errorf("%s: status %d: %s", name, status, body)
		}
	}
}

func hasHit(r *vitrine.Results, id string) bool {
	for _, h := range r.Hits {
		if h.ID == id {
			return true
		}
	}
	return false
}

// Ensure that a product which has nothing but a clip is found by a picture of what the clip shows, and that a broken clip is reported and its product kept.
func TestIndex_ProductClip(t *testing.T) {
	p := demo.Products[17]
	shown := filepath.Join(demo.dir, p.Images[0])
	if err := os.WriteFile(filepath.Join(demo.dir, "pan.mp4"), pan(t, shown), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := `{"id":"filmed","title":"Thing","clips":["pan.mp4"]}` + "\n" + `{"id":"unfilmed","title":"Thing","clips":["` + p.Images[0] + `"]}`
	status, body := demo.call(t, http.MethodPost, "/v1/products", "application/x-ndjson", strings.NewReader(rows))
	if status != http.StatusOK || !strings.Contains(string(body), "not MP4, WebM, GIF or WebP") {
		t.Fatalf("upsert: status %d: %s", status, body)
	}
	defer demo.call(t, http.MethodDelete, "/v1/products", "application/json", strings.NewReader(`{"ids":["filmed","unfilmed"]}`))
	picture, err := os.ReadFile(shown)
	if err != nil {
		t.Fatal(err)
	}
	if r := demo.search(t, vitrine.Query{Image: picture, PageSize: 5, Mode: vitrine.ModeVector}); !hasHit(r, "filmed") {
		t.Errorf("hits %v, want the filmed product among them", r.Hits)
	}
	if status, body := demo.call(t, http.MethodGet, "/v1/products/unfilmed", "", http.NoBody); status != http.StatusOK {
		t.Errorf("product with a broken clip: status %d: %s", status, body)
	}
}

// Ensure that the command lists key frames with their rank, and writes them.
func TestClipCommand(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pan.mp4")
	if err := os.WriteFile(path, pan(t, filepath.Join(demo.dir, demo.Products[17].Images[0])), 0o600); err != nil {
		t.Fatal(err)
	}
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"clip", path, "--frames", filepath.Join(dir, "shots"), "--json"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var report clipReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("%v: %s", err, out.Bytes())
	}
	files, err := os.ReadDir(filepath.Join(dir, "shots"))
	if err != nil || len(report.Frames) != 5 || len(files) != 5 || len(report.Vectors[vitrine.SpaceJoint]) == 0 {
		t.Errorf("%d frames, %d files (%v), vectors %v", len(report.Frames), len(files), err, report.Vectors)
	}
}

package pictures_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/loaders/pictures"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t *testing.T, o pictures.Options) *pictures.Fetcher {
	t.Helper()
	f, err := pictures.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func check(t *testing.T, f *pictures.Fetcher, ref string, want []byte, code vitrine.Code, message string) {
	t.Helper()
	got, err := f.Fetch(context.Background(), ref)
	if vitrine.CodeOf(err) != code || (err != nil && !strings.Contains(err.Error(), message)) {
		t.Errorf("Fetch(%.60q): error %v (%s), want %q with code %q", ref, err, vitrine.CodeOf(err), message, code)
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Errorf("Fetch(%.60q): %d bytes, want %d", ref, len(got), len(want))
	}
}

// Ensure that files are read below the root only, whatever the reference and the folder's symbolic links say.
func TestFetchFile(t *testing.T) {
	want := picture(t)
	base := t.TempDir()
	root := filepath.Join(base, "root")
	for name, data := range map[string][]byte{
		"secret.png": want, "root/a/shirt.png": want, "root/text.png": []byte("words, not pixels"), "root/big.png": append(bytes.Clone(want), make([]byte, 2000)...),
	} {
		file := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"out.png": "../secret.png", "folder": "..", "in.png": "a/shirt.png"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, pictures.Options{Root: root, Bytes: 1000})
	for _, c := range []struct {
		ref, message string
		code         vitrine.Code
	}{
		{ref: "a/shirt.png"},
		{ref: "/a/shirt.png"},
		{ref: `a\shirt.png`},
		{ref: "in.png"},
		{ref: "a/none.png", code: vitrine.NotFound, message: `picture "a/none.png": no such file`},
		{ref: "../secret.png", code: vitrine.Invalid, message: "escapes"},
		{ref: "a/../../secret.png", code: vitrine.Invalid, message: "escapes"},
		{ref: "out.png", code: vitrine.Invalid, message: "escapes"},
		{ref: "folder/secret.png", code: vitrine.Invalid, message: "escapes"},
		{ref: "a", code: vitrine.Invalid, message: "not a regular file"},
		{ref: "", code: vitrine.Invalid, message: "names no file"},
		{ref: "a\x00b", code: vitrine.Invalid},
		{ref: "text.png", code: vitrine.Invalid, message: "no JPEG, PNG, WebP or GIF but text/plain"},
		{ref: "big.png", code: vitrine.TooLarge, message: "more than 1000 bytes"},
		{ref: "file:///etc/passwd", code: vitrine.NotFound},
	} {
		check(t, f, c.ref, want, c.code, c.message)
	}
	check(t, open(t, pictures.Options{}), "a/shirt.png", nil, vitrine.Invalid, "no picture root is set")
}

// Ensure that data: URLs are decoded within the size limit.
func TestFetchData(t *testing.T) {
	want := picture(t)
	code := base64.StdEncoding.EncodeToString(want)
	f := open(t, pictures.Options{Bytes: 1000})
	check(t, f, "data:image/png;base64,"+code, want, "", "")
	check(t, f, "DATA:;base64,"+strings.TrimRight(code, "="), want, "", "")
	check(t, f, "data:image/png;base64", nil, vitrine.Invalid, "no comma")
	check(t, f, "data:image/png;base64,!!", nil, vitrine.Invalid, "data URL: illegal base64")
	check(t, f, "data:text/plain,hello", nil, vitrine.Invalid, "text/plain")
	check(t, f, "data:image/png;base64,"+strings.Repeat("A", 2000), nil, vitrine.TooLarge, "more than 1000 bytes")
	check(t, f, "data:image/png;base64,"+strings.Repeat("A", 9000), nil, vitrine.TooLarge, "more than 1000 bytes")
}

// Ensure that URLs are fetched within the limits of size, time and redirects, and that failures carry a code to act on.
func TestFetchURL(t *testing.T) {
	want := picture(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(want) })
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("<html>"))
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write(make([]byte, 5000))
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 512)); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	mux.HandleFunc("/denied", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.Handle("/hop1", http.RedirectHandler("/ok", http.StatusFound))
	mux.Handle("/hop2", http.RedirectHandler("/hop1", http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()

	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	f := open(t, pictures.Options{AllowPrivate: true, Bytes: 1000, Redirects: 1, Timeout: 300 * time.Millisecond})
	for _, c := range []struct {
		path, message string
		code          vitrine.Code
	}{
		{path: "/ok"},
		{path: "/hop1"},
		{path: "/hop2", code: vitrine.Invalid, message: "more than 1 redirects"},
		{path: "/loop", code: vitrine.Invalid, message: "more than 1 redirects"},
		{path: "/file", code: vitrine.Invalid, message: `redirect to scheme "file"`},
		{path: "/none", code: vitrine.NotFound, message: "server answers 404"},
		{path: "/broken", code: vitrine.Unavailable, message: "server answers 502"},
		{path: "/denied", code: vitrine.Invalid, message: "server answers 403"},
		{path: "/page", code: vitrine.Invalid, message: "but text/html"},
		{path: "/large", code: vitrine.TooLarge, message: "5000 bytes"},
		{path: "/endless", code: vitrine.TooLarge, message: "more than 1000 bytes"},
		{path: "/slow", code: vitrine.Unavailable, message: "takes too long"},
	} {
		check(t, f, server.URL+c.path, want, c.code, c.message)
	}
	check(t, f, "http://", nil, vitrine.Invalid, "malformed")
	check(t, f, "http://%zz/", nil, vitrine.Invalid, "malformed")
	check(t, f, strings.Replace(server.URL, "http://", "http://user:word@", 1)+"/ok", nil, vitrine.Invalid, "user name")
	check(t, open(t, pictures.Options{AllowPrivate: true, RefuseURLs: true}), server.URL+"/ok", nil, vitrine.Invalid, "not allowed")
}

// Ensure that without AllowPrivate nothing reaches the machine itself, by whatever spelling, and that the server sees no request.
func TestFetchRefusesPrivate(t *testing.T) {
	touched := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { touched++ }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	f := open(t, pictures.Options{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1", "[fe80::1]"} {
		_, err := f.Fetch(context.Background(), "http://"+host+port+"/ok")
		if code := vitrine.CodeOf(err); code != vitrine.Invalid || !strings.Contains(err.Error(), "is not public") {
			t.Errorf("host %s: error %v (%s), want a refusal", host, err, code)
		}
	}
	if touched > 0 {
		t.Errorf("the server saw %d requests", touched)
	}
}

// Ensure that addresses are public only when they are in no special-purpose block.
func TestIsPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700:4700::1111": true, "::ffff:8.8.8.8": true, "172.32.0.1": true, "100.128.0.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "100.127.255.255": false, "224.0.0.1": false, "239.1.1.1": false, "255.255.255.255": false, "0.0.0.0": false,
		"0.1.2.3": false, "198.18.0.1": false, "192.0.2.1": false, "203.0.113.9": false, "240.0.0.1": false,
		"::": false, "::1": false, "::7f00:1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001:0:7f00:1::": false, "2001:db8::1": false, "fec0::1": false,
	} {
		if got := pictures.IsPublic(netip.MustParseAddr(address)); got != want {
			t.Errorf("IsPublic(%s) = %v, want %v", address, got, want)
		}
	}
}

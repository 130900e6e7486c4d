package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vitrine"
)

// Ensure that whoever looks at products in the storefront finds them higher in the next search, while another visitor does not.
func TestStorefrontPersonal(t *testing.T) {
	jar := func() *http.Client {
		cookies, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Client{Jar: cookies}
	}
	open := func(client *http.Client, path string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, demo.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		page, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v", path, response.StatusCode, err)
		}
		return string(page)
	}
	link := regexp.MustCompile(`href="/p/([^?"]+)\?list=search&amp;position=(\d+)&amp;q=shirt"`)
	find := func(client *http.Client) (found []string) {
		t.Helper()
		for i, m := range link.FindAllStringSubmatch(open(client, "/?q=shirt"), -1) {
			if m[2] != fmt.Sprint(i+1) {
				t.Fatalf("link %d says position %s", i+1, m[2])
			}
			id, err := url.PathUnescape(m[1])
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, id)
		}
		return found
	}
	visitor, other := jar(), jar()
	before := find(visitor)
	if len(before) < 10 {
		t.Fatalf("%d products found", len(before))
	}
	favourites := before[6:9]
	for _, id := range favourites {
		open(visitor, "/p/"+url.PathEscape(id)+"?list=search&position=7&q=shirt")
	}
	places := func(o []string) (sum int) {
		for _, id := range favourites {
			sum += slices.Index(o, id)
		}
		return sum
	}
	if after := find(visitor); places(after) >= places(before) {
		t.Errorf("%v stand no higher in %v than before in %v", favourites, after, before)
	}
	if again := find(other); !slices.Equal(again, before) {
		t.Errorf("another visitor finds %v, before %v", again, before)
	}
	open(visitor, "/")
}

// Ensure that the demo offers its first shoppers, and that a file at fault is told by its row.
func TestDemoShoppers(t *testing.T) {
	list, err := demoShoppers(filepath.Join(demo.dir, "shoppers.jsonl"))
	if err != nil || len(list) != 6 || list[0].ID != demo.Shoppers[0].User || !strings.Contains(list[0].Name, demo.Shoppers[0].Region) {
		t.Errorf("%v, %v", list, err)
	}
	path := filepath.Join(t.TempDir(), "broken.jsonl")
	if err := os.WriteFile(path, []byte("{\"user\":\"a\"}\n{\"user\":"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demoShoppers(path); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("a broken file: %v", err)
	}
	if _, err := demoShoppers(path + "x"); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("no file: %v", err)
	}
}

package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vitrine"
)

// Ensure that a misspelt query is answered, and says what was probably meant, over HTTP.
func TestSearch_DidYouMean(t *testing.T) {
	q := vitrine.Query{Text: "red drses", Mode: vitrine.ModeKeyword}
	results := demo.search(t, q)
	if results.DidYouMean != "red dress" || results.Total == 0 {
		t.Errorf("%d products, did you mean %q", results.Total, results.DidYouMean)
	}
	q.Text = results.DidYouMean
	if results = demo.search(t, q); results.DidYouMean != "" {
		t.Errorf("%q is right, did you mean %q", q.Text, results.DidYouMean)
	}
}

// adversarial are texts as careless, malicious and foreign visitors send them, with the status of a search for them and of a filter made of them.
func adversarial() []struct {
	name, text     string
	search, filter int
} {
	return []struct {
		name, text     string
		search, filter int
	}{
		{"nothing", "", 400, 400},
		{"spaces", " \t\n ", 400, 400},
		{"regular expression", `^(a+)+$|.*[a-z]{1,100}\\`, 200, 400},
		{"wildcards", "*?~^:[!", 200, 400},
		{"one of 1,000 words", strings.Repeat("red dress ", 500), 413, 400},
		{"as many words as fit", strings.Repeat("ab ", 170), 200, 400},
		{"one long word", strings.Repeat("x", 500), 200, 400},
		{"only stop words", "the of and to in", 200, 400},
		{"only punctuation", "?!.,;:-_#+*'", 200, 400},
		{"one quotation mark", `"red dress`, 200, 400},
		{"quotation marks in each other", `"red "blue" dress"`, 200, 400},
		{"open brackets", "((((((((price < 5", 200, 400},
		{"closed brackets", "price < 5))", 200, 400},
		{"nested filter", strings.Repeat("(", 200) + "price<5" + strings.Repeat(")", 200), 200, 400},
		{"half a filter", "price <", 200, 400},
		{"operators alone", "AND OR NOT", 200, 400},
		{"SQL", "'; DROP TABLE products; --", 200, 400},
		{"SQL tautology", "x' OR '1'='1", 200, 400},
		{"script", "<script>alert(1)</script>", 200, 400},
		{"attribute", `" onmouseover="alert(1)`, 200, 400},
		{"template", "{{7*7}} ${7*7} #{7*7}", 200, 400},
		{"mixed scripts", "red 红色 платье δρες ドレス 드레스", 200, 400},
		{"emoji", "👗👠 red 👩‍👩‍👧‍👦", 200, 400},
		{"right to left", "\u202eesserd der\u202c فستان أحمر שמלה", 200, 400},
		{"no width", "re\u200bd\u200d dre\ufeffss", 200, 400},
		{"combining marks", "re\u0301\u0301\u0301\u0301d " + strings.Repeat("\u0301", 100), 200, 400},
		{"control characters", "red\x00\x1f\x7fdress", 200, 400},
		{"not UTF-8", "red \xff\xfe dress", 400, 400},
		{"surrogate", "red \xed\xa0\x80 dress", 400, 400},
		{"full width", "ｒｅｄ　ｄｒｅｓｓ", 200, 400},
		{"huge number", "1" + strings.Repeat("0", 400), 200, 400},
		{"path", "../../etc/passwd", 200, 400},
		{"format", "%s%n%d%x", 200, 400},
		{"null", "null", 200, 400},
	}
}

// Ensure that hostile and odd texts have defined answers as query, prefix and filter, in every mode: never a fault of ours, and markup never passes.
func TestSearch_Adversarial(t *testing.T) {
	for _, test := range adversarial() {
		t.Run(test.name, func(t *testing.T) {
			for _, mode := range []string{"keyword", "vector", "ranked"} {
				status, body := demo.call(t, http.MethodGet, "/v1/search?mode="+mode+"&q="+url.QueryEscape(test.text), "", nil)
				if status != test.search {
					t.Errorf("search in mode %s: status %d, want %d: %.300s", mode, status, test.search, body)
				}
				checkMarkup(t, status, body)
			}
			if status, body := demo.call(t, http.MethodGet, "/v1/search?q=dress&filter="+url.QueryEscape(test.text), "", nil); strings.TrimSpace(test.text) != "" && status != test.filter {
				t.Errorf("filter: status %d, want %d: %.300s", status, test.filter, body)
			}
			if status, body := demo.call(t, http.MethodGet, "/v1/suggest?q="+url.QueryEscape(test.text), "", nil); status >= 500 {
				t.Errorf("suggest: status %d: %.300s", status, body)
			}
		})
	}
}

// checkMarkup ensures that highlights have no markup but <em>.
func checkMarkup(t *testing.T, status int, body []byte) {
	t.Helper()
	if status != http.StatusOK {
		return
	}
	var results vitrine.Results
	if err := json.Unmarshal(body, &results); err != nil {
		t.Fatal(err)
	}
	for _, hit := range results.Hits {
		for _, lit := range hit.Highlight {
			if strings.ContainsAny(strings.NewReplacer("<em>", "", "</em>", "").Replace(lit), "<>\"") {
				t.Errorf("highlight %q", lit)
			}
		}
	}
}

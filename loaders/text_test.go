package loaders_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"vitrine/loaders"
)

// Ensure that HTML becomes the text that a reader of the page would see.
func TestHTMLText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                             "plain",
		"a<br>b":                            "a\nb",
		"<p>a</p><p>b &amp; c</p>":          "\na\n\nb & c\n",
		"<b>bo</b>ld":                       "bold",
		"x<script>if (a<b) {}</script>y":    "xy",
		"x<style>p{}</style>y<!-- no -->z":  "xyz",
		"<table><tr><td>1<td>2</table>":     "\n\n 1 2\n",
		"&lt;b&gt; &euro;5 &#x1F600;&nbsp;": "<b> €5 😀\u00a0",
		"<p title='a > b'>c":                "\nc",
		"<p":                                "",
		"":                                  "",
	} {
		if got := loaders.HTMLText(in); got != want {
			t.Errorf("HTMLText(%q) = %q, want %q", in, got, want)
		}
	}
}

// Ensure that titles and descriptions come out clean, and that text which only looks like markup stays.
func TestCleanText(t *testing.T) {
	for _, c := range []struct{ name, in, title, description string }{
		{"plain", `Lamp`, "Lamp", "Lamp"},
		{"spaces", `  two \t  words \n\n next `, "two words next", "two words\nnext"},
		{"decomposed", `Cafe\u0301`, "Café", "Café"},
		{"no-break and zero-width", `a\u00a0b\u200bc\u00add`, "a bcd", "a bcd"},
		{"control", `a\u0000b\u001b[0m`, "ab[0m", "ab[0m"},
		{"direction marks", `a\u202egpj.exe`, "agpj.exe", "agpj.exe"},
		{"joined emoji", `\ud83d\udc69\u200d\ud83d\udcbb`, "👩\u200d💻", "👩\u200d💻"},
		{"less than", `dry in < 3 min. & go`, "dry in < 3 min. & go", "dry in < 3 min. & go"},
		{"inequality", `Mini PC (<= 3L)`, "Mini PC (<= 3L)", "Mini PC (<= 3L)"},
		{"company", `Black & Decker; R&D`, "Black & Decker; R&D", "Black & Decker; R&D"},
		{"tags", `<p>One</p><p>Two &amp; a half</p>`, "One Two & a half", "One\nTwo & a half"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := load(t, []byte(`{"id":"1","title":"`+c.in+`","description":"`+c.in+`"}`), loaders.Options{})
			if len(rows) != 1 {
				t.Fatalf("%d rows, want 1", len(rows))
			}
			if diff := cmp.Diff([]string{c.title, c.description}, []string{rows[0].Product.Title, rows[0].Product.Description}); diff != "" {
				t.Errorf("title and description (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzHTMLText(f *testing.F) {
	for _, s := range []string{"<p>a&amp;b", "<script>", "<svg><p></svg>x", "<!--", "&#0;&#xffffffff;", "<a href='", "\xff<b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := loaders.HTMLText(s)
		if utf8.ValidString(s) && !utf8.ValidString(text) {
			t.Errorf("%q becomes the invalid %q", s, text)
		}
		if !strings.ContainsAny(s, "<&\r\x00") && text != s {
			t.Errorf("%q has no markup but becomes %q", s, text)
		}
	})
}

// checkProduct asserts what holds for every product that any input yields.
func checkProduct(t *testing.T, row loaders.Row) {
	t.Helper()
	p := row.Product
	if err := p.Validate(); err != nil {
		t.Errorf("row %d: %v", row.Number, err)
	}
	for _, s := range append([]string{p.ID, p.Title, p.Description, p.Brand, p.URL}, append(p.Category, p.Images...)...) {
		if !utf8.ValidString(s) {
			t.Errorf("row %d: %q is not valid UTF-8", row.Number, s)
		}
	}
	if !norm.NFC.IsNormalString(p.Title) || strings.ContainsAny(p.Title, "\n\t\x00") || strings.TrimSpace(p.Title) != p.Title {
		t.Errorf("row %d: title %q is not clean", row.Number, p.Title)
	}
}

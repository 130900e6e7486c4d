package keyword_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that the words of a query are marked in whatever writing, that all else is escaped.
func TestHighlight(t *testing.T) {
	for _, test := range []struct {
		name, text, title, description string
		want                           map[string]string
	}{
		{"stem and case", "battery", "AA Batteries", "", map[string]string{"title": "AA <em>Batteries</em>"}},
		{"joined", "12gb", "Kit 12 GB, 12GB", "", map[string]string{"title": "Kit <em>12 GB</em>, <em>12GB</em>"}},
		{"parts of a joined word", "tn2110 brother", "Brother TN-2110", "", map[string]string{"title": "<em>Brother</em> <em>TN-2110</em>"}},
		{"Chinese", "连衣裙", "红色连衣裙", "", map[string]string{"title": "红色<em>连衣裙</em>"}},
		{"escaped", "bold script", `<b>bold</b> & "x"`, "<script>", map[string]string{
			"title": `&lt;b&gt;<em>bold</em>&lt;/b&gt; &amp; &#34;x&#34;`, "description": "&lt;<em>script</em>&gt;",
		}},
		{"nothing marked", "shoe", "Dress", "", map[string]string{"title": "Dress"}},
		{"empty", "x", "", "", map[string]string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := with(t, keyword.Options{SnippetLength: 80})
			got := x.Highlight(test.text, &vitrine.Product{Title: test.title, Description: test.description})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("highlight (-want +got):\n%s", diff)
			}
		})
	}
}

// Ensure that of a long description the piece with most words of the query is shown, cut at words and within the length.
func TestHighlightPiece(t *testing.T) {
	filler := strings.Repeat("filler text here, größer ", 20)
	x := with(t, keyword.Options{SnippetLength: 80})
	for _, test := range []struct{ name, description, inside string }{
		{"middle", filler + "target alone " + filler + "the target with words " + filler, "<em>target</em> with <em>words</em>"},
		{"start", "target words " + filler, "<em>target</em> <em>words</em> filler"},
		{"end", filler + "target words", "<em>target</em> <em>words</em>"},
		{"nowhere", filler, "filler text here"},
		{"no spaces", strings.Repeat("größer,", 50) + "target" + strings.Repeat(",größer", 50), "<em>target</em>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := x.Highlight("target word", &vitrine.Product{Title: "T", Description: test.description})["description"]
			plain := strings.NewReplacer("<em>", "", "</em>", "", "…", "").Replace(got)
			if n := utf8.RuneCountInString(plain); n > 80 || n < 10 || !utf8.ValidString(got) {
				t.Errorf("piece of %d characters: %s", n, got)
			}
			if !strings.Contains(got, test.inside) || !strings.Contains(test.description, plain) {
				t.Errorf("piece %q, want one with %q", got, test.inside)
			}
		})
	}
}

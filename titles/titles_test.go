package titles_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine/titles"
)

// Ensure that the words that may name the product are found, and numbers, measures, colours and purposes are not among them.
func TestHeads(t *testing.T) {
	tests := []struct {
		title string
		want  []string
	}{
		{"Gel Mouse Pad 20 x 30 cm", []string{"pad"}},
		{"Philips SHE2550 headphones/headset Black", []string{"philip", "headset"}},
		{"Lock for laptop, steel", []string{"lock", "steel"}},
		{"Puma Men Red Shirts", []string{"men", "shirt"}},
		{"HP Pavilion Notebook Silver 17\"", []string{"notebook"}},
		{"", nil},
		{"!!! --", nil},
	}
	for _, tt := range tests {
		t.Run(tt.title, func(t *testing.T) {
			words := titles.Split(tt.title)
			var got []string
			for _, i := range titles.Heads(words) {
				got = append(got, words[i].Stem)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Ensure that words carry their place in the text, whatever the script.
func TestSplit_Places(t *testing.T) {
	text := "Café 红色 dv7-1211ea's"
	var got []string
	for _, w := range titles.Split(text) {
		got = append(got, text[w.Start:w.End])
	}
	if diff := cmp.Diff([]string{"Café", "红", "色", "dv7", "1211ea", "s"}, got); diff != "" {
		t.Error(diff)
	}
}

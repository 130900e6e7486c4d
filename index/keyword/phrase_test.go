package keyword_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/keyword"
)

// Ensure that a phrase in quotation marks is found in order alone, that other marks are punctuation, and that neighbours count without marks, too.
func TestMatchPhrases(t *testing.T) {
	products := titled("Red summer dress", "Summer dress, red", "Dress for a red summer", "Notebook 27\" screen", "红色连衣裙", "连衣裙，红白色")
	x := with(t, keyword.Options{Enough: 1, MinimumMatch: 0.01}, products...)
	for _, test := range []struct {
		text string
		want []vitrine.Doc
	}{
		{`"red summer"`, []vitrine.Doc{0, 2}},
		{`"summer dress"`, []vitrine.Doc{0, 1}},
		{`red "summer dress"`, []vitrine.Doc{0, 1}},
		{`“red summer” dress`, []vitrine.Doc{0, 2}},
		{`"dresses" summer`, []vitrine.Doc{0, 1, 2}},
		{`"red dress"`, []vitrine.Doc{}},
		{`"red`, []vitrine.Doc{0, 1, 2}},
		{`27" screen "`, []vitrine.Doc{3}},
		{`27" notebook 24"`, []vitrine.Doc{3}},
		{`""`, []vitrine.Doc{}},
		{`"红色"`, []vitrine.Doc{4}},
		{`" "red summer"`, []vitrine.Doc{0, 2}},
	} {
		t.Run(test.text, func(t *testing.T) {
			got := found(t, x, test.text)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.text, diff)
			}
		})
	}
	if diff := cmp.Diff([]vitrine.Doc{1, 0, 2}, found(t, with(t, keyword.Options{Proximity: 1}, products[:3]...), "dress red")); diff != "" {
		t.Errorf("neighbours first (-want +got):\n%s", diff)
	}
}

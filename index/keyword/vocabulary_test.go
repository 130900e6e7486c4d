package keyword_test

import (
	"testing"

	"vitrine/index/keyword"
)

// Ensure that words are known by their beginnings, and the rarer the fewer products have them.
func TestVocabulary(t *testing.T) {
	v := with(t, keyword.Options{}, titled("Red dress", "Red shoes", "Blue Schürze", "Red hat")...).Vocabulary()
	for beginning, want := range map[string]bool{"re": true, "red": true, "redd": false, "zz": false, "schur": true, "a": false} {
		if got := v.Begins(beginning); got != want {
			t.Errorf("begins %q: %v", beginning, got)
		}
	}
	red, hat, none := v.Rarity("red"), v.Rarity("hat"), v.Rarity("ha")
	if !(0 < red && red < hat && hat < none && none == 1) {
		t.Errorf("rarity of red %.2f, hat %.2f, ha %.2f", red, hat, none)
	}
}

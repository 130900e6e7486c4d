package keyword_test

import (
	"testing"

	"vitrine/index/keyword"
)

// Ensure that words are known by their beginnings, and are the rarer the fewer products have them, and the less where they go with the others.
func TestVocabulary(t *testing.T) {
	v := with(t, keyword.Options{}, titled("Red dress", "Red shoes", "Blue Schürze", "Red hat", "Blue shoe")...).Vocabulary()
	for beginning, known := range map[string]bool{"re": true, "red": true, "redd": false, "zz": false, "schur": true, "a": false} {
		if got := v.LeastRarity(beginning); got < 0 || got > 1 || got < 1 != known {
			t.Errorf("least rarity of %q: %v", beginning, got)
		}
	}
	red, hat, none := v.Rarity("red"), v.Rarity("hat"), v.Rarity("ha")
	if !(0 < red && red < hat && hat < none && none == 1) {
		t.Errorf("rarity of red %.2f, hat %.2f, ha %.2f", red, hat, none)
	}
	if a, b := v.Rarity("shoe"), v.Rarity("shoes"); a != b {
		t.Errorf("rarity of shoe %.2f, shoes %.2f", a, b)
	}
	beside, apart := v.Rarity("hat", "red"), v.Rarity("hat", "blue")
	if !(beside < hat && hat < apart && apart <= 1) {
		t.Errorf("rarity of hat %.2f, beside red %.2f, beside blue %.2f", hat, beside, apart)
	}
	if got := v.Rarity("hat", "none"); got <= 0 || got > 1 {
		t.Errorf("rarity beside a word that is not known: %v", got)
	}
}

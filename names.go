package vitrine

import "strings"

// MaxIndexName is the longest name of an index in characters.
const MaxIndexName = 64

const indexNameLetters = "abcdefghijklmnopqrstuvwxyz0123456789_-"

// ValidateIndexName reports, with code [Invalid], a name that no index can have: it becomes a folder and a part of URLs.
func ValidateIndexName(name string) error {
	foreign := func(r rune) bool { return !strings.ContainsRune(indexNameLetters, r) }
	if name == "" || len(name) > MaxIndexName || strings.ContainsFunc(name, foreign) {
		return Errorf(Invalid, "index name %q: give 1 to %d of a-z, 0-9, - and _", name, MaxIndexName)
	}
	return nil
}

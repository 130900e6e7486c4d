package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// loadMetaspace reads the pre-tokenizer of SentencePiece: blanks become a visible mark, one is put before the text, and each mark begins a piece.
func loadMetaspace(part json.RawMessage) (splitter, error) {
	file, err := decode[struct {
		Mark    string `json:"replacement"`
		Prepend string `json:"prepend_scheme"`
		Prefix  *bool  `json:"add_prefix_space"`
		Split   *bool  `json:"split"`
	}](part)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(file.Mark) != 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: pre_tokenizer Metaspace: replacement %q, want one character", file.Mark)
	}
	// Older files have add_prefix_space only.
	scheme := file.Prepend
	if scheme == "" {
		scheme = "always"
		if file.Prefix != nil && !*file.Prefix {
			scheme = "never"
		}
	}
	if scheme != "always" && scheme != "first" && scheme != "never" {
		return nil, unsupported("pre_tokenizer Metaspace prepend_scheme", scheme)
	}
	whole := file.Split != nil && !*file.Split
	return func(dst []string, text string, first bool) []string {
		text = strings.ReplaceAll(text, " ", file.Mark)
		if (scheme == "always" || scheme == "first" && first) && !strings.HasPrefix(text, file.Mark) {
			text = file.Mark + text
		}
		if whole {
			return append(dst, text)
		}
		return splitBefore(dst, text, file.Mark)
	}, nil
}

// splitBefore splits so that each mark begins a piece.
func splitBefore(dst []string, text, mark string) []string {
	for text != "" {
		// A mark at the very start begins the piece at hand.
		_, width := utf8.DecodeRuneInString(text)
		at := strings.Index(text[width:], mark)
		if at < 0 {
			return append(dst, text)
		}
		dst, text = append(dst, text[:width+at]), text[width+at:]
	}
	return dst
}

package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

func loadSplitter(part json.RawMessage) (splitter, error) {
	if absent(part) {
		return nil, nil
	}
	name, err := kind(part)
	if err != nil {
		return nil, err
	}
	switch name {
	case "Sequence":
		return loadSplitterSequence(part)
	case "BertPreTokenizer":
		return splitBert, nil
	case "WhitespaceSplit":
		return splitSpace, nil
	case "ByteLevel":
		return loadByteLevel(part)
	case "Split":
		return loadSplit(part)
	case "Metaspace":
		return loadMetaspace(part)
	}
	return nil, unsupported("pre_tokenizer", name)
}

func loadSplitterSequence(part json.RawMessage) (splitter, error) {
	file, err := decode[struct {
		PreTokenizers []json.RawMessage `json:"pretokenizers"`
	}](part)
	if err != nil {
		return nil, err
	}
	var whole splitter
	for _, p := range file.PreTokenizers {
		next, err := loadSplitter(p)
		if err != nil {
			return nil, err
		}
		whole = chain(whole, next)
	}
	return whole, nil
}

// chain splits by first and each piece by second.
func chain(first, second splitter) splitter {
	if first == nil || second == nil {
		return cmpOr(first, second)
	}
	return func(dst []string, text string, start bool) []string {
		for i, piece := range first(nil, text, start) {
			dst = second(dst, piece, start && i == 0 && strings.HasPrefix(text, piece))
		}
		return dst
	}
}

func cmpOr(a, b splitter) splitter {
	if a != nil {
		return a
	}
	return b
}

// splitSpace splits at white space, which is dropped.
func splitSpace(dst []string, text string, _ bool) []string {
	start := -1
	for i, r := range text {
		switch {
		case !unicode.IsSpace(r) && start < 0:
			start = i
		case unicode.IsSpace(r) && start >= 0:
			dst, start = append(dst, text[start:i]), -1
		}
	}
	if start >= 0 {
		dst = append(dst, text[start:])
	}
	return dst
}

// splitBert splits at white space, which is dropped, and makes every punctuation mark a piece of its own.
func splitBert(dst []string, text string, _ bool) []string {
	start := -1
	for i, r := range text {
		space, mark := unicode.IsSpace(r), isPunctuation(r)
		if (space || mark) && start >= 0 {
			dst, start = append(dst, text[start:i]), -1
		}
		switch {
		case mark:
			dst = append(dst, text[i:i+utf8.RuneLen(r)])
		case !space && start < 0:
			start = i
		}
	}
	if start >= 0 {
		dst = append(dst, text[start:])
	}
	return dst
}

// isPunctuation reports whether r is a mark: anything printable in ASCII that is neither letter nor digit, and Unicode's category P.
func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
	}
	return unicode.IsPunct(r)
}

// loadSplit reads a Split. Matches are the delimiters, or the rest is when inverted; Removed drops delimiters, Isolated makes each a piece, and a merged one
// stays with its neighbour.
func loadSplit(part json.RawMessage) (splitter, error) {
	file, err := decode[struct {
		Pattern  textPattern `json:"pattern"`
		Behavior string      `json:"behavior"`
		Invert   bool        `json:"invert"`
	}](part)
	if err != nil {
		return nil, err
	}
	p, err := file.Pattern.compile()
	if err != nil {
		return nil, err
	}
	switch {
	case file.Behavior == "Removed":
		return func(dst []string, text string, _ bool) []string { return p.split(dst, text, file.Invert, !file.Invert) }, nil
	case file.Behavior == "Isolated":
		return func(dst []string, text string, _ bool) []string { return p.split(dst, text, true, true) }, nil
	case file.Behavior == "MergedWithPrevious" && !file.Invert:
		return func(dst []string, text string, _ bool) []string { return p.splitAfter(dst, text) }, nil
	}
	return nil, unsupported("pre_tokenizer Split behavior", file.Behavior)
}

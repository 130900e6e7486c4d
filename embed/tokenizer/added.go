package tokenizer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is found in the text before the model sees it.
type addedToken struct {
	ID         int64  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// addedTokens finds added tokens, the leftmost first and there the longest.
type addedTokens struct {
	// byFirst holds the tokens by their first byte, longest first.
	byFirst map[byte][]addedToken
}

func (a *addedTokens) add(t addedToken) {
	if t.Content == "" {
		return
	}
	if a.byFirst == nil {
		a.byFirst = map[byte][]addedToken{}
	}
	first := t.Content[0]
	list := append(a.byFirst[first], t)
	slices.SortStableFunc(list, func(x, y addedToken) int { return cmp.Compare(len(y.Content), len(x.Content)) })
	a.byFirst[first] = list
}

// cut yields the text in order: stretches without an added token, with id -1, and the added tokens with their id. It stops when yield says no.
func (a *addedTokens) cut(text string, yield func(part string, id int64) bool) {
	start := 0
	for at := 0; at < len(text) && len(a.byFirst) > 0; {
		token, ok := a.match(text, at)
		if !ok {
			at++
			continue
		}
		left, right := at, at+len(token.Content)
		if token.LStrip {
			left = start + len(strings.TrimRightFunc(text[start:at], unicode.IsSpace))
		}
		if token.RStrip {
			right = len(text) - len(strings.TrimLeftFunc(text[right:], unicode.IsSpace))
		}
		if left > start && !yield(text[start:left], -1) || !yield(token.Content, token.ID) {
			return
		}
		start, at = right, right
	}
	if start < len(text) {
		yield(text[start:], -1)
	}
}

func (a *addedTokens) match(text string, at int) (addedToken, bool) {
	for _, t := range a.byFirst[text[at]] {
		if !strings.HasPrefix(text[at:], t.Content) {
			continue
		}
		if t.SingleWord {
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			after, _ := utf8.DecodeRuneInString(text[at+len(t.Content):])
			if isWord(before) || isWord(after) {
				continue
			}
		}
		return t, true
	}
	return addedToken{}, false
}

// isWord reports whether r counts as part of a word, as \w does.
func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || unicode.Is(unicode.Pc, r))
}

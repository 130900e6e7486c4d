package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// loadModel reads the part that cuts words into tokens.
func loadModel(part json.RawMessage) (model, error) {
	if absent(part) {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: no model in the file")
	}
	name, err := kind(part)
	if err != nil {
		return nil, err
	}
	switch name {
	case "WordPiece":
		return loadWordPiece(part)
	case "BPE":
		return loadBPE(part)
	case "Unigram":
		return loadUnigram(part)
	}
	return nil, unsupported("model", name)
}

// wordPiece cuts a word greedily into the longest tokens from the left; a word that cannot be cut wholly is unknown.
type wordPiece struct {
	// heads are the tokens that start a word, tails those that go on, their prefix taken off.
	heads, tails map[string]int64
	// longest is the length of the longest token in bytes.
	longest  int
	unknown  int64
	maxRunes int
	ids      int
}

func loadWordPiece(part json.RawMessage) (model, error) {
	file, err := decode[struct {
		Vocab    map[string]int64 `json:"vocab"`
		Unknown  string           `json:"unk_token"`
		Prefix   string           `json:"continuing_subword_prefix"`
		MaxRunes int              `json:"max_input_chars_per_word"`
	}](part)
	if err != nil {
		return nil, err
	}
	unknown, ok := file.Vocab[file.Unknown]
	if !ok {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: unknown token %q is not in the vocabulary", file.Unknown)
	}
	w := &wordPiece{heads: make(map[string]int64, len(file.Vocab)), tails: map[string]int64{}, unknown: unknown, maxRunes: file.MaxRunes}
	if w.maxRunes <= 0 {
		w.maxRunes = 100
	}
	for token, id := range file.Vocab {
		if id < 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: token %q has the id %d", token, id)
		}
		w.ids = max(w.ids, int(id)+1)
		w.longest = max(w.longest, len(token))
		w.heads[token] = id
		if tail, ok := strings.CutPrefix(token, file.Prefix); ok {
			w.tails[tail] = id
		}
	}
	return w, nil
}

func (w *wordPiece) size() int { return w.ids }

func (w *wordPiece) tokens(dst []int64, word string, _ int) []int64 {
	if len(word) > w.maxRunes && utf8.RuneCountInString(word) > w.maxRunes {
		return append(dst, w.unknown)
	}
	start := len(dst)
	vocabulary := w.heads
	for word != "" {
		end := min(len(word), w.longest)
		for ; end > 0; end-- {
			if end < len(word) && !utf8.RuneStart(word[end]) {
				continue
			}
			if id, ok := vocabulary[word[:end]]; ok {
				dst = append(dst, id)
				break
			}
		}
		if end == 0 {
			return append(dst[:start], w.unknown)
		}
		word, vocabulary = word[end:], w.tails
	}
	return dst
}

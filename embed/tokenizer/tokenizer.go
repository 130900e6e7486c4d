package tokenizer

import (
	"encoding/json"
	"strings"
	"sync"
	"unicode/utf8"

	"vitrine"
)

// Tokenizer turns text into token ids. It is safe for concurrent use.
type Tokenizer struct {
	// raw are the added tokens looked for in the text as it came, cooked those looked for after normalisation.
	raw, cooked addedTokens
	normalise   normaliser
	split       splitter
	model       model
	// before and after are the special tokens around every text.
	before, after []int64
	// pair is the template of two texts, nil when there is none.
	pair    []pairPiece
	size    int
	pad     int64
	scratch sync.Pool
}

// normaliser rewrites a text; nil leaves it as it is.
type normaliser func(string) string

// splitter appends the pieces of a text to dst; nil leaves the text whole. first says that nothing stands before the text.
type splitter func(dst []string, text string, first bool) []string

// model cuts one piece into tokens.
type model interface {
	// tokens appends the ids of a piece to dst; it may stop once dst has limit ids.
	tokens(dst []int64, piece string, limit int) []int64
	// size is one more than the greatest id.
	size() int
}

// Load reads a tokenizer.json. It reports Invalid for broken JSON, for a part that is not supported, which the message names, and for ids
// that contradict each other.
func Load(data []byte) (*Tokenizer, error) {
	var file struct {
		AddedTokens   []addedToken    `json:"added_tokens"`
		Normalizer    json.RawMessage `json:"normalizer"`
		PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
		PostProcessor json.RawMessage `json:"post_processor"`
		Model         json.RawMessage `json:"model"`
		Padding       *struct {
			ID int64 `json:"pad_id"`
		} `json:"padding"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: %w", err)
	}
	t := &Tokenizer{scratch: sync.Pool{New: func() any { return new([]string) }}}
	var err error
	if t.normalise, err = loadNormaliser(file.Normalizer); err != nil {
		return nil, err
	}
	if t.split, err = loadSplitter(file.PreTokenizer); err != nil {
		return nil, err
	}
	if t.model, err = loadModel(file.Model); err != nil {
		return nil, err
	}
	if t.before, t.after, err = loadTemplate(file.PostProcessor); err != nil {
		return nil, err
	}
	if t.pair, err = loadPair(file.PostProcessor); err != nil {
		return nil, err
	}
	t.size = t.model.size()
	for _, a := range file.AddedTokens {
		if a.Content == "" || a.ID < 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: added token %d %q: empty text or negative id", a.ID, a.Content)
		}
		t.size = max(t.size, int(a.ID)+1)
		if a.Content == "[PAD]" || a.Content == "<pad>" {
			t.pad = a.ID
		}
		if a.Normalized {
			if t.normalise != nil {
				a.Content = t.normalise(a.Content)
			}
			t.cooked.add(a)
		} else {
			t.raw.add(a)
		}
	}
	if file.Padding != nil {
		t.pad = file.Padding.ID
	}
	specials := append(append([]int64{t.pad}, t.before...), t.after...)
	for _, p := range t.pair {
		specials = append(specials, p.special...)
	}
	for _, id := range specials {
		if id < 0 || id >= int64(t.size) {
			return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: special token id %d: outside the vocabulary of %d", id, t.size)
		}
	}
	return t, nil
}

// Size returns the size of the vocabulary: every id is below it.
func (t *Tokenizer) Size() int { return t.size }

// Pad returns the id to fill the shorter texts of a batch with.
func (t *Tokenizer) Pad() int64 { return t.pad }

// Specials returns how many special tokens surround every text.
func (t *Tokenizer) Specials() int { return len(t.before) + len(t.after) }

// Encode returns the ids of a text, special tokens included. A text that gives more than limit ids is cut at its end so that with the
// special tokens there are limit of them; 0 means no limit.
func (t *Tokenizer) Encode(text string, limit int) []int64 { return t.Append(nil, text, limit) }

// Append is [Tokenizer.Encode] into a slice of the caller's.
func (t *Tokenizer) Append(dst []int64, text string, limit int) []int64 {
	end := int(^uint(0) >> 1)
	if limit > 0 {
		end = len(dst) + max(limit-len(t.after), len(t.before))
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	pieces, ok := t.scratch.Get().(*[]string)
	if !ok {
		pieces = new([]string)
	}
	dst = append(dst, t.before...)
	start := len(dst)
	t.raw.cut(text, func(part string, id int64) bool {
		if id >= 0 {
			dst = append(dst, id)
			return len(dst) < end
		}
		if t.normalise != nil {
			part = t.normalise(part)
		}
		t.cooked.cut(part, func(part string, id int64) bool {
			if id >= 0 {
				dst = append(dst, id)
				return len(dst) < end
			}
			*pieces = append((*pieces)[:0], part)
			if t.split != nil {
				*pieces = t.split((*pieces)[:0], part, len(dst) == start)
			}
			for _, piece := range *pieces {
				if len(dst) >= end {
					break
				}
				dst = t.model.tokens(dst, piece, end)
			}
			return len(dst) < end
		})
		return len(dst) < end
	})
	clear(*pieces)
	t.scratch.Put(pieces)
	if len(dst) > end {
		dst = dst[:end]
	}
	return append(dst, t.after...)
}

// kind reads the "type" of a part of the file.
func kind(part json.RawMessage) (string, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(part, &head); err != nil {
		return "", vitrine.Errorf(vitrine.Invalid, "tokenizer: %w", err)
	}
	return head.Type, nil
}

// decode reads a part of the file into one of our types.
func decode[T any](part json.RawMessage) (T, error) {
	var v T
	if err := json.Unmarshal(part, &v); err != nil {
		return v, vitrine.Errorf(vitrine.Invalid, "tokenizer: %w", err)
	}
	return v, nil
}

func absent(part json.RawMessage) bool { return len(part) == 0 || string(part) == "null" }

func unsupported(what, name string) error {
	return vitrine.Errorf(vitrine.Invalid, "tokenizer: %s %q is not supported", what, name)
}

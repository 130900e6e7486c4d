package tokenizer

import (
	"encoding/json"
	"slices"

	"vitrine"
)

// pairPiece is a part of the template of two texts: special tokens, or one of the texts, with its type id.
type pairPiece struct {
	special []int64
	// text is 0 or 1, and -1 for special tokens.
	text int
	kind int64
}

// Pair returns the ids of two texts in one row, as a cross-encoder reads them, and the type id of each. What is more than limit ids in all is cut:
// the longer text first, then both alike; 0 means no limit. It reports Invalid when the tokenizer has no template for pairs.
func (t *Tokenizer) Pair(first, second string, limit int) (ids, types []int64, err error) {
	if t.pair == nil {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: has no template for pairs of texts")
	}
	bodies := [2][]int64{t.body(first), t.body(second)}
	specials := 0
	for _, p := range t.pair {
		specials += len(p.special)
	}
	if limit > 0 {
		a, b := share(len(bodies[0]), len(bodies[1]), max(limit-specials, 0))
		bodies[0], bodies[1] = bodies[0][:a], bodies[1][:b]
	}
	for _, p := range t.pair {
		part := p.special
		if p.text >= 0 {
			part = bodies[p.text]
		}
		ids = append(ids, part...)
		types = append(types, slices.Repeat([]int64{p.kind}, len(part))...)
	}
	return ids, types, nil
}

// body returns the ids of a text without special tokens.
func (t *Tokenizer) body(text string) []int64 {
	ids := t.Encode(text, 0)
	return ids[len(t.before) : len(ids)-len(t.after)]
}

// share divides the room of a row between two texts: the shorter keeps what it has up to a half, the longer gets the rest.
func share(a, b, room int) (int, int) {
	if a+b <= room {
		return a, b
	}
	if a > b {
		b, a = share(b, a, room)
		return a, b
	}
	if a <= room/2 {
		return a, room - a
	}
	return room / 2, room - room/2
}

// loadPair reads the template of two texts; nil when there is none.
func loadPair(part json.RawMessage) ([]pairPiece, error) {
	if absent(part) {
		return nil, nil
	}
	name, err := kind(part)
	if err != nil {
		return nil, err
	}
	switch name {
	case "BertProcessing", "RobertaProcessing":
		file, err := decode[struct {
			Sep specialPair `json:"sep"`
			Cls specialPair `json:"cls"`
		}](part)
		cls, sep := []int64{file.Cls.id}, []int64{file.Sep.id}
		if name == "RobertaProcessing" {
			return []pairPiece{{cls, -1, 0}, {nil, 0, 0}, {append(sep, sep...), -1, 0}, {nil, 1, 0}, {sep, -1, 0}}, err
		}
		return []pairPiece{{cls, -1, 0}, {nil, 0, 0}, {sep, -1, 0}, {nil, 1, 1}, {sep, -1, 1}}, err
	case "TemplateProcessing":
		return loadPairTemplate(part)
	case "Sequence":
		file, err := decode[struct {
			Processors []json.RawMessage `json:"processors"`
		}](part)
		if err != nil {
			return nil, err
		}
		for _, p := range file.Processors {
			if pieces, err := loadPair(p); pieces != nil || err != nil {
				return pieces, err
			}
		}
	}
	return nil, nil
}

func loadPairTemplate(part json.RawMessage) ([]pairPiece, error) {
	type piece struct {
		ID   string `json:"id"`
		Type int64  `json:"type_id"`
	}
	file, err := decode[struct {
		Pair []struct {
			SpecialToken *piece `json:"SpecialToken"`
			Sequence     *piece `json:"Sequence"`
		} `json:"pair"`
		SpecialTokens map[string]struct {
			IDs []int64 `json:"ids"`
		} `json:"special_tokens"`
	}](part)
	if err != nil {
		return nil, err
	}
	var pieces []pairPiece
	var texts [2]int
	for _, p := range file.Pair {
		switch {
		case p.Sequence != nil && (p.Sequence.ID == "A" || p.Sequence.ID == "B"):
			at := 0
			if p.Sequence.ID == "B" {
				at = 1
			}
			texts[at]++
			pieces = append(pieces, pairPiece{text: at, kind: p.Sequence.Type})
		case p.SpecialToken != nil:
			token, known := file.SpecialTokens[p.SpecialToken.ID]
			if !known {
				return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: template of pairs names special token %q without its ids", p.SpecialToken.ID)
			}
			pieces = append(pieces, pairPiece{special: token.IDs, text: -1, kind: p.SpecialToken.Type})
		default:
			return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: template of pairs has a part that is neither text nor special token")
		}
	}
	if len(pieces) > 0 && texts != [2]int{1, 1} {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: template of pairs holds the texts %d and %d times, want once each", texts[0], texts[1])
	}
	return pieces, nil
}

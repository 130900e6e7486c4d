package tokenizer

import (
	"encoding/json"

	"vitrine"
)

// loadTemplate reads the special tokens that a post-processor puts before and after a single text.
func loadTemplate(part json.RawMessage) (before, after []int64, err error) {
	if absent(part) {
		return nil, nil, nil
	}
	name, err := kind(part)
	if err != nil {
		return nil, nil, err
	}
	switch name {
	case "ByteLevel":
		// It moves offsets only.
		return nil, nil, nil
	case "BertProcessing", "RobertaProcessing":
		file, err := decode[struct {
			Sep specialPair `json:"sep"`
			Cls specialPair `json:"cls"`
		}](part)
		return []int64{file.Cls.id}, []int64{file.Sep.id}, err
	case "TemplateProcessing":
		return loadTemplateProcessing(part)
	case "Sequence":
		file, err := decode[struct {
			Processors []json.RawMessage `json:"processors"`
		}](part)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range file.Processors {
			b, a, err := loadTemplate(p)
			if err != nil {
				return nil, nil, err
			}
			before, after = append(b, before...), append(after, a...)
		}
		return before, after, nil
	}
	return nil, nil, unsupported("post_processor", name)
}

// specialPair is a token written as ["[SEP]", 102].
type specialPair struct{ id int64 }

// UnmarshalJSON reads the pair and keeps the id.
func (s *specialPair) UnmarshalJSON(data []byte) error {
	var name string
	pair := []any{&name, &s.id}
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return vitrine.Errorf(vitrine.Invalid, "special token %s: want [text, id]", data)
	}
	return nil
}

func loadTemplateProcessing(part json.RawMessage) (before, after []int64, err error) {
	type piece struct {
		ID   string `json:"id"`
		Type int    `json:"type_id"`
	}
	file, err := decode[struct {
		Single []struct {
			SpecialToken *piece `json:"SpecialToken"`
			Sequence     *piece `json:"Sequence"`
		} `json:"single"`
		SpecialTokens map[string]struct {
			IDs []int64 `json:"ids"`
		} `json:"special_tokens"`
	}](part)
	if err != nil {
		return nil, nil, err
	}
	texts := 0
	for _, s := range file.Single {
		switch {
		case s.Sequence != nil && s.Sequence.Type == 0:
			texts++
		case s.SpecialToken != nil && s.SpecialToken.Type == 0:
			token, known := file.SpecialTokens[s.SpecialToken.ID]
			if !known {
				return nil, nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: template names special token %q without its ids", s.SpecialToken.ID)
			}
			if texts == 0 {
				before = append(before, token.IDs...)
			} else {
				after = append(after, token.IDs...)
			}
		default:
			return nil, nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: template with a type id other than 0 for single texts is not supported")
		}
	}
	if texts != 1 {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: template holds the text %d times, want once", texts)
	}
	return before, after, nil
}

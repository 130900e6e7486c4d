package embed

import (
	"encoding/json"
	"strconv"
	"strings"

	"vitrine"
)

// pieces are the texts of tokens, in SentencePiece's writing: ▁ is a space, <0x41> a byte. Special tokens have none.
type pieces []string

// readPieces reads the vocabulary of a Hugging Face tokenizer.json.
func readPieces(data []byte) (pieces, error) {
	var file struct {
		Model struct {
			Vocab map[string]int `json:"vocab"`
		} `json:"model"`
		AddedTokens []struct {
			ID int `json:"id"`
		} `json:"added_tokens"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "%w", err)
	}
	most := len(file.Model.Vocab) + len(file.AddedTokens)
	if len(file.Model.Vocab) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "no vocabulary in it")
	}
	p := make(pieces, most)
	for text, id := range file.Model.Vocab {
		if id < 0 || id >= most {
			return nil, vitrine.Errorf(vitrine.Invalid, "token %q: number %d of %d", text, id, most)
		}
		p[id] = text
	}
	for _, t := range file.AddedTokens {
		if t.ID >= 0 && t.ID < most {
			p[t.ID] = ""
		}
	}
	return p, nil
}

// text joins tokens; bytes that are no UTF-8 are left out.
func (p pieces) text(tokens []int64) string {
	var b strings.Builder
	for _, t := range tokens {
		if t < 0 || int(t) >= len(p) {
			continue
		}
		piece := p[t]
		if len(piece) == len("<0x41>") && strings.HasPrefix(piece, "<0x") && piece[5] == '>' {
			if v, err := strconv.ParseUint(piece[3:5], 16, 8); err == nil {
				b.WriteByte(byte(v))
				continue
			}
		}
		b.WriteString(strings.ReplaceAll(piece, "▁", " "))
	}
	return strings.ToValidUTF8(b.String(), "")
}

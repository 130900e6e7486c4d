package tokenizer

import (
	"encoding/json"
	"strings"
)

// byteRunes maps each byte to the printable character that stands for it in a byte-level vocabulary: printable Latin-1 stays, the other 68
// bytes become U+0100 and up, in order (GPT-2).
func byteRunes() [256]string {
	var table [256]string
	next := rune(0x100)
	for b := range rune(256) {
		if '!' <= b && b <= '~' || '¡' <= b && b <= '¬' || '®' <= b && b <= 'ÿ' {
			table[b] = string(b)
			continue
		}
		table[b] = string(next)
		next++
	}
	return table
}

// loadByteLevel reads the pre-tokenizer that splits as GPT-2 does, unless told not to, and writes each piece in byte characters.
func loadByteLevel(part json.RawMessage) (splitter, error) {
	file, err := decode[struct {
		AddPrefixSpace bool  `json:"add_prefix_space"`
		UseRegex       *bool `json:"use_regex"`
	}](part)
	if err != nil {
		return nil, err
	}
	words, err := compilePattern(gpt2Pattern)
	if err != nil {
		return nil, err
	}
	table := byteRunes()
	useRegex := file.UseRegex == nil || *file.UseRegex
	return func(dst []string, text string, _ bool) []string {
		if file.AddPrefixSpace && !strings.HasPrefix(text, " ") {
			text = " " + text
		}
		start := len(dst)
		if useRegex {
			dst = words.split(dst, text, true, true)
		} else {
			dst = append(dst, text)
		}
		for i, piece := range dst[start:] {
			dst[start+i] = mapBytes(&table, piece)
		}
		return dst
	}, nil
}

func mapBytes(table *[256]string, piece string) string {
	same := true
	for i := range len(piece) {
		same = same && '!' <= piece[i] && piece[i] <= '~'
	}
	if same {
		return piece
	}
	var out strings.Builder
	out.Grow(2 * len(piece))
	for i := range len(piece) {
		out.WriteString(table[piece[i]])
	}
	return out.String()
}

package tokenizer

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"vitrine"
)

// charsmap is SentencePiece's table of character sequences and what they become, NFKC and more: a double-array trie (Aoe 1989, in the layout of Darts-clone)
// whose values are offsets into texts that end in a zero byte.
type charsmap struct {
	units []uint32
	texts string
}

// shortCluster is the length in bytes below which a grapheme cluster is looked up as a whole, as in the Hugging Face library.
const shortCluster = 6

// loadPrecompiled reads the normaliser that holds such a table in base64: its size in bytes, the units of the trie, the texts.
func loadPrecompiled(part json.RawMessage) (normaliser, error) {
	file, err := decode[struct {
		Map string `json:"precompiled_charsmap"`
	}](part)
	if err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(file.Map)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: normalizer Precompiled: %w", err)
	}
	if len(data) < 4 {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: normalizer Precompiled: %d bytes, want a table", len(data))
	}
	size := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if size%4 != 0 || uint64(size) > uint64(len(data)) {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: normalizer Precompiled: a trie of %d bytes in %d", size, len(data))
	}
	c := &charsmap{units: make([]uint32, size/4), texts: string(data[size:])}
	if err := binary.Read(bytes.NewReader(data[:size]), binary.LittleEndian, c.units); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: normalizer Precompiled: %w", err)
	}
	return c.normalise, nil
}

func (c *charsmap) normalise(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	if isASCII(s) && !strings.Contains(s, "\r\n") {
		c.characters(&out, s)
		return out.String()
	}
	for rest, state := s, -1; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if len(cluster) < shortCluster {
			if text, ok := c.find(cluster); ok {
				out.WriteString(text)
				continue
			}
		}
		c.characters(&out, cluster)
	}
	return out.String()
}

// characters writes each character of s or what the table has for it.
func (c *charsmap) characters(out *strings.Builder, s string) {
	for len(s) > 0 {
		_, width := utf8.DecodeRuneInString(s)
		if text, ok := c.find(s[:width]); ok {
			out.WriteString(text)
		} else {
			out.WriteString(s[:width])
		}
		s = s[width:]
	}
}

// find returns what the shortest entry that s begins with becomes. A damaged table finds nothing.
func (c *charsmap) find(s string) (string, bool) {
	if len(c.units) == 0 {
		return "", false
	}
	node := offset(c.units[0])
	for i := range len(s) {
		node ^= uint32(s[i])
		if s[i] == 0 || uint64(node) >= uint64(len(c.units)) {
			return "", false
		}
		unit := c.units[node]
		if unit&(1<<31|0xff) != uint32(s[i]) {
			return "", false
		}
		node ^= offset(unit)
		if unit>>8&1 == 0 {
			continue
		}
		if uint64(node) >= uint64(len(c.units)) {
			return "", false
		}
		at := c.units[node] &^ (1 << 31)
		if uint64(at) > uint64(len(c.texts)) {
			return "", false
		}
		text, _, _ := strings.Cut(c.texts[at:], "\x00")
		return text, true
	}
	return "", false
}

// offset is how far a unit's children lie from it, by exclusive or.
func offset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

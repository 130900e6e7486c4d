package vitrine

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Synonym says which phrases, of one word or several, stand for which others. A product that has a synonym of a query's words counts as having those words; of a synonym of
// several words it must have all, in any order.
type Synonym struct {
	// From are the phrases that are looked for in a query.
	From []string `json:"from"`
	// To are the phrases that also find what From means, not the other way round. Without any, all of From mean the same.
	To []string `json:"to,omitempty"`
	// Weight is the factor of a synonym's frequencies, above 0 … 1. Too high: products with the word itself do not come first. Default 0.8.
	Weight float64 `json:"weight,omitempty"`
}

// ParseSynonyms reads a JSON list of synonyms, or text with one a line: "tv, television" mean the same, "tablet => ipad, galaxy tab" is one-way. Empty lines and
// those that start with "#" are skipped. An entry or a line that is malformed is [Invalid]; the error names it.
func ParseSynonyms(data []byte) ([]Synonym, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if start := bytes.TrimSpace(data); bytes.HasPrefix(start, []byte("[")) || bytes.HasPrefix(start, []byte("{")) {
		return parseSynonymsJSON(data)
	}
	if !utf8.Valid(data) {
		return nil, Errorf(Invalid, "synonyms: the text is not UTF-8")
	}
	var list []Synonym
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		from, to, oneWay := strings.Cut(line, "=>")
		s := Synonym{From: phrases(from)}
		if oneWay {
			s.To = phrases(to)
		}
		if strings.Contains(to, "=>") || slices.Contains(s.From, "") || slices.Contains(s.To, "") || !oneWay && len(s.From) < 2 {
			return nil, Errorf(Invalid, `synonyms line %d: %.80q is neither "a, b" nor "a => b"`, n, line)
		}
		list = append(list, s)
	}
	return list, nil
}

func parseSynonymsJSON(data []byte) ([]Synonym, error) {
	var entries []json.RawMessage
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, Errorf(Invalid, "synonyms: not a JSON list: %w", err)
	}
	list := make([]Synonym, len(entries))
	for i, entry := range entries {
		d := json.NewDecoder(bytes.NewReader(entry))
		d.DisallowUnknownFields()
		if err := d.Decode(&list[i]); err != nil {
			return nil, Errorf(Invalid, "synonym %d: %w", i+1, err)
		}
	}
	return list, nil
}

// phrases returns what stands between commas.
func phrases(s string) []string {
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

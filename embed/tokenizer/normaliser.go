package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"vitrine"
)

func loadNormaliser(part json.RawMessage) (normaliser, error) {
	if absent(part) {
		return nil, nil
	}
	name, err := kind(part)
	if err != nil {
		return nil, err
	}
	switch name {
	case "Sequence":
		return loadNormaliserSequence(part)
	case "BertNormalizer":
		settings, err := decode[bertNormaliser](part)
		if err != nil {
			return nil, err
		}
		return settings.normalise, nil
	case "NFC":
		return norm.NFC.String, nil
	case "NFD":
		return norm.NFD.String, nil
	case "NFKC":
		return norm.NFKC.String, nil
	case "NFKD":
		return norm.NFKD.String, nil
	case "Lowercase":
		return lowercase, nil
	case "StripAccents":
		return func(s string) string { return without(s, unicode.M) }, nil
	case "Strip":
		settings, err := decode[struct {
			Left  bool `json:"strip_left"`
			Right bool `json:"strip_right"`
		}](part)
		return func(s string) string {
			if settings.Left {
				s = strings.TrimLeftFunc(s, unicode.IsSpace)
			}
			if settings.Right {
				s = strings.TrimRightFunc(s, unicode.IsSpace)
			}
			return s
		}, err
	case "Replace":
		return loadReplace(part)
	case "Prepend":
		settings, err := decode[struct {
			Text string `json:"prepend"`
		}](part)
		return func(s string) string {
			if s == "" {
				return s
			}
			return settings.Text + s
		}, err
	case "Precompiled":
		return loadPrecompiled(part)
	}
	return nil, unsupported("normalizer", name)
}

func loadNormaliserSequence(part json.RawMessage) (normaliser, error) {
	file, err := decode[struct {
		Normalizers []json.RawMessage `json:"normalizers"`
	}](part)
	if err != nil {
		return nil, err
	}
	var list []normaliser
	for _, p := range file.Normalizers {
		n, err := loadNormaliser(p)
		if err != nil {
			return nil, err
		}
		if n != nil {
			list = append(list, n)
		}
	}
	return func(s string) string {
		for _, n := range list {
			s = n(s)
		}
		return s
	}, nil
}

func loadReplace(part json.RawMessage) (normaliser, error) {
	file, err := decode[struct {
		Pattern textPattern `json:"pattern"`
		Content string      `json:"content"`
	}](part)
	if err != nil {
		return nil, err
	}
	p, err := file.Pattern.compile()
	if err != nil {
		return nil, err
	}
	if p.trailing {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: Replace with a lookahead is not supported")
	}
	return func(s string) string { return p.expression.ReplaceAllLiteralString(s, file.Content) }, nil
}

// bertNormaliser is the clean-up of BERT, in this order: control characters out and white space to blanks, blanks around Chinese characters,
// accents off, lower case.
type bertNormaliser struct {
	Clean   bool  `json:"clean_text"`
	Chinese bool  `json:"handle_chinese_chars"`
	Accents *bool `json:"strip_accents"`
	Lower   bool  `json:"lowercase"`
}

func (b *bertNormaliser) normalise(s string) string {
	if isASCII(s) {
		return b.normaliseASCII(s)
	}
	if b.Clean || b.Chinese {
		var out strings.Builder
		out.Grow(len(s) + len(s)/2)
		for _, r := range s {
			switch {
			case b.Clean && isControl(r):
			case b.Clean && unicode.IsSpace(r):
				out.WriteByte(' ')
			case b.Chinese && isChinese(r):
				out.WriteByte(' ')
				out.WriteRune(r)
				out.WriteByte(' ')
			default:
				out.WriteRune(r)
			}
		}
		s = out.String()
	}
	if b.Accents == nil && b.Lower || b.Accents != nil && *b.Accents {
		s = without(norm.NFD.String(s), unicode.Mn)
	}
	if b.Lower {
		s = lowercase(s)
	}
	return s
}

// normaliseASCII does the same for plain text in one pass, most often without a copy.
func (b *bertNormaliser) normaliseASCII(s string) string {
	changed := strings.IndexFunc(s, func(r rune) bool {
		return b.Lower && 'A' <= r && r <= 'Z' || b.Clean && (r < ' ' || r == 0x7f)
	})
	if changed < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case b.Clean && (c == '\t' || c == '\n' || c == '\r'):
			c = ' '
		case b.Clean && (c < ' ' || c == 0x7f):
			continue
		case b.Lower && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isControl reports what BERT drops: control, format and private-use characters other than tab and line ends, and U+FFFD.
func isControl(r rune) bool {
	switch r {
	case '\t', '\n', '\r':
		return false
	case 0, utf8.RuneError:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// isChinese reports whether r is in a block of CJK ideographs, which BERT cuts into single characters.
func isChinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4DBF, 0x4E00 <= r && r <= 0x9FFF, 0xF900 <= r && r <= 0xFAFF, 0x20000 <= r && r <= 0x2A6DF,
		0x2A700 <= r && r <= 0x2B73F, 0x2B740 <= r && r <= 0x2B81F, 0x2B920 <= r && r <= 0x2CEAF, 0x2F800 <= r && r <= 0x2FA1F:
		return true
	}
	return false
}

// without drops the characters of a Unicode table.
func without(s string, table *unicode.RangeTable) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && unicode.Is(table, r) {
			return -1
		}
		return r
	}, s)
}

// lowercase maps each character by itself, so that a sigma at the end of a word stays σ and İ becomes i with a dot above.
func lowercase(s string) string {
	s = strings.ReplaceAll(s, "İ", "i̇")
	return strings.Map(unicode.ToLower, s)
}

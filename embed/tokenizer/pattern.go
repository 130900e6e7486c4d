package tokenizer

import (
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// textPattern is the pattern of a Split or Replace: exactly one of the two is set.
type textPattern struct {
	String *string `json:"String"`
	Regex  *string `json:"Regex"`
}

// pattern is a compiled expression. trailing says that it ended in lookaheadTail: then group 1 is what stood before the tail.
type pattern struct {
	expression *regexp.Regexp
	trailing   bool
}

// lookaheadTail is how the expressions of the GPT family end: a run of white space leaves its last character to the word that follows.
// Go's expressions have no lookahead, so the run is matched whole and shortened by hand.
const lookaheadTail = `|\s+(?!\S)|\s+`

// gpt2Pattern splits text into words with the blank before them, as GPT-2 does: contractions, letters, digits, other marks, white space.
const gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+` + lookaheadTail

func (t textPattern) compile() (*pattern, error) {
	switch {
	case t.String != nil && t.Regex == nil:
		return compilePattern(regexp.QuoteMeta(*t.String))
	case t.Regex != nil && t.String == nil:
		return compilePattern(*t.Regex)
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: a pattern needs either String or Regex")
}

func compilePattern(source string) (*pattern, error) {
	head, trailing := strings.CutSuffix(source, lookaheadTail)
	translated := unicodeClasses(head)
	if trailing {
		translated = "(" + translated + ")|" + unicodeClasses(`\s+`)
	}
	expression, err := regexp.Compile(translated)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: pattern %q is not supported: %w", source, err)
	}
	return &pattern{expression: expression, trailing: trailing}, nil
}

// unicodeClasses rewrites \s, \S, \d, \D, \w and \W, which mean Unicode's classes in these files and ASCII's in Go.
// A negated class inside brackets has no such form in Go; it is left to mean ASCII's complement, which differs for rare blanks only.
func unicodeClasses(source string) string {
	const space, digit, word = `\t-\r \x{85}\p{Z}`, `\p{Nd}`, `\p{L}\p{M}\p{N}\p{Pc}`
	var out strings.Builder
	brackets := false
	for i := 0; i < len(source); i++ {
		c := source[i]
		if c != '\\' || i+1 == len(source) {
			switch {
			case c == '[' && !brackets:
				brackets = true
			case c == ']':
				brackets = false
			}
			out.WriteByte(c)
			continue
		}
		i++
		class, negated := "", false
		switch source[i] {
		case 's', 'S':
			class, negated = space, source[i] == 'S'
		case 'd', 'D':
			class, negated = digit, source[i] == 'D'
		case 'w', 'W':
			class, negated = word, source[i] == 'W'
		}
		switch {
		case class == "" || brackets && negated:
			out.WriteString(source[i-1 : i+1])
		case brackets:
			out.WriteString(class)
		case negated:
			out.WriteString("[^" + class + "]")
		default:
			out.WriteString("[" + class + "]")
		}
	}
	return out.String()
}

// all are the places of the matches, from and to, in order; empty ones are passed over.
func (p *pattern) all(text string) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for at := 0; at < len(text); {
			from, to := p.next(text, at)
			if from < 0 {
				return
			}
			if to == from {
				_, size := utf8.DecodeRuneInString(text[to:])
				at = to + max(size, 1)
				continue
			}
			if !yield(from, to) {
				return
			}
			at = to
		}
	}
}

// split appends the matches, the text between them, or both, in order.
func (p *pattern) split(dst []string, text string, matches, rest bool) []string {
	end := 0
	for from, to := range p.all(text) {
		if rest && from > end {
			dst = append(dst, text[end:from])
		}
		if matches {
			dst = append(dst, text[from:to])
		}
		end = to
	}
	if rest && end < len(text) {
		dst = append(dst, text[end:])
	}
	return dst
}

// splitAfter splits so that each match ends a piece.
func (p *pattern) splitAfter(dst []string, text string) []string {
	start := 0
	for _, to := range p.all(text) {
		dst, start = append(dst, text[start:to]), to
	}
	if start < len(text) {
		dst = append(dst, text[start:])
	}
	return dst
}

// next finds the first match at or after a position, -1 when there is none. The expressions in these files don't look behind, so matching the rest of
// the text by itself is the same.
func (p *pattern) next(text string, at int) (from, to int) {
	found := p.expression.FindStringSubmatchIndex(text[at:])
	if found == nil {
		return -1, -1
	}
	from, to = at+found[0], at+found[1]
	if p.trailing && found[2] < 0 && to < len(text) {
		if _, size := utf8.DecodeLastRuneInString(text[from:to]); to-size > from {
			to -= size
		}
	}
	return from, to
}

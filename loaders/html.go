package loaders

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLText returns the text of a piece of HTML: tags and comments dropped, entities decoded, blocks and line breaks as line breaks,
// and nothing of scripts, styles and the like. It never fails; broken markup yields what text there is.
func HTMLText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	z := html.NewTokenizer(strings.NewReader(s))
	hidden := atom.Atom(0)
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tag := atom.Lookup(name)
			switch {
			case hidden != 0:
				if tag == hidden && kind == html.EndTagToken {
					hidden = 0
				}
			case kind == html.StartTagToken && isHidden(tag):
				hidden = tag
			case tag == atom.Td || tag == atom.Th:
				b.WriteByte(' ')
			case isBlock(tag):
				b.WriteByte('\n')
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

func isHidden(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Svg, atom.Head, atom.Textarea, atom.Select:
		return true
	}
	return false
}

func isBlock(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Br, atom.Div, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Tr, atom.Table, atom.Hr, atom.Pre,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Section, atom.Article, atom.Header, atom.Footer:
		return true
	}
	return false
}

// looksLikeMarkup reports whether s has a complete tag or an entity; "< 3 min." and "Black & Decker" have none.
func looksLikeMarkup(s string) bool {
	for i := strings.IndexAny(s, "<&"); i >= 0 && i < len(s)-1; {
		next := s[i+1]
		if s[i] == '<' {
			if (isLetter(next) || next == '/' || next == '!') && strings.IndexByte(s[i:], '>') > 0 {
				return true
			}
		} else if end := strings.IndexByte(s[i:], ';'); end > 1 && end <= 10 && (next == '#' || isLetter(next)) {
			return true
		}
		step := strings.IndexAny(s[i+1:], "<&")
		if step < 0 {
			return false
		}
		i += 1 + step
	}
	return false
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

package loaders

import (
	"strings"

	"golang.org/x/net/html"
)

// HTMLText returns the text of a piece of HTML: tags and comments dropped, entities decoded, blocks and line breaks as line breaks,
// and nothing of scripts, styles and the like. It never fails; broken markup yields what text there is.
func HTMLText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	z := html.NewTokenizer(strings.NewReader(s))
	hidden := ""
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tag := string(name)
			switch {
			case hidden != "":
				if tag == hidden && kind == html.EndTagToken {
					hidden = ""
				}
			case kind == html.StartTagToken && isHidden(tag):
				hidden = tag
			case tag == "td" || tag == "th":
				b.WriteByte(' ')
			case isBlock(tag):
				b.WriteByte('\n')
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

func isHidden(tag string) bool {
	switch tag {
	case "script", "style", "template", "noscript", "iframe", "object", "svg", "head", "textarea", "select":
		return true
	}
	return false
}

func isBlock(tag string) bool {
	switch tag {
	case "p", "br", "div", "ul", "ol", "li", "dl", "dt", "dd", "tr", "table", "hr", "pre", "h1", "h2", "h3", "h4", "h5", "h6",
		"blockquote", "section", "article", "header", "footer":
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

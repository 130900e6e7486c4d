package keyword

import (
	"html"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// Highlight returns the title and a piece of the description of a product, as HTML with the words of the query, also corrected ones and synonyms, in <em>; all else is
// escaped. A field without text is
// left out. The piece is the one with most words of the query, at most Options.SnippetLength characters, with "…" where the text goes on.
func (x *Index) Highlight(text string, p *vitrine.Product) map[string]string {
	wanted := x.wantedTerms(text)
	lit := map[string]string{}
	if p.Title != "" {
		lit[vitrine.FieldTitle] = mark(p.Title, x.now().analyzer.spans(p.Title, wanted))
	}
	if p.Description != "" {
		lit[descriptionKey] = snippet(p.Description, x.now().analyzer.spans(p.Description, wanted), x.options.SnippetLength)
	}
	return lit
}

// descriptionKey is the key of the description in a highlight.
const descriptionKey = "description"

// span is a part of a text, in bytes.
type span struct{ start, end int }

// spans returns where a text has the wanted terms, in order and without overlap.
func (a *analyzer) spans(text string, wanted map[string]bool) []span {
	var found []span
	add := func(s span) {
		for n := len(found); n > 0 && s.start < found[n-1].end; n-- {
			s = span{min(s.start, found[n-1].start), max(s.end, found[n-1].end)}
			found = found[:n-1]
		}
		found = append(found, s)
	}
	a.each(text, func(t token) {
		if wanted[t.term] {
			add(span{t.start, t.end})
		}
	})
	return found
}

// mark escapes a text and puts the spans in <em>.
func mark(text string, spans []span) string {
	var b strings.Builder
	at := 0
	for _, s := range spans {
		b.WriteString(html.EscapeString(text[at:s.start]))
		b.WriteString("<em>")
		b.WriteString(html.EscapeString(text[s.start:s.end]))
		b.WriteString("</em>")
		at = s.end
	}
	b.WriteString(html.EscapeString(text[at:]))
	return b.String()
}

// snippet marks the piece of a text, of at most length characters, that has most spans.
func snippet(text string, spans []span, length int) string {
	if utf8.RuneCountInString(text) <= length {
		return mark(text, spans)
	}
	from, to := window(text, spans, length)
	inside := make([]span, 0, len(spans))
	for _, s := range spans {
		if s.start >= from && s.end <= to {
			inside = append(inside, span{s.start - from, s.end - from})
		}
	}
	piece := mark(text[from:to], inside)
	if from > 0 {
		piece = "…" + piece
	}
	if to < len(text) {
		piece += "…"
	}
	return piece
}

// window returns the bytes of a piece of a text that starts at a word, is at most length characters long, and has most spans.
func window(text string, spans []span, length int) (from, to int) {
	from, to = 0, advance(text, 0, length)
	best := within(spans, from, to)
	for _, s := range spans {
		start := wordStart(text, retreat(text, s.start, length/4))
		end := advance(text, start, length)
		if n := within(spans, start, end); n > best {
			from, to, best = start, end, n
		}
	}
	if to < len(text) {
		if space := strings.LastIndexByte(text[from:to], ' '); space > 0 && within(spans, from, from+space) == best {
			to = from + space
		}
	}
	return from, to
}

func within(spans []span, from, to int) int {
	n := 0
	for _, s := range spans {
		if s.start >= from && s.end <= to {
			n++
		}
	}
	return n
}

// advance returns the byte n characters after at, or the end.
func advance(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// retreat returns the byte n characters before at, or 0.
func retreat(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

// wordStart returns the byte after the next space before which at lies inside a word, or at itself.
func wordStart(text string, at int) int {
	if at == 0 || text[at-1] == ' ' {
		return at
	}
	if space := strings.IndexByte(text[at:], ' '); space >= 0 {
		return at + space + 1
	}
	return at
}

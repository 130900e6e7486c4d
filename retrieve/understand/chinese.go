package understand

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed chinese.txt
var chineseTable string

// chinese is the table of Chinese shop words: what English titles say for each.
var chinese = sync.OnceValue(func() map[string]string {
	table := map[string]string{}
	for line := range strings.Lines(chineseTable) {
		word, meaning, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || word == "#" {
			continue
		}
		if meaning == "-" {
			meaning = ""
		}
		table[word] = meaning
	}
	return table
})

// longestChinese is the number of characters of the longest word of the table.
const longestChinese = 6

// prices rewrites Chinese limits of price to English ones.
var prices = sync.OnceValue(func() []rewriting {
	const n, yuan = `(\d+(?:\.\d+)?)`, `\s*(?:元|块钱|块|人民币)`
	return []rewriting{
		{regexp.MustCompile(n + yuan + `?\s*(?:-|—|~|到|至)\s*` + n + yuan), " between $1 and $2 yuan "},
		{regexp.MustCompile(`(?:低于|不超过|少于|不到|便宜于)\s*` + n + yuan + `?`), " under $1 yuan "},
		{regexp.MustCompile(`(?:高于|超过|不少于|多于)\s*` + n + yuan + `?`), " over $1 yuan "},
		{regexp.MustCompile(n + yuan + `?\s*(?:以下|以内|之内)`), " under $1 yuan "},
		{regexp.MustCompile(n + yuan + `?\s*以上`), " over $1 yuan "},
	}
})

type rewriting struct {
	pattern *regexp.Regexp
	with    string
}

// translate puts English words in place of the Chinese ones that the table knows, the longest first. The others stay.
func (q *reading) translate() {
	if !strings.ContainsFunc(q.text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return
	}
	text := q.text
	for _, p := range prices() {
		text = p.pattern.ReplaceAllString(text, p.with)
	}
	table := chinese()
	var b strings.Builder
	for len(text) > 0 {
		n := 0
		for end, chars := 0, 0; end < len(text) && chars < longestChinese; chars++ {
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
			if _, ok := table[text[:end]]; ok {
				n = end
			}
		}
		if n > 0 {
			b.WriteByte(' ')
			b.WriteString(table[text[:n]])
			b.WriteByte(' ')
			text = text[n:]
			continue
		}
		_, size := utf8.DecodeRuneInString(text)
		b.WriteString(text[:size])
		text = text[size:]
	}
	q.text = strings.Join(strings.Fields(b.String()), " ")
}

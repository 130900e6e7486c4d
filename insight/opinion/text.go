package opinion

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vitrine"
)

// Kind is where a text comes from.
type Kind string

// The kinds of texts.
const (
	Review   Kind = "review"
	Question Kind = "question"
	Query    Kind = "query"
)

// Text is something that a shopper wrote.
type Text struct {
	// ID names the text; a monitor takes each once.
	ID   string `json:"id" doc:"Names the text; the same id again is ignored."`
	Kind Kind   `json:"kind,omitempty" enum:"review,question,query" doc:"Where the text comes from; review when absent."`
	Text string `json:"text"`
	// Time is when it was written; the monitor's clock when zero.
	Time     time.Time `json:"time,omitzero" doc:"When it was written; now when absent."`
	Product  string    `json:"product,omitempty"`
	Brand    string    `json:"brand,omitempty"`
	Category string    `json:"category,omitempty"`
}

func (t *Text) check() error {
	if strings.TrimSpace(t.Text) == "" {
		return vitrine.Errorf(vitrine.Invalid, "text %q: field text: is empty", t.ID)
	}
	if !utf8.ValidString(t.Text) {
		return vitrine.Errorf(vitrine.Invalid, "text %q: field text: is not UTF-8", t.ID)
	}
	if k := t.Kind; k != "" && k != Review && k != Question && k != Query {
		return vitrine.Errorf(vitrine.Invalid, "text %q: field kind: %q, want review, question or query", t.ID, k)
	}
	return nil
}

// span is a piece of a text by byte offsets.
type span struct{ start, end int }

// sentences cuts a text where sentences end, and longer ones than most bytes at a space where there is one. At most limit are given; whole
// tells whether that is all.
func sentences(text string, most, limit int) (spans []span, whole bool) {
	start := 0
	emit := func(end int) bool {
		for start < end {
			cut := end
			if end-start > most {
				cut = start + most
				for cut > start && !utf8.RuneStart(text[cut]) {
					cut--
				}
				if at := strings.LastIndexAny(text[start:cut], " ，、,"); at > most/2 {
					cut = start + at + 1
				}
			}
			if s := trim(text, span{start, cut}); s.end > s.start {
				if len(spans) == limit {
					return false
				}
				spans = append(spans, s)
			}
			start = cut
		}
		return true
	}
	for i, r := range text {
		after := i + utf8.RuneLen(r)
		switch {
		case r == '\n' || strings.ContainsRune("。！？", r) && !endsWith(text[after:], "。！？!?”’」"):
		case strings.ContainsRune(".!?", r) && endsSentence(text[:i], text[after:]):
		default:
			continue
		}
		if !emit(after) {
			return spans, false
		}
	}
	return spans, emit(len(text))
}

// endsSentence tells whether a mark between before and after ends a sentence: "3.5", "e.g. this" and the first of "!!" do not.
func endsSentence(before, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	if after == "" {
		return true
	}
	if !unicode.IsSpace(next) && !isHan(next) {
		return false
	}
	last := before[strings.LastIndexFunc(before, unicode.IsSpace)+1:]
	return !strings.Contains(last, ".") && !slices.Contains([]string{"mr", "mrs", "dr", "vs", "approx", "no", "incl"}, strings.ToLower(last)) || last == ""
}

func endsWith(after, marks string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	return after != "" && strings.ContainsRune(marks, next)
}

func trim(text string, s span) span {
	piece := text[s.start:s.end]
	left := len(piece) - len(strings.TrimLeftFunc(piece, unicode.IsSpace))
	return span{s.start + left, s.start + max(left, len(strings.TrimRightFunc(piece, unicode.IsSpace)))}
}

// Language is what a sentence is read as.
type Language string

// The languages that are told apart. Other writing is read as English, and signs without letters as None.
const (
	LanguageEnglish Language = "en"
	LanguageChinese Language = "zh"
	LanguageNone    Language = "none"
)

// languageOf tells the language: Chinese when a fifth of the letters is Han, as one of its characters says as much as several letters.
func languageOf(text string) Language {
	var letters, han int
	for _, r := range text {
		if isHan(r) {
			han++
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case letters == 0:
		return LanguageNone
	case han*5 >= letters:
		return LanguageChinese
	}
	return LanguageEnglish
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

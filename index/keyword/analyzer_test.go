package keyword

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// Ensure that texts become the terms that shoppers' other writings of them become too; joined forms and pairs are marked by "+".
func TestAnalyzer(t *testing.T) {
	a := newAnalyzer(nil)
	for _, test := range []struct{ name, in, want string }{
		{"plural and case", "Rechargeable BATTERIES", "recharg batteri"},
		{"possessive", "Men's women’s L'Oréal", "men women loreal"},
		{"accents", "Café Crème Straße Łódź Ærø", "cafe creme strass lodz aero"},
		{"accent as a mark of its own", "Cafe\u0301", "cafe"},
		{"full width", "ＵＳＢ　３．０", "usb +usb3 3 0"},
		{"model number", "dv7-1211ea", "dv7 1211ea +dv71211ea"},
		{"model number of three parts", "CQ5-110-EA", "cq5 110 ea +cq5110ea"},
		{"unit apart", "12 GB RAM", "12 +12gb gb ram"},
		{"unit attached", "12GB", "12gb"},
		{"model apart", "RTX 2060", "rtx +rtx2060 2060"},
		{"decimal", "2.13 GHz, 43.2cm.", "2.13 +2.13ghz ghz 43.2cm"},
		{"long word is no unit", "11 bottles", "11 bottl"},
		{"hyphen", "Wi-Fi e-mails", "wi fi +wifi e mail +email"},
		{"ampersand", "AT&T", "at t +att"},
		{"punctuation separates", "TV/radio (new): \"best\"", "tv radio new best"},
		{"Chinese", "红色连衣裙", "红 +红色 色 +色连 连 +连衣 衣 +衣裙 裙"},
		{"Chinese and Latin", "索尼Sony WH-1000XM4 耳机", "索 +索尼 尼 soni wh 1000xm4 +wh1000xm4 耳 +耳机 机"},
		{"Chinese with spaces", "耳 机", "耳 机"},
		{"Japanese", "ヘッドホン", "ヘ +ヘッ ッ +ット ト +トホ ホ +ホン ン"},
		{"Korean", "무선 키보드", "무 +무선 선 키 +키보 보 +보드 드"},
		{"Cyrillic", "Чёрная Сумка", "черная сумка"},
		{"Arabic", "حقيبة جلد", "حقيبة جلد"},
		{"soft hyphen and zero width", "note\u00adbook zero\u200bwidth", "notebook zerowidth"},
		{"emoji", "🎧 headphones 👍🏽", "headphon"},
		{"broken UTF-8", "a\xffb \xc3", "a b"},
		{"nothing", " \t-._&'’", ""},
		{"long word is cut", strings.Repeat("x9", 50), strings.Repeat("x9", 32)},
		{"markup is text", "<b>bold</b>", "b bold b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			a.each(test.in, func(t token) {
				if t.extra {
					t.term = "+" + t.term
				}
				got = append(got, t.term)
			})
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("terms of %q (-want +got):\n%s", test.in, diff)
			}
		})
	}
}

// Ensure that a query has a bit for each word, several for joined forms, none for stop words unless there is nothing else.
func TestQueryTerms(t *testing.T) {
	a := newAnalyzer([]string{"the", "of", "who"})
	for _, test := range []struct {
		name, in string
		want     []queryTerm
		size     int
	}{
		{"words", "mouse pads", []queryTerm{{text: "mous", mask: 1}, {text: "pad", mask: 2}, {text: "mousepad", mask: 3}}, 2},
		{"stop words", "cover of the phone", []queryTerm{{text: "cover", mask: 1}, {text: "phone", mask: 2}, {text: "coverof", mask: 1}, {text: "thephon", mask: 2}}, 2},
		{"only stop words", "the who", []queryTerm{{text: "the", mask: 1}, {text: "who", mask: 2}, {text: "thewho", mask: 3}}, 2},
		{"repeated word", "usb usb", []queryTerm{{text: "usb", mask: 3}, {text: "usbusb", mask: 3}}, 2},
		{"three parts", "cq5-110-ea", []queryTerm{{text: "cq5", mask: 1}, {text: "110", mask: 2}, {text: "ea", mask: 4}, {text: "cq5110ea", mask: 7}, {text: "cq5110", mask: 3}, {text: "110ea", mask: 6}}, 3},
		{"Chinese", "连衣裙", []queryTerm{{text: "连衣", mask: 1}, {text: "衣裙", mask: 2}}, 2},
		{"one Chinese character", "裙 usb", []queryTerm{{text: "裙", mask: 1}, {text: "usb", mask: 2}}, 2},
		{"nothing", "!?", nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := a.query(test.in, maxWords)
			if len(q.words) != test.size {
				t.Errorf("query %q has %d words, want %d", test.in, len(q.words), test.size)
			}
			if diff := cmp.Diff(test.want, q.terms, cmp.AllowUnexported(queryTerm{})); diff != "" {
				t.Errorf("terms of %q (-want +got):\n%s", test.in, diff)
			}
		})
	}
}

// Ensure that any text is analysed into bounded terms of valid positions, and that a query of a text asks for terms that the text has.
func FuzzAnalyzer(f *testing.F) {
	for _, seed := range []string{"dv7-1211ea 12 GB", "红色 dress", "L'Oréal ＵＳＢ", "a\xff-\u0301b", "½ ﷺ ẞ İ", "무선 키보드", "1.2.3..4", "👩‍👩‍👧 x-y-z_z"} {
		f.Add(seed)
	}
	a := newAnalyzer(englishStopWords())
	f.Fuzz(func(t *testing.T, text string) {
		has := map[string]bool{}
		a.each(text, func(k token) {
			if k.term == "" || len(k.term) > 2*maxWordLength || !utf8.ValidString(k.term) {
				t.Errorf("term %q of %q", k.term, text)
			}
			if k.start < 0 || k.start >= k.end || k.end > len(text) {
				t.Errorf("term %q of %q is at %d … %d", k.term, text, k.start, k.end)
			}
			has[k.term] = true
		})
		q := a.query(text, maxWords)
		terms, size := q.terms, len(q.words)
		if size > maxWords || size == 0 != (len(terms) == 0) {
			t.Fatalf("query %q: %d words, %d terms", text, size, len(terms))
		}
		if size > 0 && !slices.ContainsFunc(terms, func(q queryTerm) bool { return has[q.text] }) {
			t.Errorf("query %q asks for %v, none of which the text has", text, terms)
		}
	})
}

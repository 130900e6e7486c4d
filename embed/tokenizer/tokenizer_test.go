package tokenizer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/embed/tokenizer"
)

// files names the tokenizers that the references were made with.
var files = map[string]string{
	"wordpiece": "../builtin/vitrine-mini-3/tokenizer.json",
	"bytelevel": "../testdata/bpe/tokenizer.json",
	"clip":      "../testdata/clip/tokenizer.json",
}

func load(tb testing.TB, name string) *tokenizer.Tokenizer {
	tb.Helper()
	data, err := os.ReadFile(filepath.FromSlash(files[name]))
	if err != nil {
		tb.Fatal(err)
	}
	tok, err := tokenizer.Load(data)
	if err != nil {
		tb.Fatal(err)
	}
	return tok
}

type reference struct {
	Text  string  `json:"text"`
	IDs   []int64 `json:"ids"`
	IDs16 []int64 `json:"ids_16"`
}

func references(tb testing.TB) map[string][]reference {
	tb.Helper()
	data, err := os.ReadFile(filepath.FromSlash("../testdata/strings.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var refs map[string][]reference
	if err := json.Unmarshal(data, &refs); err != nil {
		tb.Fatal(err)
	}
	return refs
}

// Ensure the ids equal those of the Hugging Face library on every committed string, whole and cut to 16 tokens.
func TestEncode_References(t *testing.T) {
	refs := references(t)
	for name := range files {
		t.Run(name, func(t *testing.T) {
			if len(refs[name]) < 500 {
				t.Fatalf("%d references, want at least 500", len(refs[name]))
			}
			tok := load(t, name)
			for _, ref := range refs[name] {
				if diff := cmp.Diff(ref.IDs, tok.Encode(ref.Text, 0), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%q (-want +got):\n%s", ref.Text, diff)
				}
				if diff := cmp.Diff(ref.IDs16, tok.Encode(ref.Text, 16), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%q cut to 16 (-want +got):\n%s", ref.Text, diff)
				}
			}
		})
	}
}

// Ensure a cut text keeps its special tokens, whatever the limit, and that Append leaves what was there.
func TestAppend_Limit(t *testing.T) {
	tok := load(t, "wordpiece")
	text := strings.Repeat("red summer dress ", 1000)
	for _, limit := range []int{2, 3, 16, 128, 2999, 3002, 5000} {
		ids := tok.Append([]int64{7, 8}, text, limit)
		if want := 2 + min(limit, 3002); len(ids) != want || ids[0] != 7 || ids[2] != 101 || ids[len(ids)-1] != 102 {
			t.Errorf("limit %d: %d ids from %v, want %d", limit, len(ids), ids[:3], want)
		}
	}
}

// Ensure what a plain text must not do: a single endless word of 100,000 characters, or bytes that are no UTF-8, take no noticeable time and stay in range.
func TestEncode_Hostile(t *testing.T) {
	texts := []string{
		strings.Repeat("a", 100_000), strings.Repeat(" ", 100_000), strings.Repeat("é", 50_000), strings.Repeat("家", 30_000),
		strings.Repeat("e\u0301\u0316", 20_000), "\xff\xfe\x00", strings.Repeat("!?", 50_000), "[CLS][SEP]<|endoftext|>",
	}
	for name := range files {
		tok := load(t, name)
		for _, text := range texts {
			for _, id := range tok.Encode(text, 128) {
				if id < 0 || id >= int64(tok.Size()) {
					t.Errorf("%s: id %d for %.20q outside the vocabulary of %d", name, id, text, tok.Size())
				}
			}
		}
	}
}

// Ensure added tokens are found in the text with their flags: a mask that takes the blank before it, a word that must stand alone.
func TestEncode_AddedTokens(t *testing.T) {
	const file = `{
		"added_tokens": [
			{"id": 3, "content": "<mask>", "lstrip": true},
			{"id": 4, "content": "<mask>ed", "rstrip": true},
			{"id": 5, "content": "xl", "single_word": true, "normalized": true}],
		"normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "WhitespaceSplit"},
		"model": {"type": "WordPiece", "unk_token": "?", "continuing_subword_prefix": "##", "vocab": {"?": 0, "a": 1, "##xl": 2}}}`
	tok, err := tokenizer.Load([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text string
		want []int64
	}{
		{"a  <mask> a", []int64{1, 3, 1}},
		{"a<mask>ed  a", []int64{1, 4, 1}},
		{"a XL axl", []int64{1, 5, 1, 2}},
		{"<mask>", []int64{3}},
		{"b", []int64{0}},
	} {
		if diff := cmp.Diff(tt.want, tok.Encode(tt.text, 0)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

// Ensure a part of the format that is not supported, or a file that contradicts itself, is refused with a message that names it.
func TestLoad_Refused(t *testing.T) {
	const wordPiece = `"model": {"type": "WordPiece", "unk_token": "u", "vocab": {"u": 0}}`
	for _, tt := range []struct{ name, file, want string }{
		{"no JSON", `{`, "unexpected end"},
		{"no model", `{}`, "no model"},
		{"unigram", `{"model": {"type": "Unigram"}}`, `model "Unigram"`},
		{"normaliser", `{"normalizer": {"type": "Precompiled"}, ` + wordPiece + `}`, `normalizer "Precompiled"`},
		{"nested", `{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Metaspace"}]}, ` + wordPiece + `}`, `pre_tokenizer "Metaspace"`},
		{"behaviour", `{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Contiguous"}, ` + wordPiece + `}`, `"Contiguous"`},
		{"lookbehind", `{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?<=a)b"}, "behavior": "Isolated"}, ` + wordPiece + `}`, "(?<=a)b"},
		{"no pattern", `{"pre_tokenizer": {"type": "Split", "pattern": {}, "behavior": "Isolated"}, ` + wordPiece + `}`, "String or Regex"},
		{"post-processor", `{"post_processor": {"type": "Odd"}, ` + wordPiece + `}`, `post_processor "Odd"`},
		{"template", `{"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}]}, ` + wordPiece + `}`, `"[X]"`},
		{"special outside", `{"post_processor": {"type": "BertProcessing", "sep": ["s", 9], "cls": ["c", 0]}, ` + wordPiece + `}`, "outside the vocabulary"},
		{"unknown token", `{"model": {"type": "WordPiece", "unk_token": "x", "vocab": {"u": 0}}}`, `"x" is not in the vocabulary`},
		{"negative id", `{"model": {"type": "BPE", "vocab": {"u": -1}}}`, "has the id -1"},
		{"byte fallback", `{"model": {"type": "BPE", "byte_fallback": true, "vocab": {"u": 0}}}`, "byte_fallback"},
		{"merge", `{"model": {"type": "BPE", "vocab": {"u": 0}, "merges": ["u v"]}}`, "merge 0"},
		{"merge parts", `{"model": {"type": "BPE", "vocab": {"u": 0}, "merges": [["u"]]}}`, "1 parts"},
	} {
		_, err := tokenizer.Load([]byte(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) || vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: error %v, want Invalid with %q", tt.name, err, tt.want)
		}
	}
}

// Ensure that any text gives ids inside the vocabulary, the same ones every time, and at most as many as allowed with the special tokens in place.
func FuzzEncode(f *testing.F) {
	toks := map[string]*tokenizer.Tokenizer{}
	for name := range files {
		toks[name] = load(f, name)
	}
	for i, ref := range references(f)["wordpiece"] {
		if i%16 == 0 {
			f.Add(ref.Text, uint8(i))
		}
	}
	f.Add("\xff[CLS] \u0301", uint8(3))
	f.Fuzz(func(t *testing.T, text string, limit uint8) {
		for name, tok := range toks {
			ids := tok.Encode(text, int(limit))
			for _, id := range ids {
				if id < 0 || id >= int64(tok.Size()) {
					t.Fatalf("%s: id %d outside the vocabulary of %d", name, id, tok.Size())
				}
			}
			if limit > 0 && len(ids) > max(int(limit), tok.Specials()) {
				t.Fatalf("%s: %d ids, limit %d", name, len(ids), limit)
			}
			if !slices.Equal(ids, tok.Encode(text, int(limit))) {
				t.Fatalf("%s: different ids the second time", name)
			}
			whole := tok.Encode(text, 0)
			if limit > 2 && len(whole) > int(limit) && !slices.Equal(ids[:int(limit)-tok.Specials()], whole[:int(limit)-tok.Specials()]) {
				t.Fatalf("%s: the cut text does not start as the whole", name)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	texts := map[string]string{
		"query": "red summer dress",
		"title": "HP 62XL High Yield Tri-color Original Ink Cartridge, 415 pages, Colour: cyan/magenta/yellow",
		"mixed": "Crème brûlée torch 家用 喷枪 🔥",
	}
	for name := range files {
		tok := load(b, name)
		for kind, text := range texts {
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.ReportAllocs()
				var ids []int64
				for b.Loop() {
					ids = tok.Append(ids[:0], text, 128)
				}
			})
		}
	}
}

package tokenizer_test

import (
	"encoding/base64"
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
	"wordpiece": "../builtin/vitrine-mini-4/tokenizer.json",
	"bytelevel": "../testdata/bpe/tokenizer.json",
	"clip":      "../testdata/clip/tokenizer.json",
	"siglip":    "../testdata/siglip/tokenizer.json",
	"unigram":   "../testdata/unigram/tokenizer.json",
	"gemma":     "../testdata/gemma/tokenizer.json",
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
	Text string  `json:"text"`
	IDs  []int64 `json:"ids"`
	// IDs16 is absent where it is no other than IDs.
	IDs16 []int64 `json:"ids_16"`
}

// references are made by embed/train/references.py (strings.json) and embed/dropin/vocabularies.py (pieces.json).
func references(tb testing.TB) map[string][]reference {
	tb.Helper()
	refs := map[string][]reference{}
	for _, file := range []string{"strings.json", "pieces.json"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", file))
		if err != nil {
			tb.Fatal(err)
		}
		if err := json.Unmarshal(data, &refs); err != nil {
			tb.Fatal(err)
		}
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
				if ref.IDs16 == nil {
					ref.IDs16 = ref.IDs
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

// Ensure where a mark is put: before every part, before the first of the text only, or nowhere; with words of their own or with the text in one piece.
func TestEncode_Metaspace(t *testing.T) {
	for _, tt := range []struct {
		settings string
		want     []int64
	}{
		{`"prepend_scheme": "always"`, []int64{1, 2, 9, 1, 2}},
		{`"prepend_scheme": "first"`, []int64{1, 2, 9, 0, 2}},
		{`"prepend_scheme": "never"`, []int64{0, 2, 9, 0, 2}},
		{`"add_prefix_space": false`, []int64{0, 2, 9, 0, 2}},
		{`"split": false`, []int64{3, 9, 3}},
	} {
		tok, err := tokenizer.Load([]byte(`{"added_tokens": [{"id": 9, "content": "<x>"}],
			"pre_tokenizer": {"type": "Metaspace", "replacement": "_", ` + tt.settings + `},
			"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", -1], ["_a", -1], ["_b", -1], ["_a_b", -1]]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, tok.Encode("a b<x>a b", 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.settings, diff)
		}
	}
}

// Ensure a part of the format that is not supported, or a file that contradicts itself, is refused with a message that names it.
func TestLoad_Refused(t *testing.T) {
	const wordPiece = `"model": {"type": "WordPiece", "unk_token": "u", "vocab": {"u": 0}}`
	for _, tt := range []struct{ name, file, want string }{
		{"no JSON", `{`, "unexpected end"},
		{"no model", `{}`, "no model"},
		{"other model", `{"model": {"type": "WordLevel"}}`, `model "WordLevel"`},
		{"normaliser", `{"normalizer": {"type": "Nmt"}, ` + wordPiece + `}`, `normalizer "Nmt"`},
		{"nested", `{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits"}]}, ` + wordPiece + `}`, `pre_tokenizer "Digits"`},
		{"no pieces", `{"model": {"type": "Unigram", "unk_id": 0, "vocab": []}}`, "vocabulary is empty"},
		{"no unknown piece", `{"model": {"type": "Unigram", "vocab": [["a", -1]]}}`, "unk_id"},
		{"unknown outside", `{"model": {"type": "Unigram", "unk_id": 1, "vocab": [["a", -1]]}}`, "unk_id"},
		{"piece without score", `{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a"]]}}`, "[text, score]"},
		{"piece of numbers", `{"model": {"type": "Unigram", "unk_id": 0, "vocab": [[1, 2]]}}`, "cannot unmarshal"},
		{"table not base64", `{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "?"}, ` + wordPiece + `}`, "Precompiled: illegal base64"},
		{"table cut", `{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "/wAAAA=="}, ` + wordPiece + `}`, "a trie of 255 bytes in 0"},
		{"no table", `{"normalizer": {"type": "Precompiled"}, ` + wordPiece + `}`, "want a table"},
		{"mark", `{"pre_tokenizer": {"type": "Metaspace", "replacement": ""}, ` + wordPiece + `}`, `replacement ""`},
		{"prepend", `{"pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"}, ` + wordPiece + `}`, `prepend_scheme "last"`},
		{"behaviour", `{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Contiguous"}, ` + wordPiece + `}`, `"Contiguous"`},
		{"lookbehind", `{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?<=a)b"}, "behavior": "Isolated"}, ` + wordPiece + `}`, "(?<=a)b"},
		{"no pattern", `{"pre_tokenizer": {"type": "Split", "pattern": {}, "behavior": "Isolated"}, ` + wordPiece + `}`, "String or Regex"},
		{"post-processor", `{"post_processor": {"type": "Odd"}, ` + wordPiece + `}`, `post_processor "Odd"`},
		{"template", `{"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}]}, ` + wordPiece + `}`, `"[X]"`},
		{"special outside", `{"post_processor": {"type": "BertProcessing", "sep": ["s", 9], "cls": ["c", 0]}, ` + wordPiece + `}`, "outside the vocabulary"},
		{"unknown token", `{"model": {"type": "WordPiece", "unk_token": "x", "vocab": {"u": 0}}}`, `"x" is not in the vocabulary`},
		{"negative id", `{"model": {"type": "BPE", "vocab": {"u": -1}}}`, "has the id -1"},
		{"dropout", `{"model": {"type": "BPE", "dropout": 0.1, "vocab": {"u": 0}}}`, "dropout"},
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

// Ensure that a table of characters, however damaged, neither stops the program nor makes ids outside the vocabulary.
func FuzzLoad_Charsmap(f *testing.F) {
	data, err := os.ReadFile(filepath.FromSlash(files["siglip"]))
	if err != nil {
		f.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), `"precompiled_charsmap":"`)
	table, _, _ := strings.Cut(rest, `"`)
	whole, err := base64.StdEncoding.DecodeString(table)
	if err != nil || len(whole) < 1000 {
		f.Fatalf("a table of %d bytes, %v", len(whole), err)
	}
	f.Add(whole, "ﬁne ｆｕｌｌ e\u0301 ½\t")
	f.Add(whole[:len(whole)/2], "½")
	f.Add([]byte("\x04\x00\x00\x00\xff\xff\xff\x7f"), "a")
	f.Fuzz(func(t *testing.T, table []byte, text string) {
		tok, err := tokenizer.Load([]byte(`{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "` + base64.StdEncoding.EncodeToString(table) + `"},
			"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", -1], ["½", -2]]}}`))
		if err != nil {
			return
		}
		for _, id := range tok.Encode(text, 0) {
			if id < 0 || id >= int64(tok.Size()) {
				t.Errorf("id %d outside the vocabulary of %d", id, tok.Size())
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

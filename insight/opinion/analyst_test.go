package opinion_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/insight/opinion"
)

func analyst(t *testing.T, o opinion.AnalystOptions) *opinion.Analyst {
	t.Helper()
	a, err := opinion.NewAnalyst(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Ensure that the shipped models and the lexicon read English, Chinese, both in one text, emoji and signs.
func TestRead(t *testing.T) {
	a := analyst(t, opinion.AnalystOptions{})
	for _, try := range []struct {
		text      string
		language  opinion.Language
		sentiment opinion.Sentiment
		aspects   string
		sentences int
	}{
		{"Lovely colour, but the delivery was awful. Great price!", opinion.LanguageEnglish, opinion.Positive, "appearance+ delivery- price+", 2},
		{"I hate it! It broke after 3.5 days, e.g. the lid.", opinion.LanguageEnglish, opinion.Negative, "quality-", 2},
		{"质量很好，但是快递太慢了。客服态度很差！再也不买了", opinion.LanguageChinese, opinion.Negative, "delivery- quality+ service-", 3},
		{"非常满意，推荐购买", opinion.LanguageChinese, opinion.Positive, "", 1},
		{"😀😍😀", opinion.LanguageNone, opinion.Positive, "", 1},
		{"???", opinion.LanguageNone, opinion.None, "", 1},
		{"The screen is terrible. 电池很好用", opinion.LanguageEnglish, opinion.None, "battery+ screen-", 2},
	} {
		got, err := a.Read(t.Context(), []opinion.Text{{ID: "1", Text: try.text}})
		if err != nil {
			t.Fatal(err)
		}
		var aspects []string
		for _, x := range got[0].Aspects {
			aspects = append(aspects, x.Aspect+map[opinion.Sentiment]string{opinion.Positive: "+", opinion.Negative: "-", opinion.None: "="}[x.Sentiment])
		}
		o := got[0]
		if o.Language != try.language || len(o.Sentences) != try.sentences || strings.Join(aspects, " ") != try.aspects ||
			try.sentiment != opinion.None && o.Sentiment != try.sentiment {
			t.Errorf("%q: %s, %s %.2f, %d sentences, %q", try.text, o.Language, o.Sentiment, o.Score, len(o.Sentences), aspects)
		}
		for _, s := range o.Sentences {
			if s.Text != try.text[s.Start:s.End] {
				t.Errorf("%q: sentence %q is not at %d to %d", try.text, s.Text, s.Start, s.End)
			}
		}
	}
}

// Ensure that very long texts are read in part and said to be, whatever they are made of, and that those that are no text are refused.
func TestReadBad(t *testing.T) {
	a := analyst(t, opinion.AnalystOptions{Sentences: 50})
	for name, text := range map[string]string{
		"sentences": strings.Repeat("It is good and nice. ", 5000), "letters": strings.Repeat("a", 100_000), "han": strings.Repeat("好", 33_000),
		"marks": strings.Repeat("! ", 50_000), "lines": strings.Repeat("a\n", 50_000), "emoji": strings.Repeat("😀", 25_000),
	} {
		got, err := a.Read(t.Context(), []opinion.Text{{ID: name, Text: text}})
		if err != nil {
			t.Fatal(name, err)
		}
		if !got[0].Truncated || len(got[0].Sentences) != 50 {
			t.Errorf("%s: %d sentences, truncated %v", name, len(got[0].Sentences), got[0].Truncated)
		}
	}
	for name, bad := range map[string]opinion.Text{
		"empty": {ID: "x"}, "blank": {ID: "x", Text: " \n\t"}, "not UTF-8": {ID: "x", Text: "a\xff"}, "kind": {ID: "x", Text: "a", Kind: "tweet"},
	} {
		_, err := a.Read(t.Context(), []opinion.Text{{ID: "1", Text: "fine"}, bad})
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), `"x"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := opinion.NewAnalyst(opinion.AnalystOptions{Aspects: map[string][]string{"size": {" "}}}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an empty word: %v", err)
	}
}

// Ensure that spam is marked with its reason, and opinions are not.
func TestSpam(t *testing.T) {
	a := analyst(t, opinion.AnalystOptions{})
	for text, want := range map[string][]string{
		"Cheap watches at www.example.com, best deal": {"link"},
		"加微信：abc12345 领红包":                            {"contact"},
		"Write to me at joe@example.com":              {"link", "contact"},
		strings.Repeat("buy buy buy now ", 40):        {"repetition"},
		"It cost 1200 and lasted 2 years, 10/10":      nil,
		"Ordered on 2026-01-02, came on 2026-01-05.":  nil,
		"非常好，非常满意，非常推荐":                               nil,
	} {
		got, err := a.Read(t.Context(), []opinion.Text{{ID: "1", Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got[0].Spam); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// Ensure that models read back say the same, and that other bytes are refused.
func TestModels(t *testing.T) {
	m, err := opinion.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.Save(&b); err != nil {
		t.Fatal(err)
	}
	back, err := opinion.LoadModels(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	text := "质量太差了"
	if m.Chinese.Score(text) != back.Chinese.Score(text) || m.Chinese.Score(text) > -0.5 {
		t.Errorf("%v, %v", m.Chinese.Score(text), back.Chinese.Score(text))
	}
	for n := 0; n < b.Len(); n += 1 + b.Len()/50 {
		if _, err := opinion.LoadModels(bytes.NewReader(b.Bytes()[:n])); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%d of %d bytes: %v", n, b.Len(), err)
		}
	}
}

// FuzzRead holds that any text is read or refused, and that sentences lie in the text.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "Good. Bad!", "好。坏！", "a\xff", "e.g. 3.5 “x”?!", "😀 但是 but", strings.Repeat("ab ", 400)} {
		f.Add(seed)
	}
	a, err := opinion.NewAnalyst(opinion.AnalystOptions{SentenceBytes: 64, Sentences: 20})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := a.Read(t.Context(), []opinion.Text{{ID: "1", Text: text}})
		if err != nil {
			if vitrine.CodeOf(err) != vitrine.Invalid {
				t.Fatal(err)
			}
			return
		}
		for _, s := range got[0].Sentences {
			if text[s.Start:s.End] != s.Text || s.Score < -1 || s.Score > 1 {
				t.Fatalf("%+v", s)
			}
		}
	})
}

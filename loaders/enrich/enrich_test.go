package enrich_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/loaders/enrich"
)

// Ensure that texts teach what they say, with a probability, and that a rare value is found too.
func TestTexts(t *testing.T) {
	var texts []string
	var known []enrich.Values
	for i := range 120 {
		kind, colour := []string{"Shirt", "Shoe", "Belt"}[i%3], []string{"Red", "Blue"}[i/3%2]
		texts = append(texts, fmt.Sprintf("Brand%d %s %s", i%7, colour, kind))
		known = append(known, enrich.Values{"type": kind, "colour": colour})
	}
	for range 2 {
		texts, known = append(texts, "Brand1 Purple Umbrella"), append(known, enrich.Values{"type": "Umbrella", "colour": "NA"})
	}
	m, err := enrich.LearnTexts(t.Context(), texts, known, []string{"type", "colour"}, enrich.TextOptions{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{"a blue belt": {"Belt", "Blue"}, "red SHOES": {"Shoe", "Red"}, "umbrella, red": {"Umbrella", "Red"}} {
		got := m.Read(text)
		if diff := cmp.Diff(want, []string{got[0].Value, got[1].Value}); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if got[1].Confidence < 0.8 {
			t.Errorf("%s: colour only %.2f sure", text, got[1].Confidence)
		}
	}
	if g := m.Read("")[1]; g.Confidence > 0.8 {
		t.Errorf("of nothing: %.2f sure that it is %s", g.Confidence, g.Value)
	}
}

// Ensure that a companion does not change which values there are, and helps where only it is told by the text.
func TestCompanion(t *testing.T) {
	var texts []string
	var known []enrich.Values
	for i := range 200 {
		// Collections alternate: spring of even years and autumn of odd ones are told by the number in the title.
		collection := i % 4
		texts = append(texts, fmt.Sprintf("Thing %d of line L%d", i, collection))
		known = append(known, enrich.Values{"season": []string{"Spring", "Fall"}[collection%2], "year": fmt.Sprint(2010 + collection)})
	}
	m, err := enrich.LearnTexts(t.Context(), texts, known, []string{"season"}, enrich.TextOptions{Companions: map[string]string{"season": "year"}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"of line L0": "Spring", "of line L3": "Fall"} {
		if got := m.Read(text)[0]; got.Value != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// Ensure that nothing to learn from is refused.
func TestTextsInvalid(t *testing.T) {
	for name, try := range map[string]func() error{
		"no texts":        func() error { return learn(t, nil, nil, "type") },
		"values missing":  func() error { return learn(t, []string{"a b"}, nil, "type") },
		"attribute never": func() error { return learn(t, []string{"a b"}, []enrich.Values{{"type": "n/a"}}, "type") },
	} {
		if err := try(); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func learn(t *testing.T, texts []string, known []enrich.Values, attributes ...string) error {
	t.Helper()
	_, err := enrich.LearnTexts(t.Context(), texts, known, attributes, enrich.TextOptions{})
	return err
}

// Ensure the figures of a case worked out by hand.
func TestJudge(t *testing.T) {
	guess := func(v string, c float64) []enrich.Guess {
		return []enrich.Guess{{Attribute: "colour", Value: v, Confidence: c}}
	}
	truth := func(v string) enrich.Values { return enrich.Values{"colour": v} }
	got := enrich.Judge(
		[][]enrich.Guess{guess("red", 0.95), guess("red", 0.95), guess("blue", 0.55), guess("blue", 1)},
		[]enrich.Values{truth("red"), truth("blue"), truth("blue"), truth("NA")})["colour"]
	// red: precision 1/2, recall 1; blue: precision 1, recall 1/2: both F1 2/3.
	want := enrich.Figures{Accuracy: 2.0 / 3, MacroF1: 2.0 / 3, Products: 3, Calibration: (0.9 + 0.45) / 3}
	if math.Abs(got.Accuracy-want.Accuracy) > 1e-9 || math.Abs(got.MacroF1-want.MacroF1) > 1e-9 || got.Products != 3 || math.Abs(got.Calibration-want.Calibration) > 1e-9 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// catalogue makes texts of three attributes of which one word, black, is a colour or not by what follows it.
func catalogue(n int) (texts []string, known []enrich.Values) {
	for i := range n {
		kind, colour := []string{"T-Shirts", "Casual Shoes", "Watches"}[i%3], []string{"Navy Blue", "White", "Black"}[i/3%3]
		text := fmt.Sprintf("Brand%d Men %s %s", i%7, colour, []string{[]string{"tshirt", "T-shirt"}[i/2%2], "casual shoe", "watch"}[i%3])
		if i%3 == 2 && colour != "Black" {
			text = fmt.Sprintf("Brand%d Men Black Dial %s Watch", i%7, colour)
		}
		if i%4 == 0 {
			text += fmt.Sprintf(", line %d", i%5)
		}
		texts, known = append(texts, text), append(known, enrich.Values{"type": kind, "colour": colour, "gender": "Men"})
	}
	return texts, known
}

// Ensure that a tagger marks the catalogue's values in new texts with their places, in the catalogue's own writing, and tells a dial's colour from a watch's.
func TestTagger(t *testing.T) {
	texts, known := catalogue(200)
	tagger, err := enrich.LearnTagger(t.Context(), texts, known, []string{"type", "colour", "gender"}, enrich.TaggerOptions{Epochs: 8})
	if err != nil {
		t.Fatal(err)
	}
	type short struct{ Attribute, Value, Text string }
	for text, want := range map[string][]short{
		"Other Men Navy Blue T shirt":       {{"gender", "Men", "Men"}, {"colour", "Navy Blue", "Navy Blue"}, {"type", "T-Shirts", "T shirt"}},
		"Acme men Black Dial White Watches": {{"gender", "Men", "men"}, {"colour", "White", "White"}, {"type", "Watches", "Watches"}},
		"Acme Black Casual Shoes, EU 42":    {{"colour", "Black", "Black"}, {"type", "Casual Shoes", "Casual Shoes"}, {"size", "EU 42", "EU 42"}},
		"":                                  nil,
	} {
		var got []short
		for _, s := range tagger.Spans(text) {
			if text[s.Start:s.End] != s.Text || s.Confidence < 0.5 || s.Confidence > 1 {
				t.Errorf("%s: %+v", text, s)
			}
			got = append(got, short{s.Attribute, s.Value, s.Text})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if _, err := enrich.LearnTagger(t.Context(), texts, known, []string{"season"}, enrich.TaggerOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an attribute without values: %v", err)
	}
}

// Ensure that rules read measures in their units, sizes, listed words and model numbers, and leave what only looks like them.
func TestRules(t *testing.T) {
	rules := enrich.NewRules()
	for text, want := range map[string]string{
		"Bottle 0.5 L, stainless steel":      "capacity=500 ml material=stainless steel",
		"Perfume 50ml":                       "capacity=50 ml",
		"Frame 30 x 40 cm solid wood":        "size=30 x 40 cm pattern=solid material=wood",
		"27\" monitor, 5G, 2 in 1":           "size=68.58 cm",
		"SSD 1TB":                            "capacity=1000 GB",
		"Rice 2,5 kg":                        "weight=2500 g",
		"Striped Cotton Shirt XXL":           "pattern=striped material=cotton size=XXL",
		"Tee 2XL, size M, L":                 "size=XXL size=M",
		"Shoe UK 9.5 / EU 44":                "size=UK 9.5 size=EU 44",
		"运动鞋 42码 网布":                         "size=42 material=mesh",
		"真皮 女包 500毫升":                        "material=leather capacity=500 ml",
		"Casio Watch MTP-1243D-2AVDF (A217)": "model_number=MTP-1243D-2AVDF",
		"Nike Air Force 1 2012":              "",
	} {
		got := ""
		for _, s := range rules.Spans(text) {
			if text[s.Start:s.End] != s.Text {
				t.Errorf("%s: %+v", text, s)
			}
			got += " " + s.Attribute + "=" + s.Value
		}
		if got != "" {
			got = got[1:]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Ensure that spans are judged as CoNLL does: by attribute and both ends.
func TestJudgeSpans(t *testing.T) {
	span := func(a string, start, end int) enrich.Span { return enrich.Span{Attribute: a, Start: start, End: end} }
	all, by := enrich.JudgeSpans(
		[][]enrich.Span{{span("type", 0, 4), span("colour", 5, 9)}, {span("type", 0, 3)}},
		[][]enrich.Span{{span("type", 0, 4), span("colour", 5, 8)}, {span("type", 0, 3), span("gender", 4, 6)}})
	if all.Right != 2 || all.Found != 3 || all.True != 4 || by["type"].F1 != 1 || by["colour"].F1 != 0 || math.Abs(all.F1-4.0/7) > 1e-9 {
		t.Errorf("%+v %+v", all, by)
	}
}

// Ensure that no text breaks the rules or gives spans beside it.
func FuzzRules(f *testing.F) {
	rules := enrich.NewRules()
	for _, seed := range []string{"", "30 x 40 cm", "size:\xffM", "5'' 6\"", "１２cm", "x2XLx", "42码码", "A1-B2-C3 D4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, s := range rules.Spans(text) {
			if s.Start < end || s.End <= s.Start || text[s.Start:s.End] != s.Text {
				t.Fatalf("%q: %+v", text, s)
			}
			end = s.End
		}
	})
}

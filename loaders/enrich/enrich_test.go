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

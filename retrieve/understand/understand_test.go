package understand_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/understand"
)

// shelf is a catalogue in memory.
type shelf []*vitrine.Product

func (s shelf) All(ctx context.Context, f func(vitrine.Doc, *vitrine.Product) error) error {
	for i, p := range s {
		if err := f(vitrine.Doc(i), p); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// clothes is a shop with categories, colours and genders.
func clothes() shelf {
	var s shelf
	for i := range 20 {
		for _, kind := range []struct{ noun, category string }{{"Shirt", "Shirts"}, {"Dress", "Dresses"}, {"Running Shoes", "Sports Shoes"}, {"Laptop Bag", "Laptop Bags"}} {
			for _, colour := range []string{"Red", "Navy Blue", "Black"} {
				gender := []string{"Men", "Women"}[i%2]
				s = append(s, &vitrine.Product{
					ID: fmt.Sprintf("%s-%s-%d", kind.noun, colour, i), Title: fmt.Sprintf("Acme %s %s %s", gender, colour, kind.noun),
					Brand: "Acme", Category: []string{"Fashion", kind.category}, Price: float64(10 + i),
					Attributes: map[string]vitrine.Value{"colour": vitrine.Text(colour), "gender": vitrine.Text(gender), "weight": vitrine.Number(float64(i % 4))},
				})
			}
		}
	}
	return s
}

// gadgets is a shop without categories, in which laptops are called notebooks and "laptop" is a word of bags.
func gadgets() shelf {
	var s shelf
	for i := range 20 {
		for j, title := range []string{"%s Notebook 15 inch", "%s Laptop Bag, black", "%s Monitor 27 inch", "%s Monitor Stand"} {
			brand := []string{"Alpha", "Beta"}[i%2]
			s = append(s, &vitrine.Product{
				ID: fmt.Sprintf("%d-%d", i, j), Title: fmt.Sprintf(title, brand), Brand: brand, Price: 100,
				Attributes: map[string]vitrine.Value{"display_diagonal": vitrine.Number(float64(15 + 12*(j/2)))},
			})
		}
	}
	return s
}

// synonyms embeds each word as itself, but laptop close to notebook.
type synonyms struct{}

func (synonyms) Text(_ context.Context, text string) (vitrine.Vectors, error) {
	v := make([]float32, 64)
	switch text {
	case "laptop":
		v[0], v[1] = 0.8, 0.6
	case "notebook":
		v[0] = 1
	default:
		h := 0
		for _, r := range text {
			h = (h*31 + int(r)) % 62
		}
		v[2+h] = 1
	}
	return vitrine.Vectors{vitrine.SpaceText: v}, nil
}

func reader(t *testing.T, s shelf, o understand.Options) *understand.Reader {
	t.Helper()
	l, err := understand.Learn(t.Context(), s, len(s), synonyms{}, understand.LearnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return understand.New(l, synonyms{}, o)
}

func read(t *testing.T, r *understand.Reader, text string) *vitrine.Understanding {
	t.Helper()
	u, err := r.Understand(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// meant are the values that were recognised, as field=value.
func meant(u *vitrine.Understanding) map[string]string {
	found := map[string]string{}
	for _, m := range u.Meanings {
		found[m.Field] = m.Value
	}
	return found
}

// Ensure that the likeliest kind of product is the one that the words mean, by name or by what titles say.
func TestReader_Kinds(t *testing.T) {
	r := reader(t, clothes(), understand.Options{})
	for text, want := range map[string]string{
		"dress": "Dresses", "red dresses": "Dresses", "shoes": "Sports Shoes", "running": "Sports Shoes", "laptop bag": "Laptop Bags", "shirts for men": "Shirts",
		"shrit": "Shirts", "红色连衣裙": "Dresses", "ladies dress": "Dresses",
	} {
		u := read(t, r, text)
		if len(u.Types) == 0 || u.Types[0].Value != want || u.Types[0].Confidence != 1 {
			t.Errorf("%q: got %+v, want %s", text, u.Types, want)
		}
	}
	for _, text := range []string{"", "acme", "zzzz", "!!!", "for with"} {
		if u := read(t, r, text); len(u.Types) > 0 {
			t.Errorf("%q: got %+v, want no kind", text, u.Types)
		}
	}
}

// Ensure that, without categories, a word that titles use only to tell what a product is for means the kinds near to it, and is looked for as such.
func TestReader_Nouns(t *testing.T) {
	r := reader(t, gadgets(), understand.Options{})
	u := read(t, r, "gaming laptop")
	if len(u.Types) == 0 || u.Types[0].Value != "notebook" || u.Alternative != "gaming notebook" {
		t.Errorf("got %+v, alternative %q", u.Types, u.Alternative)
	}
	u = read(t, r, "monitor")
	if len(u.Types) == 0 || u.Types[0].Value != "monitor" || u.Alternative != "" {
		t.Errorf("got %+v, alternative %q", u.Types, u.Alternative)
	}
	u = read(t, r, "black bag")
	if len(u.Types) == 0 || u.Types[0].Value != "bag" {
		t.Errorf("got %+v", u.Types)
	}
}

// Ensure that values are recognised by name, the longest first, and by the words that shoppers use for them.
func TestReader_Values(t *testing.T) {
	r := reader(t, clothes(), understand.Options{})
	tests := map[string]map[string]string{
		"red shirt":             {"colour": "Red"},
		"navy blue shirt":       {"colour": "Navy Blue"},
		"acme dress":            {"brand": "Acme"},
		"dress for her":         {"gender": "Women"},
		"men's black shoes":     {"gender": "Men", "colour": "Black"},
		"女士红色连衣裙":               {"gender": "Women", "colour": "Red"},
		"something else":        {},
		"red dress without men": {"colour": "Red"},
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, meant(read(t, r, text))); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	u := read(t, reader(t, clothes(), understand.Options{Demand: 0.9}), "red shirt")
	want := &vitrine.Filter{Term: &vitrine.Term{Field: "colour", Values: []string{"Red"}}}
	if diff := cmp.Diff(want, u.Filter); diff != "" {
		t.Errorf("demanded colour: %s", diff)
	}
}

// Ensure that limits of price become a filter and leave the text, in the ways that people write them, and that other numbers do not.
func TestReader_Price(t *testing.T) {
	r := reader(t, clothes(), understand.Options{})
	f := func(x float64) *float64 { return &x }
	tests := []struct {
		in        string
		low, high *float64
		text      string
	}{
		{"dress under 500", nil, f(500), "dress"},
		{"dress less than $40", nil, f(40), "dress"},
		{"dress < 40", nil, f(40), "dress"},
		{"dress up to 1,299.95 usd", nil, f(1299.95), "dress"},
		{"dress 100-200 euro", f(100), f(200), "dress"},
		{"dress between 100 and 200", f(100), f(200), "dress"},
		{"under €50 dress", nil, f(50), "dress"},
		{"dress over 20 dollars for men", f(20), nil, "dress for men"},
		{"连衣裙 500元以下", nil, f(500), "dress"},
		{"100到200元的连衣裙", f(100), f(200), "dress"},
		{"不超过50元的连衣裙", nil, f(50), "dress"},
		{"dress 500", nil, nil, "dress 500"},
		{"levis 501-505", nil, nil, "levis 501-505"},
		{"under armour shirt", nil, nil, "under armour shirt"},
		{"under", nil, nil, "under"},
		{"between 5 and", nil, nil, "between 5 and"},
		{"dress between 200 and 100", nil, nil, "dress between 200 and 100"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			u := read(t, r, tt.in)
			var want *vitrine.Filter
			if tt.low != nil || tt.high != nil {
				want = &vitrine.Filter{Range: &vitrine.Range{Field: vitrine.FieldPrice, GTE: tt.low, LTE: tt.high}}
			}
			if diff := cmp.Diff(want, u.Filter); diff != "" {
				t.Error(diff)
			}
			if u.Text != tt.text {
				t.Errorf("text %q, want %q", u.Text, tt.text)
			}
		})
	}
}

// Ensure that what is not wanted leaves the text, and that a hyphen inside a word, a number or nothing else to look for is no negation.
func TestReader_Negation(t *testing.T) {
	r := reader(t, clothes(), understand.Options{})
	tests := []struct {
		in       string
		excluded []string
		text     string
	}{
		{"headphones without wires", []string{"wires"}, "headphones"},
		{"shirt -red", []string{"red"}, "shirt"},
		{"shirt -navy blue", []string{"navy blue"}, "shirt"},
		{"not leather shoes", []string{"leather"}, "shoes"},
		{"shirt not red under 20", []string{"red"}, "shirt"},
		{"不要红色的衬衫", []string{"red"}, "shirt"},
		{"t-shirt", nil, "t-shirt"},
		{"dress - red", nil, "dress - red"},
		{"dv7-1211ea", nil, "dv7-1211ea"},
		{"no 5 perfume", nil, "no 5 perfume"},
		{"-red", nil, "-red"},
		{"without", nil, "without"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			u := read(t, r, tt.in)
			if diff := cmp.Diff(tt.excluded, u.Excluded); diff != "" {
				t.Error(diff)
			}
			if u.Text != tt.text {
				t.Errorf("text %q, want %q", u.Text, tt.text)
			}
		})
	}
}

// Ensure that numbers with units find the attribute that has them.
func TestReader_Numbers(t *testing.T) {
	r := reader(t, gadgets(), understand.Options{})
	for _, text := range []string{"27 inch monitor", "27inch monitor", "27\" monitor", "27-inch monitor"} {
		u := read(t, r, text)
		if len(u.Meanings) != 1 || u.Meanings[0].Field != "display_diagonal" || u.Meanings[0].Range == nil || !u.Meanings[0].Range.Contains(27) {
			t.Errorf("%q: got %+v", text, u.Meanings)
		}
	}
	u := read(t, r, "monitor under 20 inch")
	if u.Filter != nil || len(u.Meanings) != 1 || u.Meanings[0].Range.Contains(27) || !u.Meanings[0].Range.Contains(15) || u.Text != "monitor" {
		t.Errorf("a limit with a unit: got %+v", u)
	}
	for _, text := range []string{"monitor 99 inch", "27 parsec monitor"} {
		if u := read(t, r, text); len(u.Meanings) > 0 {
			t.Errorf("%q: got %+v", text, u.Meanings)
		}
	}
}

// Ensure that model numbers weigh words and descriptions weigh meaning.
func TestReader_Weights(t *testing.T) {
	r := reader(t, gadgets(), understand.Options{})
	for text, want := range map[string]float64{"dv7-1211ea": 0.3, "something to put my new notebook in": 1.5, "notebook": 0} {
		if got := read(t, r, text).Weights[vitrine.SpaceText]; got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

// Ensure that parts can be turned off.
func TestReader_Loose(t *testing.T) {
	r := reader(t, clothes(), understand.Options{Loose: understand.Parts{
		Price: true, Negation: true, Kinds: true, Values: true, Numbers: true, Translation: true, Spelling: true, Weights: true,
	}})
	text := "红色 red shrit -blue under 500 dv7-1211ea"
	if diff := cmp.Diff(&vitrine.Understanding{Language: "en", Text: text}, read(t, r, text)); diff != "" {
		t.Error(diff)
	}
}

// Ensure that a catalogue in Chinese is searched in Chinese.
func TestReader_ChineseCatalogue(t *testing.T) {
	s := clothes()
	for _, p := range s {
		p.Translations = map[string]vitrine.Translation{"zh": {Title: "衬衫"}}
	}
	u := read(t, reader(t, s, understand.Options{}), "红色衬衫")
	if u.Language != "zh" || u.Text != "红色衬衫" || meant(u)["colour"] != "Red" {
		t.Errorf("got %+v", u)
	}
}

// Ensure that a lexicon reads the same after it was written and read, and that anything else is refused.
func TestLoad(t *testing.T) {
	s := clothes()
	l, err := understand.Learn(t.Context(), s, len(s), synonyms{}, understand.LearnOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := l.Save(&file); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	again, err := understand.Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text := "ladies navy blue dress under 20"
	want := read(t, understand.New(l, synonyms{}, understand.Options{}), text)
	if diff := cmp.Diff(want, read(t, understand.New(again, synonyms{}, understand.Options{}), text)); diff != "" {
		t.Error(diff)
	}
	for name, data := range map[string][]byte{"empty": nil, "cut": data[:len(data)/2], "foreign": []byte("GIF89a and more")} {
		if _, err := understand.Load(bytes.NewReader(data)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Ensure that learning ends with its context and that an empty catalogue teaches nothing.
func TestLearn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := understand.Learn(ctx, clothes(), 1, nil, understand.LearnOptions{}); err == nil {
		t.Error("a cancelled learning succeeded")
	}
	u := read(t, reader(t, nil, understand.Options{}), "red dress under 5")
	if len(u.Types)+len(u.Meanings) > 0 || u.Filter != nil || u.Text != "red dress under 5" {
		t.Errorf("got %+v", u)
	}
}

// Ensure that no text breaks the reader, that words are never made up out of nothing, and that what is looked for is never empty when the text is not.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"", "red dress under 500", "-red", "不要红色 500元以下", "27\" monitor 16gb", "- - - < > $", "between 1 and 2 and 3", "١٢٣ ٤", "\u200b\u202e", "a's's",
		"under $", "100-", "not not not", strings.Repeat("without a ", 50), "Ⅻ ² ½ kg",
	} {
		f.Add(seed)
	}
	s := clothes()
	l, err := understand.Learn(f.Context(), s, len(s), synonyms{}, understand.LearnOptions{})
	if err != nil {
		f.Fatal(err)
	}
	r := understand.New(l, synonyms{}, understand.Options{})
	f.Fuzz(func(t *testing.T, text string) {
		u, err := r.Understand(context.Background(), text)
		if err != nil {
			t.Fatal(err)
		}
		if u.Text == "" && strings.TrimSpace(text) != "" {
			t.Errorf("%q: nothing is looked for", text)
		}
		if u.Filter != nil {
			if err := u.Filter.Validate(); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		for _, m := range append(u.Types, u.Meanings...) {
			if !(m.Confidence > 0 && m.Confidence <= 1) {
				t.Errorf("%q: confidence of %+v", text, m)
			}
		}
	})
}

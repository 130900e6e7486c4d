package opinion_test

import (
	"compress/gzip"
	"context"
	"hash/fnv"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
	"vitrine/insight/opinion"
)

// data opens a file of the shared data, and skips the test where there is none.
func data(t *testing.T, path string) io.Reader {
	t.Helper()
	root := os.Getenv("VITRINE_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, path))
	if err != nil {
		t.Skipf("did not run on real data: %v", err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if !strings.HasSuffix(path, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// hashed embeds a text as the sum of fixed random directions of its words: near only where words are shared.
type hashed struct{}

func (hashed) Texts(_ context.Context, texts []string) ([]vitrine.Vectors, error) {
	out := make([]vitrine.Vectors, len(texts))
	for i, text := range texts {
		v := make([]float32, 32)
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			h := fnv.New64a()
			_, _ = h.Write([]byte(word))
			for j, x := 0, h.Sum64(); j < len(v); j++ {
				x = x*6364136223846793005 + 1442695040888963407
				v[j] += float32(int32(x>>32)) / math.MaxInt32
			}
		}
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(max(square, 1e-9)))
		}
		out[i] = vitrine.Vectors{vitrine.SpaceText: v}
	}
	return out, nil
}

// Ensure that sentences of unseen reviews are rated as people rate them, even without vectors.
func TestEnglish(t *testing.T) {
	all, err := opinion.ReadRated(data(t, "reviews/amazon_sentences.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	train, test := opinion.Fold(all, 0, 4)
	m, err := opinion.TrainEnglish(t.Context(), nil, train, opinion.EnglishOptions{MinCount: 2, Folds: 3})
	if err != nil {
		t.Fatal(err)
	}
	rates, err := m.Rate(t.Context(), nil, opinion.Reviews(test))
	if err != nil {
		t.Fatal(err)
	}
	var flat []float64
	for _, r := range rates {
		flat = append(flat, r...)
	}
	if r := opinion.JudgeRated(test, flat, opinion.Neutral); r.Pearson < 0.7 || r.ThreeClassF1 < 0.53 || r.TwoClassAccuracy < 0.76 {
		t.Errorf("%+v", r)
	}
}

// Ensure that Chinese reviews are told apart by feeling and by what they are about.
func TestChinese(t *testing.T) {
	all, err := opinion.ReadLabelled(data(t, "reviews/zh_shopping_train.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	train, test := all[:3000], all[3000:4000]
	m, err := opinion.TrainChinese(t.Context(), train, opinion.ChineseOptions{Chars: 2})
	if err != nil {
		t.Fatal(err)
	}
	var scores []float64
	var categories []string
	for _, l := range test {
		scores, categories = append(scores, m.Score(l.Text)), append(categories, m.Category(l.Text))
	}
	if r := opinion.JudgeLabelled(test, scores, categories); r.Accuracy < 0.88 || r.TopicAccuracy < 0.8 {
		t.Errorf("%+v", r)
	}
}

// Ensure that likeness to landmarks and the rest of a review count, and that texts without a visible character are rated 0.
func TestEnglishContext(t *testing.T) {
	var sentences []opinion.Rated
	for i := range 40 {
		review, word, score := string(rune('a'+i)), "lovely", 3.0
		if i%2 == 1 {
			word, score = "awful", -3
		}
		for _, text := range []string{"this is " + word, "it came in a box", "really " + word + " thing"} {
			sentences = append(sentences, opinion.Rated{Review: review, Score: score, Text: text})
		}
	}
	m, err := opinion.TrainEnglish(t.Context(), hashed{}, sentences, opinion.EnglishOptions{Landmarks: 16})
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Rate(t.Context(), hashed{}, [][]string{{"this is lovely", "it came in a box"}, {"this is awful", "it came in a box", " "}, nil})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || len(got[1]) != 3 || got[0][0] < 1 || got[1][0] > -1 || got[0][1] < got[1][1]+0.5 || got[1][2] != 0 {
		t.Errorf("%v", got)
	}
}

// Ensure that files that are not what they should be are refused with the line.
func TestReadInvalid(t *testing.T) {
	for name, try := range map[string]struct {
		rated bool
		in    string
		want  string
	}{
		"two fields":   {true, "1_1\t2.5\tgood\n1_2\t3\n", "line 2"},
		"no number":    {true, "id\tscore\ttext\n1_1\tgreat\tgood\n", "line 2"},
		"out of range": {true, "1_1\t5\tgood\n", "line 1"},
		"no column":    {false, "category,text\na,b\n", "label"},
		"other label":  {false, "category,label,text\na,1,b\na,2,b\n", "line 3"},
		"short row":    {false, "category,label,text\na,1\n", "line 2"},
		"empty":        {false, "", "heading"},
	} {
		var err error
		if try.rated {
			_, err = opinion.ReadRated(strings.NewReader(try.in))
		} else {
			_, err = opinion.ReadLabelled(strings.NewReader(try.in))
		}
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := opinion.TrainChinese(t.Context(), []opinion.Labelled{{Text: "好", Positive: true}}, opinion.ChineseOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("only positive texts: %v", err)
	}
	if _, err := opinion.TrainEnglish(t.Context(), nil, nil, opinion.EnglishOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no sentences: %v", err)
	}
}

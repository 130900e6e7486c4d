package relevance_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/retrieve/relevance"
)

// Ensure that every format of judgments gives the same queries and grades.
func TestReadJudgments(t *testing.T) {
	want := []relevance.Judged{{Query: "red, dress", Grades: map[string]int{"p1": 3, "p2": 0}}, {Query: "tv", Grades: map[string]int{"p9": 1}}}
	topics, err := relevance.ReadTopics(strings.NewReader("\ufeff1\tred, dress\n\n2\ttv\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"csv with a header":    "query,product_id,grade\n\"red, dress\",p1,3\n\"red, dress\",p2,0\ntv,p9,1\n",
		"csv without a header": "\"red, dress\",p1,3\n\"red, dress\",p2,0\ntv,p9,1\n",
		"quepid, basic":        "Query,Docid,Rating\n\"red, dress\",p1,3\n\"red, dress\",p2,0\ntv,p8,\ntv,p9,1\n",
		"quepid, detailed":     "\ufeffTeam Name,Case Name,Query Text,Doc ID,Doc Position,Title,Rating\nt,c,\"red, dress\",p1,1,x,3.0\nt,c,\"red, dress\",p2,2,y,0.0\nt,c,tv,p9,1,z,1\n",
		"qrels":                "1 0 p1 3\n1 0 p2 -1\n\n2\tQ0\tp9\t1\n",
	} {
		got, err := relevance.ReadJudgments(strings.NewReader(text), topics)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got, err := relevance.ReadJudgments(strings.NewReader("q1 0 p1 3\n"), nil); err != nil || got[0].Query != "q1" {
		t.Errorf("qrels without topics: %+v, %v", got, err)
	}
}

// Ensure that what cannot be read is refused with its line.
func TestReadJudgmentsRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"query,product_id,grade\nx,p,high\n": "line 2",
		"query,product_id,grade\nx,p,1.5\n":  "line 2",
		"query,product_id,grade\nx,p,99\n":   "line 2",
		"query,product_id,grade\n,p,1\n":     "line 2",
		"query,product_id,grade\nx,p\n":      "line 2",
		"one,two,three,four,five\n":          "line 1",
		"x,\"p,1\n":                          "",
		"1 0 p 2\n1 0 p\n":                   "line 2",
		"3 0 p 2\n":                          "line 1",
		strings.Repeat("x ", 100_000) + "\n": "line 1",
	} {
		if _, err := relevance.ReadJudgments(strings.NewReader(text), map[string]string{"1": "a"}); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want invalid, naming %q", text, err, says)
		}
	}
	for _, text := range []string{"1 no tab", "\ttext", "1\t "} {
		if _, err := relevance.ReadTopics(strings.NewReader(text)); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("topics %q: %v", text, err)
		}
	}
}

// FuzzReadJudgments looks for files that break the reader.
func FuzzReadJudgments(f *testing.F) {
	f.Add("query,product_id,grade\nx,p,1\n")
	f.Add("1 0 p 2\n")
	f.Add("Query,Docid,Rating\n\"a\nb\",p,\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := relevance.ReadJudgments(strings.NewReader(text), nil)
		if err != nil && vitrine.CodeOf(err) != vitrine.Invalid {
			t.Error(err)
		}
		for _, j := range list {
			for id, g := range j.Grades {
				if j.Query == "" || id == "" || g < 0 || g > 10 {
					t.Errorf("judged %+v", j)
				}
			}
		}
	})
}

// Ensure that bpref is that of trec_eval (by pytrec_eval-terrier 0.5), and ERR the one computed by hand.
func TestMeasures(t *testing.T) {
	judged := map[string]int{"a": 3, "b": 2, "c": 1, "x": 0, "y": 0, "z": 0, "w": 0}
	for ranking, want := range map[string]float64{"? x a y b": 1.0 / 3, "a b c": 1, "x y z w a b c": 0, "c ! x a": 5.0 / 9, "": 0} {
		if got := relevance.Bpref(strings.Fields(ranking), judged); math.Abs(got-want) > 1e-12 {
			t.Errorf("bpref of %q: %v, want %v", ranking, got, want)
		}
	}
	if got := relevance.Bpref([]string{"x"}, map[string]int{"x": 0}); got != 0 {
		t.Errorf("bpref without a relevant product: %v", got)
	}
	// Satisfied by 7/8 at rank 1, 3/8 at rank 3, 1/8 at rank 4.
	want := 7.0/8 + 1.0/8*3/8/3 + 1.0/8*5/8*1/8/4
	if got := relevance.ERR([]string{"a", "?", "b", "c"}, judged, 10, 3); math.Abs(got-want) > 1e-12 {
		t.Errorf("ERR %v, want %v", got, want)
	}
	if got := relevance.ERR([]string{"a", "b"}, judged, 1, 3); got != 7.0/8 {
		t.Errorf("ERR at 1: %v", got)
	}
}

// Ensure that the t-test is that of SciPy (ttest_rel), and that a comparison counts wins and losses.
func TestCompare(t *testing.T) {
	a := []float64{0.31, 0.52, 0.44, 0.90, 0.12, 0.66, 0.71, 0.38}
	b := []float64{0.35, 0.50, 0.61, 0.92, 0.30, 0.61, 0.80, 0.49}
	for n, want := range map[int]float64{8: 0.058321711731645, 2: 0.795167235300867, 1: 1, 0: 1} {
		if got := relevance.PairedT(a[:n], b[:n]); math.Abs(got-want) > 1e-12 {
			t.Errorf("t-test of %d: p = %.15f, want %.15f", n, got, want)
		}
	}
	c := relevance.Compare(a, b, 1000, 1)
	if c.Wins != 6 || c.Losses != 2 || c.Ties != 0 || math.Abs(c.Difference-0.0675) > 1e-12 {
		t.Errorf("comparison %+v", c)
	}
	if c := relevance.Compare(a, a, 1000, 1); c.Ties != 8 || c.TP != 1 || c.RandomizationP != 1 {
		t.Errorf("of the same: %+v", c)
	}
}

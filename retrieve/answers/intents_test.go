package answers_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/retrieve/answers"
)

// town are questions of three intents, and of none, with vectors around one corner each.
func town(n int, seed uint64) (questions []string, vectors [][]float32, labels []int) {
	rng := rand.New(rand.NewPCG(seed, 7))
	words := []string{"parcel late courier", "refund money back", "size chart fit", "weather moon"}
	for i := range n {
		c := i % 4
		v := make([]float32, 8)
		for j := range v {
			v[j] = float32(rng.NormFloat64() * 0.15)
		}
		v[c]++
		questions = append(questions, fmt.Sprintf("%s %d", words[c], rng.IntN(50)))
		vectors, labels = append(vectors, v), append(labels, c)
	}
	return questions, vectors, labels
}

// Ensure that questions are sorted into the intents learned, and that those of none score lower in scope.
func TestIntents(t *testing.T) {
	questions, vectors, labels := town(200, 1)
	var q []string
	var v [][]float32
	var l []int
	for i, c := range labels {
		if c < 3 {
			q, v, l = append(q, questions[i]), append(v, vectors[i]), append(l, c)
		}
	}
	m, err := answers.LearnIntents(t.Context(), q, v, l, 3, answers.IntentOptions{})
	if err != nil {
		t.Fatal(err)
	}
	questions, vectors, labels = town(100, 2)
	var in, out []float64
	for i, c := range labels {
		scope := m.Scope(vectors[i])
		if c == 3 {
			out = append(out, scope)
			continue
		}
		in = append(in, scope)
		if best := linear.Best(m.Scores(questions[i], vectors[i])); best != c {
			t.Errorf("%q: intent %d, want %d", questions[i], best, c)
		}
	}
	if auroc, recall := answers.ScopeFigures(in, out, 0.95); auroc < 0.99 || recall < 0.95 {
		t.Errorf("out of scope: AUROC %.3f, recall %.3f", auroc, recall)
	}
}

// Ensure that one question an intent, and one intent, are enough to learn from.
func TestLearnIntents_Few(t *testing.T) {
	questions, vectors, labels := town(3, 3)
	for n := 1; n <= 3; n++ {
		m, err := answers.LearnIntents(t.Context(), questions[:n], vectors[:n], labels[:n], n, answers.IntentOptions{})
		if err != nil {
			t.Fatalf("%d questions: %v", n, err)
		}
		for i := range n {
			if best := linear.Best(m.Scores(questions[i], vectors[i])); best != i {
				t.Errorf("%d questions: %q is of intent %d", n, questions[i], best)
			}
		}
	}
}

// Ensure that questions that cannot be learned from are named.
func TestLearnIntents_Invalid(t *testing.T) {
	v := [][]float32{{1, 0}, {0, 1}}
	for name, try := range map[string]struct {
		vectors [][]float32
		labels  []int
		classes int
	}{
		"a vector missing":         {v[:1], []int{0, 1}, 2},
		"a label too high":         {v, []int{0, 2}, 2},
		"an intent of no question": {v, []int{0, 0}, 2},
		"vectors of two lengths":   {[][]float32{{1, 0}, {1}}, []int{0, 1}, 2},
	} {
		if _, err := answers.LearnIntents(t.Context(), []string{"a", "b"}, try.vectors, try.labels, try.classes, answers.IntentOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that the figures are those of the definition, ties counting half.
func TestScopeFigures(t *testing.T) {
	auroc, recall := answers.ScopeFigures([]float64{3, 2, 2, 1}, []float64{2, 0}, 0.75)
	if want := (0.5*0 + 1 + 0.5 + 0.5 + 0 + 4) / 8; auroc != want || recall != 0.5 {
		t.Errorf("AUROC %v, want %v; recall %v, want 0.5", auroc, want, recall)
	}
}

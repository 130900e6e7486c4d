package answers

import (
	"context"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// IntentOptions set how [Intents] learn. The zero value is ready to use.
type IntentOptions struct {
	// C is the price of a wrongly sorted question; 0 means 0.3. Sensible 0.1 to 1: lower blurs intents of few questions, higher learns mislabelled ones.
	C float64
	// Meaning is the weight of the sentence vector beside word and character n-grams, which weigh 1 each; 0 means 2. Sensible 1 to 4.
	Meaning float64
	// Shrinkage is the share of an even spread in the covariances that tell what is in scope; 0 means 1. Sensible 0.1 to 3, more for fewer questions.
	Shrinkage float64
	// Threads that learn; 0 means the number of processors.
	Threads int
	// Seed orders the questions while learning.
	Seed uint64
}

func (o IntentOptions) withDefaults() IntentOptions {
	for field, value := range map[*float64]float64{&o.C: 0.3, &o.Meaning: 2, &o.Shrinkage: 1} {
		if *field == 0 {
			*field = value
		}
	}
	return o
}

// Intents sort questions into intents learned from examples: a linear support vector machine, one against the rest, over a sentence vector and the word
// and character n-grams; and beside it tell whether a question is like any that they learned from. Safe for concurrent use.
type Intents struct {
	grams   *ngram.Vectorizer
	model   *linear.Model
	scope   *scope
	meaning float32
	dim     int
}

// LearnIntents learns from questions with their vectors; labels[i] in [0, classes) is the intent of question i, and a negative label says that it has none
// of them. Every intent needs a question.
func LearnIntents(ctx context.Context, questions []string, vectors [][]float32, labels []int, classes int, o IntentOptions) (*Intents, error) {
	o = o.withDefaults()
	if len(questions) == 0 || len(questions) != len(vectors) || len(questions) != len(labels) {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d questions, %d vectors, %d labels", len(questions), len(vectors), len(labels))
	}
	seen := make([]bool, classes)
	for i, c := range labels {
		if c >= classes || len(vectors[i]) != len(vectors[0]) {
			return nil, vitrine.Errorf(vitrine.Invalid, "question %d: intent %d of %d, vector of %d", i, c, classes, len(vectors[i]))
		}
		if c >= 0 {
			seen[c] = true
		}
	}
	for c, ok := range seen {
		if !ok {
			return nil, vitrine.Errorf(vitrine.Invalid, "intent %d: has no question", c)
		}
	}
	m := &Intents{meaning: float32(o.Meaning), dim: len(vectors[0])}
	var err error
	if m.grams, err = ngram.Fit(questions, ngram.Options{Words: [2]int{1, 2}, Chars: [2]int{2, 5}, MinCount: 1}); err != nil {
		return nil, err
	}
	if m.scope, err = learnScope(vectors, labels, classes, o.Shrinkage); err != nil {
		return nil, err
	}
	rows := make([]linear.Row, len(questions))
	for i, q := range questions {
		rows[i] = m.row(q, vectors[i])
	}
	m.model, err = linear.Train(ctx, rows, m.dim+m.grams.Dim(), labels, classes, linear.Options{C: o.C, Threads: o.Threads, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// row lays the vector and the n-grams of a question side by side.
func (m *Intents) row(question string, vector []float32) linear.Row {
	return linear.Join([]int{0, m.dim}, linear.Dense(vector, 0).Scale(m.meaning), m.grams.Row(question))
}

// Scores gives a decision value for each intent: above 0 speaks for it, and the highest is the likeliest.
func (m *Intents) Scores(question string, vector []float32) []float32 {
	return m.model.Scores(m.row(question, vector), nil)
}

// Scope is higher the surer the question has one of the intents at all; its scale is that of these Intents alone.
func (m *Intents) Scope(vector []float32) float64 { return m.scope.score(vector, -1) }

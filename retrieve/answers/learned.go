package answers

import (
	"cmp"
	"context"
	"slices"

	"vitrine"
	"vitrine/embed/ngram"
	"vitrine/index/vector/distance"
)

// learned is what a bank taught: immutable, and replaced as a whole.
type learned struct {
	entries []vitrine.BankEntry
	// texts are the questions of all entries and their answers, with their vectors and n-grams; owner tells the entry.
	texts []passage
	grams *ngram.Vectorizer
	// postings list by n-gram the texts that have it, with its weight.
	postings [][]posting
	// exact finds entries by plain questions, refused the entries that did not help with one.
	exact   map[string][]int
	refused map[string][]int
	// intents is nil where the nearest question decides.
	intents    *Intents
	confidence confidence
}

// passage is a question or an answer.
type passage struct {
	text   string
	owner  int
	vector []float32
	// answer tells that it is no question, and learned that a shopper asked it.
	answer bool
}

type posting struct {
	text   int32
	weight float32
}

// ranked is an entry with its score.
type ranked struct {
	entry int
	score float64
	// nearest is the text of the entry that is most like the question.
	nearest int
}

// learn takes the bank in. vectors may be nil without an encoder.
func learn(entries []vitrine.BankEntry, vectors map[string][]float32) (*learned, error) {
	l := &learned{entries: entries, exact: map[string][]int{}, refused: map[string][]int{}}
	var texts []string
	add := func(owner int, text string, answer bool) {
		texts = append(texts, text)
		l.texts = append(l.texts, passage{text: text, owner: owner, vector: vectors[text], answer: answer})
	}
	for i := range entries {
		e := &entries[i]
		for _, list := range [][]string{e.Questions, e.Learned} {
			for _, q := range list {
				add(i, q, false)
				if key := plain(q); !slices.Contains(l.exact[key], i) {
					l.exact[key] = append(l.exact[key], i)
				}
			}
		}
		for _, q := range e.Refused {
			l.refused[plain(q)] = append(l.refused[plain(q)], i)
		}
		add(i, e.Answer, true)
	}
	var err error
	if l.grams, err = ngram.Fit(texts, ngram.Options{Words: [2]int{1, 2}, Chars: [2]int{2, 4}}); err != nil {
		return nil, err
	}
	l.postings = make([][]posting, l.grams.Dim())
	for t, text := range texts {
		row := l.grams.Row(text)
		for i, at := range row.Index {
			// Words and characters have length 1 each.
			l.postings[at] = append(l.postings[at], posting{int32(t), row.Value[i] / 2})
		}
	}
	return l, nil
}

// How much meaning counts beside n-grams, and an answer beside a question.
const (
	meaningShare = 0.7
	answerShare  = 0.9
)

// likeness compares a question with every text of the bank, from about 0 to 1.
func (l *learned) likeness(question string, vector []float32) []float32 {
	out := make([]float32, len(l.texts))
	row := l.grams.Row(question)
	for i, at := range row.Index {
		for _, p := range l.postings[at] {
			out[p.text] += p.weight * row.Value[i]
		}
	}
	for t := range out {
		if v := l.texts[t].vector; v != nil && vector != nil {
			out[t] = meaningShare*distance.Dot(vector, v) + (1-meaningShare)*out[t]
		}
		if l.texts[t].answer {
			out[t] *= answerShare
		}
	}
	return out
}

// rank orders the entries for a question, the best first. The entry without, -1 for none, is left out.
func (l *learned) rank(question string, vector []float32, without int) []ranked {
	like := l.likeness(question, vector)
	list := make([]ranked, len(l.entries))
	for i := range list {
		list[i] = ranked{entry: i, nearest: -1}
	}
	for t, s := range like {
		if r := &list[l.texts[t].owner]; r.nearest < 0 || float64(s) > r.score {
			r.score, r.nearest = float64(s), t
		}
	}
	if l.intents != nil && vector != nil {
		for i, s := range l.intents.Scores(question, vector) {
			list[i].score = float64(s)
		}
	}
	if without >= 0 {
		list = slices.Delete(list, without, without+1)
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.score, a.score) })
	return list
}

// When the machine of [Intents] decides instead of the nearest question.
const (
	questionsAnIntent = 3
	heldBackLeast     = 30
)

// sort learns to sort questions into the entries, where there are enough questions, and how far its decisions can be trusted.
func (l *learned) sort(ctx context.Context, o Options) error {
	var all []passage
	seen := make([]int, len(l.entries))
	var back, kept []passage
	for _, t := range l.texts {
		if t.answer {
			continue
		}
		all = append(all, t)
		// Every fifth question of an entry of three or more is held back.
		if seen[t.owner]++; seen[t.owner] >= questionsAnIntent && seen[t.owner]%5 == questionsAnIntent {
			back = append(back, t)
		} else {
			kept = append(kept, t)
		}
	}
	if len(back) < heldBackLeast {
		return nil
	}
	machine := len(all) >= questionsAnIntent*len(l.entries) && len(l.entries) <= o.Intents && all[0].vector != nil
	vectors := map[string][]float32{}
	for _, t := range l.texts {
		vectors[t.text] = t.vector
	}
	without := slices.Clone(l.entries)
	for i := range without {
		without[i].Questions, without[i].Learned = nil, nil
	}
	for _, t := range kept {
		without[t.owner].Questions = append(without[t.owner].Questions, t.text)
	}
	held, err := learn(without, vectors)
	if err != nil {
		return err
	}
	if machine {
		if held.intents, err = learnPassages(ctx, kept, len(l.entries), o); err != nil {
			return err
		}
	}
	var rows [][]float32
	var right []int
	for _, t := range back {
		// With its own entry left out a question is one that the bank has no answer to.
		for _, without := range []int{-1, t.owner} {
			if list := held.rank(t.text, t.vector, without); len(list) > 0 {
				rows = append(rows, held.signs(list, t.vector, without))
				right = append(right, 0)
				if list[0].entry != t.owner {
					right[len(right)-1] = -1
				}
			}
		}
	}
	confidence, err := fitConfidence(ctx, rows, right)
	if err != nil {
		return err
	}
	if machine {
		if l.intents, err = learnPassages(ctx, all, len(l.entries), o); err != nil {
			return err
		}
	}
	l.confidence = confidence
	return nil
}

func learnPassages(ctx context.Context, list []passage, classes int, o Options) (*Intents, error) {
	var texts []string
	var vectors [][]float32
	var labels []int
	for _, t := range list {
		texts, vectors, labels = append(texts, t.text), append(vectors, t.vector), append(labels, t.owner)
	}
	return LearnIntents(ctx, texts, vectors, labels, classes, IntentOptions{Threads: o.Threads})
}

// signs are what confidence is told from: the best score, how far the next one is below, and whether the question is in scope.
func (l *learned) signs(list []ranked, vector []float32, without int) []float32 {
	// Where nothing else can be compared with, a likeness that is usual between any two questions stands in.
	const usual = 0.25
	next := usual
	if l.intents != nil {
		next = -1
	}
	if len(list) > 1 {
		next = max(next, list[1].score)
	}
	signs := []float32{float32(list[0].score), float32(list[0].score - next)}
	if l.intents != nil {
		signs = append(signs, float32(l.intents.scope.score(vector, without)))
	}
	return signs
}

// trust is the probability that the first of the list is right.
func (l *learned) trust(list []ranked, vector []float32) float64 {
	return l.confidence.of(l.signs(list, vector, -1))
}

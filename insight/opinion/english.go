package opinion

import (
	"context"
	"math/rand/v2"
	"strings"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// Embedder turns texts into vectors; safe for concurrent use. A text without a visible character is Invalid.
type Embedder interface {
	Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error)
}

// EnglishOptions set how an [English] model is fitted. The zero value is ready to use.
type EnglishOptions struct {
	// Landmarks is the number of training sentences that others are compared with by meaning; 256 to 1,024, 512 when 0. More is
	// better and slower.
	Landmarks int
	// Gamma is how fast likeness falls with the distance of two vectors, exp(−Gamma·d²); 0.5 to 2, 1 when 0. Too low and all sentences are
	// alike, too high and none.
	Gamma float64
	// MinCount is the number of sentences that an n-gram must be in; 1 when 0.
	MinCount int
	// C is the price of a sentence rated wrong; 0.1 to 1, a third when 0. Too high and single sentences are learned by heart.
	C float64
	// Folds is how many parts the reviews are cut into to learn how much a sentence's neighbours say; 5 when 0.
	Folds int
	// Seed draws landmarks and folds.
	Seed uint64
}

func (o EnglishOptions) fill() EnglishOptions {
	setDefault(&o.Landmarks, 512)
	setDefault(&o.Gamma, 1)
	setDefault(&o.MinCount, 1)
	setDefault(&o.C, 1.0/3)
	setDefault(&o.Folds, 5)
	return o
}

// English rates the sentences of reviews from −4 to 4: the ridge over word and character n-grams, words marked as negated, the VADER
// lexicon and likeness to landmark sentences, then a second ridge over the rates of a sentence, its neighbours and the rest of its
// review. It is safe for concurrent use.
type English struct {
	sentence *sentenceModel
	context  *linear.Model
}

// TrainEnglish fits a model. Sentences of one review must follow each other. The embedder's text space is used; with a nil embedder the
// model does without vectors, and does less well. Fewer sentences than two a fold are Invalid.
func TrainEnglish(ctx context.Context, embedder Embedder, sentences []Rated, o EnglishOptions) (*English, error) {
	o = o.fill()
	if len(sentences) < 2*o.Folds {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d sentences are too few to learn from", len(sentences))
	}
	texts, targets := make([]string, len(sentences)), make([]float32, len(sentences))
	for i, s := range sentences {
		texts[i], targets[i] = s.Text, float32(s.Score)
	}
	vectors, err := embed(ctx, embedder, texts)
	if err != nil {
		return nil, err
	}
	m := &English{}
	if m.sentence, err = trainSentences(ctx, texts, vectors, targets, o); err != nil {
		return nil, err
	}
	// How much a neighbour's rate says must be learned from rates of sentences that the rater has not seen.
	rates := make([]float64, len(texts))
	for fold, folds := 0, foldsOf(sentences, o.Folds, o.Seed); fold < o.Folds; fold++ {
		var train subset
		for i := range texts {
			if folds[i] != fold {
				train.add(texts[i], at(vectors, i), targets[i])
			}
		}
		if len(train.texts) == 0 || len(train.texts) == len(texts) {
			continue
		}
		part, err := trainSentences(ctx, train.texts, train.vectors, train.targets, o)
		if err != nil {
			return nil, err
		}
		for i := range texts {
			if folds[i] == fold {
				rates[i] = part.rate(texts[i], at(vectors, i))
			}
		}
	}
	rows := make([]linear.Row, 0, len(texts))
	for _, review := range reviewsOf(sentences) {
		rows = append(rows, contextRows(rates[review[0]:review[1]])...)
	}
	m.context, err = linear.Regress(ctx, rows, contextFeatures, targets, linear.Options{C: 0.05, Tolerance: 1e-3, Seed: o.Seed})
	return m, err
}

// Rate rates the sentences of each review, from −4, very negative, to 4. Sentences without a visible character are rated 0.
func (m *English) Rate(ctx context.Context, embedder Embedder, reviews [][]string) ([][]float64, error) {
	var texts []string
	for _, r := range reviews {
		texts = append(texts, r...)
	}
	if m.sentence.landmarks == nil {
		embedder = nil
	}
	vectors, err := embed(ctx, embedder, texts)
	if err != nil {
		return nil, err
	}
	out, next := make([][]float64, len(reviews)), 0
	for i, r := range reviews {
		rates := make([]float64, len(r))
		for j, text := range r {
			rates[j] = m.sentence.rate(text, at(vectors, next))
			next++
		}
		out[i] = make([]float64, len(r))
		for j, row := range contextRows(rates) {
			if strings.TrimSpace(r[j]) != "" {
				out[i][j] = min(max(float64(m.context.Scores(row, nil)[0]), -4), 4)
			}
		}
	}
	return out, nil
}

// contextFeatures is the length of the rows of contextRows.
const contextFeatures = 6

// contextRows describe each sentence of a review by its own rate, those of two neighbours on each side, and the mean of all others, which
// counts for less the fewer they are.
func contextRows(rates []float64) []linear.Row {
	var sum float64
	for _, r := range rates {
		sum += r
	}
	rows := make([]linear.Row, len(rates))
	for i, r := range rates {
		const shrink = 3
		features := []float32{float32(r), 0, 0, 0, 0, float32((sum - r) / float64(len(rates)-1+shrink))}
		for j, by := range []int{-2, -1, 1, 2} {
			if n := i + by; n >= 0 && n < len(rates) {
				features[1+j] = float32(rates[n])
			}
		}
		rows[i] = linear.Dense(features, 0)
	}
	return rows
}

// reviewsOf gives the first and the last sentence, exclusive, of each review.
func reviewsOf(sentences []Rated) [][2]int {
	var out [][2]int
	for i := range sentences {
		if i == 0 || sentences[i].Review != sentences[i-1].Review {
			out = append(out, [2]int{i, i})
		}
		out[len(out)-1][1] = i + 1
	}
	return out
}

// foldsOf draws a fold for each review and gives it to its sentences.
func foldsOf(sentences []Rated, folds int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0x666f6c64)) //nolint:gosec // a draw of folds, not a secret
	reviews := reviewsOf(sentences)
	order := rng.Perm(len(reviews))
	out := make([]int, len(sentences))
	for i, r := range reviews {
		for j := r[0]; j < r[1]; j++ {
			out[j] = order[i] % folds
		}
	}
	return out
}

// subset collects a part of the training sentences.
type subset struct {
	texts   []string
	vectors [][]float32
	targets []float32
}

func (s *subset) add(text string, vector []float32, target float32) {
	s.texts, s.targets = append(s.texts, text), append(s.targets, target)
	if vector != nil {
		s.vectors = append(s.vectors, vector)
	}
}

// at is the vector of a text, nil where there is none.
func at(vectors [][]float32, i int) []float32 {
	if vectors == nil {
		return nil
	}
	return vectors[i]
}

// embed gives the text vectors of all texts that have a visible character, nil for those that have none; nothing without an embedder.
func embed(ctx context.Context, embedder Embedder, texts []string) ([][]float32, error) {
	if embedder == nil {
		return nil, nil
	}
	var seen []string
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			seen = append(seen, text)
		}
	}
	all, err := embedder.Texts(ctx, seen)
	if err != nil {
		return nil, err
	}
	vectors, next := make([][]float32, len(texts)), 0
	for i, text := range texts {
		if strings.TrimSpace(text) != "" {
			vectors[i] = all[next][vitrine.SpaceText]
			next++
		}
	}
	return vectors, nil
}

// words cuts a text into words and the marks that colour them.
func words(text string) []string {
	for _, mark := range []string{"!", "?"} {
		if strings.Contains(text, mark) {
			text = strings.ReplaceAll(text, mark, " "+mark+" ")
		}
	}
	var out []string
	for part := range strings.FieldsSeq(text) {
		if part == "!" || part == "?" {
			out = append(out, part)
			continue
		}
		out = append(out, ngram.Words(part)...)
	}
	return out
}

// negated cuts a text into words and marks those that follow a negation, up to the end of the clause.
func negated(text string) []string {
	var out []string
	inside := false
	for part := range strings.FieldsSeq(text) {
		for _, w := range ngram.Words(part) {
			w = strings.ReplaceAll(w, "’", "'")
			switch {
			case isNegation(w):
				inside = true
				out = append(out, w)
			case inside:
				out = append(out, w+"_not")
			default:
				out = append(out, w)
			}
		}
		if strings.ContainsAny(part, ".,!?;:()") {
			inside = false
		}
	}
	return out
}

func isNegation(w string) bool {
	switch w {
	case "not", "no", "never", "cannot", "nothing", "none", "nor", "without", "hardly", "barely",
		"dont", "doesnt", "didnt", "isnt", "wasnt", "wont", "cant", "couldnt", "wouldnt":
		return true
	}
	return strings.HasSuffix(w, "n't")
}

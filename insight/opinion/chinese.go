package opinion

import (
	"context"
	"math"
	"slices"

	"vitrine"
	"vitrine/embed/linear"
	"vitrine/embed/ngram"
)

// ChineseOptions set how a [Chinese] model is fitted. The zero value is ready to use.
type ChineseOptions struct {
	// Chars is the greatest length of the character n-grams; 2 to 4, 3 when 0. Chinese words are mostly of two characters, so that
	// n-grams stand for them without a segmenter.
	Chars int
	// MinCount is the number of texts that an n-gram must be in; 2 when 0.
	MinCount int
	// MaxFeatures keeps the most frequent n-grams; all when 0.
	MaxFeatures int
	// C and CountC are the prices of a misjudged text on plain features and on log-count ratios; 0.3 and 0.1 when 0. Too low and rare words
	// say nothing, too high and single texts are learned by heart.
	C, CountC float64
	// NoTopics learns no categories.
	NoTopics bool
	// Seed orders the visits of the training rows.
	Seed uint64
}

// Chinese tells positive from negative texts, and which category a text is about, by their character n-grams. It is safe for concurrent
// use.
type Chinese struct {
	grams     *ngram.Vectorizer
	sentiment *linear.Model
	// topics is nil when none were learned.
	topics     *linear.Model
	categories []string
}

// TrainChinese fits linear classifiers to labels and to categories. Texts that are all
// positive or all negative are Invalid.
func TrainChinese(ctx context.Context, texts []Labelled, o ChineseOptions) (*Chinese, error) {
	setDefault(&o.Chars, 3)
	setDefault(&o.MinCount, 2)
	setDefault(&o.C, 0.3)
	setDefault(&o.CountC, 0.1)
	labels, positive := make([]int, len(texts)), 0
	raw := make([]string, len(texts))
	c := &Chinese{}
	for i, t := range texts {
		raw[i], labels[i] = t.Text, -1
		if t.Positive {
			labels[i] = 0
			positive++
		}
		c.categories = append(c.categories, t.Category)
	}
	if positive == 0 || positive == len(texts) {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d of %d texts are positive: both kinds are needed", positive, len(texts))
	}
	slices.Sort(c.categories)
	c.categories = slices.Compact(c.categories)
	var err error
	if c.grams, err = ngram.Fit(raw, ngram.Options{Chars: [2]int{1, o.Chars}, MinCount: o.MinCount, MaxFeatures: o.MaxFeatures}); err != nil {
		return nil, err
	}
	rows := make([]linear.Row, len(raw))
	for i, text := range raw {
		rows[i] = c.grams.Row(text)
	}
	if c.sentiment, err = trainBoth(ctx, rows, c.grams.Dim(), labels, 1, o); err != nil || o.NoTopics {
		return c, err
	}
	for i, t := range texts {
		labels[i], _ = slices.BinarySearch(c.categories, t.Category)
	}
	c.topics, err = trainBoth(ctx, rows, c.grams.Dim(), labels, len(c.categories), o)
	return c, err
}

// trainBoth adds up support vector machines on the features as they are and on their log-count ratios: each errs where the other doesn't.
func trainBoth(ctx context.Context, rows []linear.Row, dim int, labels []int, classes int, o ChineseOptions) (*linear.Model, error) {
	plain, err := linear.Train(ctx, rows, dim, labels, classes, linear.Options{C: o.C, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	counted, err := linear.Train(ctx, rows, dim, labels, classes, linear.Options{C: o.CountC, LogCounts: true, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	return linear.Sum(plain, counted)
}

// Score is how positive a text is, from −1 to 1: the margin of the classifier, squashed. It is no probability.
func (c *Chinese) Score(text string) float64 {
	return math.Tanh(float64(c.sentiment.Scores(c.grams.Row(text), nil)[0]) / 2)
}

// Category names what a text is about, "" when the model has learned no categories.
func (c *Chinese) Category(text string) string {
	if c.topics == nil {
		return ""
	}
	return c.categories[linear.Best(c.topics.Scores(c.grams.Row(text), nil))]
}

package opinion

import (
	"strings"

	"github.com/jonreiter/govader"
)

// lexicon rates English sentences by the VADER lexicon and its rules of negation, degree and emphasis (Hutto and Gilbert 2014).
type lexicon struct {
	vader *govader.SentimentIntensityAnalyzer
}

func newLexicon() lexicon { return lexicon{govader.NewSentimentIntensityAnalyzer()} }

// lexiconFeatures is how many numbers features gives.
const lexiconFeatures = 4

// features of a sentence are its compound score and its shares of positive, negative and neutral words, each scaled to the same spread
// on sentences of reviews.
func (l lexicon) features(text string) []float32 {
	s := l.vader.PolarityScores(strings.Join(strings.Fields(text), " "))
	return []float32{float32(s.Compound-0.15) / 0.44, float32(s.Positive-0.16) / 0.18, float32(s.Negative-0.06) / 0.11, float32(s.Neutral-0.78) / 0.19}
}

// score is the compound score, −1 to 1.
func (l lexicon) score(text string) float64 {
	return l.vader.PolarityScores(strings.Join(strings.Fields(text), " ")).Compound
}

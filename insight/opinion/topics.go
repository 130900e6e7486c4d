package opinion

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"vitrine"
)

// Topic is what a cluster of texts is about.
type Topic struct {
	// Label is the most telling terms, and Terms are some more of them.
	Label string   `json:"label"`
	Terms []string `json:"terms"`
	Texts int      `json:"texts"`
	// Share is the topic's part of all texts, Before and After that in the first and the second half of the time.
	Share  float64 `json:"share"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	// Drift tells rising and falling topics: After differs from Before by more than chance, |Z| ≥ 2.58.
	Drift    string     `json:"drift" enum:"rising,steady,falling"`
	Z        float64    `json:"z"`
	Score    float64    `json:"score"`
	Negative int        `json:"negative"`
	Examples []Evidence `json:"examples"`
}

// TopicOptions say how topics are found. The zero value is ready to use.
type TopicOptions struct {
	// Topics is how many are looked for; 0 takes the root of half the texts, at most 12. Too many split one matter, too few mix several.
	Topics int
	// Texts is how many of the latest texts are read; 1,000 when 0. Each takes the time of a vector.
	Texts int
	// Seed starts the clusters.
	Seed uint64
}

// Topics groups the texts that a filter chooses by meaning, and labels each group, the largest first. It is Unavailable without an embedder,
// and gives none for fewer than four texts.
func (m *Monitor) Topics(ctx context.Context, f Filter, o TopicOptions) ([]Topic, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	setDefault(&o.Texts, 1000)
	if o.Topics < 0 || o.Topics > 100 || o.Texts < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "field topics: %d, want 1 … 100", o.Topics)
	}
	embedder := m.options.Analyst.options.Embedder
	if embedder == nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "topics need an encoder, and there is none")
	}
	opinions := m.chosen(&f)
	slices.SortStableFunc(opinions, func(a, b Opinion) int { return b.Time.Compare(a.Time) })
	opinions = opinions[:min(len(opinions), o.Texts)]
	const least = 4
	if len(opinions) < least {
		return []Topic{}, nil
	}
	texts := make([]string, len(opinions))
	for i := range opinions {
		texts[i] = head(opinions[i].Text.Text)
	}
	vectors, err := embed(ctx, embedder, texts)
	if err != nil {
		return nil, err
	}
	k := o.Topics
	if k == 0 {
		k = min(12, int(math.Sqrt(float64(len(texts))/2)))
	}
	of := cluster(vectors, max(1, min(k, len(texts))), o.Seed)
	return label(opinions, texts, of), nil
}

// head is the beginning of a text: more than this no encoder reads.
func head(text string) string {
	const most = 1000
	if len(text) <= most {
		return text
	}
	for i := range text {
		if i >= most {
			return text[:i]
		}
	}
	return text
}

func label(opinions []Opinion, texts []string, of []int) []Topic {
	k := slices.Max(of) + 1
	terms := telling(texts, of, k)
	earliest, latest := opinions[len(opinions)-1].Time, opinions[0].Time
	middle := earliest.Add(latest.Sub(earliest) / 2)
	var halves [2]float64
	topics, counts := make([]Topic, k), make([][2]float64, k)
	for i := range opinions {
		o, t := &opinions[i], &topics[of[i]]
		half := halfOf(o.Time, middle)
		halves[half]++
		counts[of[i]][half]++
		t.Texts++
		t.Score += o.Score
		if o.Sentiment == Negative {
			t.Negative++
		}
		const examples = 3
		if len(t.Examples) < examples {
			t.Examples = append(t.Examples, Evidence{o.ID, texts[i], o.Score})
		}
	}
	var out []Topic
	for i := range topics {
		t := &topics[i]
		if t.Texts == 0 || len(terms[i]) == 0 {
			continue
		}
		t.Terms, t.Label = terms[i], joined(terms[i])
		t.Score = share(t.Score, float64(t.Texts))
		t.Share = float64(t.Texts) / float64(len(opinions))
		t.Before, t.After = share(counts[i][0], halves[0]), share(counts[i][1], halves[1])
		// The difference of two shares against its standard deviation if they were one.
		if halves[0] > 0 && halves[1] > 0 && t.Share < 1 {
			t.Z = (t.After - t.Before) / math.Sqrt(t.Share*(1-t.Share)*(1/halves[0]+1/halves[1]))
		}
		const sure = 2.58
		switch {
		case t.Z >= sure:
			t.Drift = "rising"
		case t.Z <= -sure:
			t.Drift = "falling"
		default:
			t.Drift = "steady"
		}
		out = append(out, *t)
	}
	slices.SortStableFunc(out, func(a, b Topic) int { return cmp.Compare(b.Texts, a.Texts) })
	return out
}

func halfOf(t, middle time.Time) int {
	if t.After(middle) {
		return 1
	}
	return 0
}

func joined(terms []string) string {
	const most = 3
	out := ""
	for i, t := range terms[:min(len(terms), most)] {
		if i > 0 {
			out += ", "
		}
		out += t
	}
	return out
}

package opinion

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Point is what was said in one bucket of time.
type Point struct {
	Time     time.Time `json:"time"`
	Texts    int       `json:"texts"`
	Negative int       `json:"negative"`
	Positive int       `json:"positive"`
	// Score is the mean score of the texts, 0 where there is none.
	Score float64 `json:"score"`
}

// Scope is what a series is about; an empty field means all.
type Scope struct {
	Product  string `json:"product,omitempty" yaml:"product,omitempty"`
	Brand    string `json:"brand,omitempty" yaml:"brand,omitempty"`
	Category string `json:"category,omitempty" yaml:"category,omitempty"`
	Kind     Kind   `json:"kind,omitempty" yaml:"kind,omitempty"`
	Aspect   string `json:"aspect,omitempty" yaml:"aspect,omitempty"`
}

// holds gives the score that the opinion adds to the scope, and whether it adds one.
func (s Scope) holds(o *Opinion) (score float64, sentiment Sentiment, ok bool) {
	if s.Product != "" && s.Product != o.Product || s.Brand != "" && s.Brand != o.Brand ||
		s.Category != "" && s.Category != o.Category || s.Kind != "" && s.Kind != o.Kind {
		return 0, "", false
	}
	if s.Aspect == "" {
		return o.Score, o.Sentiment, true
	}
	i := slices.IndexFunc(o.Aspects, func(a Aspect) bool { return a.Aspect == s.Aspect })
	if i < 0 {
		return 0, "", false
	}
	return o.Aspects[i].Score, o.Aspects[i].Sentiment, true
}

// String names the scope for people.
func (s Scope) String() string {
	var parts []string
	for _, p := range [][2]string{{"product", s.Product}, {"brand", s.Brand}, {"category", s.Category}, {"kind", string(s.Kind)}, {"aspect", s.Aspect}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// bucket counts what was said in an hour.
type bucket struct {
	texts, negative, positive int32
	score                     float64
}

// series are the buckets of a scope by hour since 1970.
type series struct {
	buckets      map[int64]*bucket
	first, last  int64
	alerted      map[int64]bool
	cusum        float64
	cusumThrough int64
}

func newSeries() *series {
	return &series{buckets: map[int64]*bucket{}, alerted: map[int64]bool{}, first: math.MaxInt64, last: math.MinInt64, cusumThrough: math.MinInt64}
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

func (s *series) add(hour int64, score float64, sentiment Sentiment) {
	b := s.buckets[hour]
	if b == nil {
		b = &bucket{}
		s.buckets[hour] = b
	}
	b.texts++
	b.score += score
	switch sentiment {
	case Negative:
		b.negative++
	case Positive:
		b.positive++
	case None:
	}
	s.first, s.last = min(s.first, hour), max(s.last, hour)
}

// sum adds up the hours after from, through the last one.
func (s *series) sum(from, through int64) (out bucket) {
	for h := from + 1; h <= through; h++ {
		if b := s.buckets[h]; b != nil {
			out.texts += b.texts
			out.negative += b.negative
			out.positive += b.positive
			out.score += b.score
		}
	}
	return out
}

// points gives buckets of so many hours between two times, empty ones too.
func (s *series) points(from, to time.Time, hours int64) []Point {
	var out []Point
	for h := hourOf(from) / hours * hours; h <= hourOf(to); h += hours {
		b := s.sum(h-1, h+hours-1)
		out = append(out, Point{
			Time: time.Unix(h*3600, 0).UTC(), Texts: int(b.texts), Negative: int(b.negative), Positive: int(b.positive),
			Score: share(b.score, float64(b.texts)),
		})
	}
	return out
}

// expected gives mean and standard deviation of the negatives in the hours after from, through the last, as the same hours of earlier
// seasons let one expect, and from how many seasons. Hours that raised an alert are left out; hours beside them in each season count too,
// since single counts are few. The deviation is at least that of a Poisson variable.
func (s *series) expected(from, through, season int64, seasons int) (mean, deviation float64, n int) {
	var sum, squares, count float64
	for k := int64(1); k <= int64(seasons); k++ {
		used := false
		for _, beside := range []int64{-1, 0, 1} {
			start, end := from-k*season+beside, through-k*season+beside
			if start+1 < s.first || end > from {
				continue
			}
			skip := false
			for h := start + 1; h <= end; h++ {
				skip = skip || s.alerted[h]
			}
			if skip {
				continue
			}
			x := float64(s.sum(start, end).negative)
			sum, squares, count, used = sum+x, squares+x*x, count+1, true
		}
		if used {
			n++
		}
	}
	if count == 0 {
		return 0, 0, 0
	}
	mean = sum / count
	// Without this an hour that was always quiet would cry out at the first complaint.
	const least = 0.5
	variance := max(squares/count-mean*mean, mean, least)
	// The mean itself is known from n seasons only.
	return mean, math.Sqrt(variance * (1 + 1/float64(n))), n
}

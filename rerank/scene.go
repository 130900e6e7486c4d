package rerank

import (
	"math"
	"strings"
	"time"

	"vitrine"
	"vitrine/titles"
)

// legKeyword is the name of the keyword leg in [vitrine.LegScore].
const legKeyword = "keyword"

// scene is what the features of all hits of one query share.
type scene struct {
	lower          string
	understood     *vitrine.Understanding
	query          []titles.Word
	head           string
	bestKeyword    float64
	most, least    float64
	newest, oldest time.Time
	// long and short are the shopper's tastes, of life and of this visit.
	long, short taste
}

// view is one hit with what several features need of it.
type view struct {
	hit   *vitrine.Hit
	title []titles.Word
	// description is split when a feature asks for it.
	description []titles.Word
	role        titles.Role
}

// Describe returns the feature values of every hit, a row per hit with the columns of [Features]. Hits are in the order before
// reranking and carry Product and Explain.
func Describe(q *vitrine.Query, hits []vitrine.Hit) [][]float64 { return describe(Features(), q, hits) }

func describe(features []Feature, q *vitrine.Query, hits []vitrine.Hit) [][]float64 {
	s := newScene(q, hits)
	rows := make([][]float64, len(hits))
	values := make([]float64, len(hits)*len(features))
	for i := range hits {
		v := &view{hit: &hits[i], title: titles.Split(hits[i].Product.Title)}
		// A brand is no thing: "Dell" in "Dell toner" is neither what is sold nor what it is for.
		if !has(titles.Split(hits[i].Product.Brand), s.head) {
			v.role = titles.RoleOf(s.head, v.title)
		}
		rows[i] = values[i*len(features) : (i+1)*len(features) : (i+1)*len(features)]
		for j := range features {
			rows[i][j] = features[j].value(s, v)
		}
	}
	return rows
}

func newScene(q *vitrine.Query, hits []vitrine.Hit) *scene {
	text := q.Text
	if q.Understood != nil {
		text = q.Understood.Text
	}
	s := &scene{lower: strings.ToLower(strings.TrimSpace(text)), understood: q.Understood, query: titles.Split(text), most: math.Inf(-1), least: math.Inf(1)}
	s.head = titles.HeadOf(s.query)
	s.long, s.short = tastes(q.Profile)
	for i := range hits {
		v := view{hit: &hits[i]}
		s.most, s.least = max(s.most, hits[i].Explain.Fused), min(s.least, hits[i].Explain.Fused)
		s.bestKeyword = max(s.bestKeyword, v.leg(legKeyword).Score)
		released := hits[i].Product.Released
		if released.IsZero() {
			continue
		}
		if s.newest.IsZero() || released.After(s.newest) {
			s.newest = released
		}
		if s.oldest.IsZero() || released.Before(s.oldest) {
			s.oldest = released
		}
	}
	return s
}

func (s *scene) stretch(fused float64) float64 {
	if s.most == s.least {
		return 1
	}
	return (fused - s.least) / (s.most - s.least)
}

func (s *scene) coverage(text []titles.Word) float64 {
	found := 0
	for _, w := range s.query {
		if has(text, w.Stem) {
			found++
		}
	}
	return ratio(float64(found), float64(len(s.query)))
}

func (s *scene) density(text []titles.Word) float64 {
	found := 0
	for _, w := range text {
		if has(s.query, w.Stem) {
			found++
		}
	}
	return ratio(float64(found), float64(len(text)))
}

// names reports whether the query names one of the codes, spaces and case aside.
func (s *scene) names(codes []string) bool {
	if s.lower == "" {
		return false
	}
	for _, c := range codes {
		c = strings.ToLower(c)
		if c == "" {
			continue
		}
		if strings.ReplaceAll(c, " ", "") == strings.ReplaceAll(s.lower, " ", "") {
			return true
		}
		if titles.HasDigit(c) && strings.Contains(" "+s.lower+" ", " "+c+" ") {
			return true
		}
	}
	return false
}

// kind compares what the product is said to be with what is asked for: 1 when the query's last noun names it, half for a mention.
func (s *scene) kind(p *vitrine.Product) float64 {
	best := titles.Absent
	if n := len(p.Category); n > 0 {
		best = titles.RoleOf(s.head, titles.Split(p.Category[n-1]))
	}
	for _, name := range []string{"product_type", "article_type"} {
		for _, text := range p.Attributes[name].Texts() {
			best = max(best, titles.RoleOf(s.head, titles.Split(text)))
		}
	}
	return float64(best) / float64(titles.Head)
}

func (s *scene) fresh(released time.Time) float64 {
	span := s.newest.Sub(s.oldest)
	if released.IsZero() || span == 0 {
		return 0
	}
	return float64(released.Sub(s.oldest)) / float64(span)
}

func (v *view) leg(name string) vitrine.LegScore {
	for _, l := range v.hit.Explain.Legs {
		if l.Leg == name {
			return l
		}
	}
	return vitrine.LegScore{}
}

func (v *view) reciprocal(leg string) float64 {
	if l := v.leg(leg); l.Rank > 0 {
		return 10 / (9 + float64(l.Rank))
	}
	return 0
}

func has(text []titles.Word, stem string) bool {
	for _, w := range text {
		if w.Stem == stem {
			return true
		}
	}
	return false
}

// contains reports whether the phrase comes in the text, word after word.
func contains(text, phrase []titles.Word) bool {
	if len(phrase) == 0 {
		return false
	}
next:
	for at := 0; at+len(phrase) <= len(text); at++ {
		for i := range phrase {
			if text[at+i].Stem != phrase[i].Stem {
				continue next
			}
		}
		return true
	}
	return false
}

func early(stem string, text []titles.Word) float64 {
	for i, w := range text {
		if w.Stem == stem {
			return 1 / float64(i+1)
		}
	}
	return 0
}

func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return unit(a / b)
}

func unit(x float64) float64 { return min(max(x, 0), 1) }

func is(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

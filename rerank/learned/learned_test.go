package learned_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/rerank"
	"vitrine/rerank/learned"
	"vitrine/rerank/registry"
	"vitrine/rerank/train"
	"vitrine/store/embedded"
)

// shop is a catalogue of lamps of four brands, whose search finds all of them.
type shop struct{ products map[string]*vitrine.Product }

func newShop() *shop {
	s := &shop{products: map[string]*vitrine.Product{}}
	for i := range 40 {
		id := fmt.Sprintf("p%02d", i)
		s.products[id] = &vitrine.Product{
			ID: id, Title: fmt.Sprintf("Lamp %d", i), Brand: fmt.Sprintf("Brand %d", i%4), Category: []string{"Home", fmt.Sprintf("Lamps %d", i%3)},
			Price: float64(10 + i), Attributes: map[string]vitrine.Value{"colour": vitrine.Text([]string{"red", "blue"}[i%2])},
		}
	}
	return s
}

func (s *shop) Product(_ context.Context, id string) (*vitrine.Product, error) {
	if p := s.products[id]; p != nil {
		return p, nil
	}
	return nil, vitrine.Errorf(vitrine.NotFound, "product %q: none", id)
}

func (s *shop) Candidates(_ context.Context, query string) ([]vitrine.Hit, error) {
	if query == "broken" {
		return nil, vitrine.Errorf(vitrine.Unavailable, "index: closed")
	}
	var hits []vitrine.Hit
	for i := range len(s.products) {
		p := s.products[fmt.Sprintf("p%02d", i)]
		score := 1 - float64(i)/100
		hits = append(hits, vitrine.Hit{ID: p.ID, Product: p, Score: score, Explain: &vitrine.Explain{
			Fused: score, Legs: []vitrine.LegScore{{Leg: "keyword", Rank: i + 1, Score: score}},
		}})
	}
	return hits, nil
}

// visits are events of shoppers who like one brand each and look at the first places more.
func visits(n int, end time.Time) []vitrine.Event {
	r := rand.New(rand.NewPCG(4, 4))
	var events []vitrine.Event
	add := func(e vitrine.Event) {
		e.ID = fmt.Sprintf("e%06d", len(events))
		events = append(events, e)
	}
	for k := range n {
		u := r.IntN(40)
		at := end.Add(-time.Duration(n-k) * 10 * time.Minute)
		e := vitrine.Event{User: fmt.Sprintf("u%d", u), Session: fmt.Sprintf("s%d", k), Query: "lamp", Time: at}
		if u%9 == 0 {
			e.User = ""
		}
		page := r.Perm(40)[:10]
		for place, i := range page {
			e.Kind, e.Product, e.Position = vitrine.EventImpression, fmt.Sprintf("p%02d", i), place+1
			add(e)
		}
		for place, i := range page {
			p := 0.05
			if i%4 == u%4 {
				p = 0.9
			}
			if r.Float64() < p/math.Log2(float64(place)+2) {
				e.Kind, e.Product, e.Position, e.Time = vitrine.EventClick, fmt.Sprintf("p%02d", i), place+1, at.Add(time.Minute)
				add(e)
			}
		}
	}
	return events
}

// fixed is a model for all.
type fixed struct{ live, shadow *train.Model }

func (f *fixed) Choose(string) (live, shadow *train.Model) { return f.live, f.shadow }
func (f *fixed) Compare(_, _, _ []float32)                 {}

// Ensure that the row which training makes of an impression is the one that serving would have computed at that moment.
func TestNoSkew(t *testing.T) {
	s, now := newShop(), time.Now().UTC().Truncate(time.Second)
	events := visits(300, now)
	d, tally, err := learned.Rows(t.Context(), slices.Clone(events), learned.NewPulse(s, learned.Limits{}), s, learned.RowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if tally.Rows != 3000 || tally.Impressions != 3000 || tally.Gone != 0 || tally.Positives == 0 {
		t.Fatalf("tally %+v", tally)
	}
	pulse, width, row := learned.NewPulse(s, learned.Limits{}), len(d.Features), 0
	slices.SortStableFunc(events, func(a, b vitrine.Event) int { return a.Time.Compare(b.Time) })
	for from := 0; from < len(events); {
		e := &events[from]
		if e.Kind != vitrine.EventImpression {
			pulse.Observe(t.Context(), e)
			from++
			continue
		}
		probe := &probe{}
		ranker := learned.NewRanker(pulse, probe, probe, nil).At(e.Time)
		hits, err := s.Candidates(t.Context(), "lamp")
		if err != nil {
			t.Fatal(err)
		}
		if err := ranker.Rerank(t.Context(), &vitrine.Query{Text: "lamp", User: e.User, Session: e.Session}, hits); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			var at int
			if _, err := fmt.Sscanf(events[from].Product, "p%d", &at); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(probe.rows[at*width:(at+1)*width], d.X[row*width:(row+1)*width]); diff != "" {
				t.Fatalf("row %d (-served +trained):\n%s", row, diff)
			}
			row++
			from++
		}
		for _, e := range events[from-10 : from] {
			pulse.Observe(t.Context(), &e)
		}
	}
}

// probe keeps the rows that a ranker computes. It has a model in the shadow, so that they are computed.
type probe struct{ rows []float32 }

func (p *probe) Choose(string) (live, shadow *train.Model)                   { return nil, &train.Model{} }
func (p *probe) Compare(_, _, rows []float32)                                { p.rows = rows }
func (p *probe) Rerank(context.Context, *vitrine.Query, []vitrine.Hit) error { return nil }

// Ensure that events make a model, that the model passes the gate and serves, and that it brings up what a shopper likes and explains it.
func TestTrainer(t *testing.T) {
	s := newShop()
	log, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // end of a test
	versions, err := registry.Open(registry.Options{Dir: t.TempDir(), Features: learned.Names(), Gate: registry.Gate{Latency: time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := learned.NewTrainer(learned.TrainerOptions{
		Log: log, Catalogue: s, Candidates: s, Registry: versions, Promote: true, Seed: 1, OnError: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trainer.Train(t.Context(), nil); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no events: %v, want code invalid", err)
	}
	events := visits(1200, time.Now())
	if _, err := log.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	result, err := trainer.Train(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if auc := result.Report.Test.AUC; auc < 0.75 || result.Report.Baselines["fused"].AUC > 0.6 {
		t.Errorf("AUC %.3f, of the order before %.3f", auc, result.Report.Baselines["fused"].AUC)
	}
	if result.Version.Role != "live" {
		t.Fatalf("version %+v", result.Version)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		trainer.Follow(ctx)
		close(done)
	}()
	ranker := learned.NewRanker(trainer.Pulse(), versions, &probe{}, nil)
	top := func(user string) (hits []vitrine.Hit, own int) {
		hits, _ = s.Candidates(t.Context(), "lamp")
		if err := ranker.Rerank(t.Context(), &vitrine.Query{Text: "lamp", User: user, Explain: true}, hits); err != nil {
			t.Fatal(err)
		}
		for _, h := range hits[:10] {
			if h.Product.Brand == "Brand 2" {
				own++
			}
		}
		return hits, own
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, own := top("u2"); own >= 8 {
			break
		}
	}
	hits, own := top("u2")
	if own < 8 {
		t.Errorf("%d of the first ten lamps are of the brand that u2 likes, want 8", own)
	}
	if _, own := top("stranger"); own > 6 {
		t.Errorf("%d of a stranger's first ten lamps are of one brand", own)
	}
	if why := hits[0].Explain.Features; len(why) != len(learned.Names()) || !strings.Contains(why[0].Name+why[1].Name+why[2].Name, "affinity_brand") {
		t.Errorf("explanation %+v", why[:3])
	}
	again, err := trainer.Train(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Current == nil || again.Version.Passed && again.Version.Test.AUC <= again.Current.Test.AUC {
		t.Errorf("a version that is no better passed: %+v", again.Version)
	}
	cancel()
	<-done
}

// Ensure that what cannot work is an error, and that a query without text, or a shop without a model, is ranked by the fallback.
func TestRefuses(t *testing.T) {
	s := newShop()
	if _, err := learned.NewTrainer(learned.TrainerOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("no parts: %v, want code invalid", err)
	}
	log, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // end of a test
	versions, err := registry.Open(registry.Options{Dir: t.TempDir(), Features: learned.Names()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = learned.NewTrainer(learned.TrainerOptions{Log: log, Catalogue: s, Candidates: s, Registry: versions, Schedule: "every day"})
	if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "every day") {
		t.Errorf("schedule: %v, want code invalid", err)
	}
	events := visits(20, time.Now())
	for i := range events {
		events[i].Query = "broken"
	}
	if _, _, err := learned.Rows(t.Context(), events, learned.NewPulse(s, learned.Limits{}), s, learned.RowOptions{}); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("broken index: %v, want code unavailable", err)
	}
	for i := range events {
		events[i].Query, events[i].Product = "lamp", "gone"
	}
	_, tally, err := learned.Rows(t.Context(), events, learned.NewPulse(s, learned.Limits{Pairs: 1}), s, learned.RowOptions{})
	if vitrine.CodeOf(err) != vitrine.Invalid || tally.Gone != 200 {
		t.Errorf("products that are gone: %+v, %v", tally, err)
	}
	hits, _ := s.Candidates(t.Context(), "lamp")
	count := &counting{}
	ranker := learned.NewRanker(learned.NewPulse(s, learned.Limits{}), versions, count, nil)
	if err := ranker.Rerank(t.Context(), &vitrine.Query{Text: "lamp"}, hits); err != nil || count.calls != 1 {
		t.Errorf("without a model: %v, %d calls of the fallback", err, count.calls)
	}
}

type counting struct{ calls int }

func (c *counting) Rerank(context.Context, *vitrine.Query, []vitrine.Hit) error {
	c.calls++
	return nil
}

// Ensure that features are described, of unique names, and that those of queries exist in package rerank.
func TestFeatures(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range learned.Features() {
		if f.Name == "" || f.Type == "" || f.Owner == "" || f.Meaning == "" || seen[f.Name] {
			t.Errorf("feature %+v: undescribed or twice", f)
		}
		seen[f.Name] = true
	}
	for _, f := range rerank.Features() {
		if f.Name == "fused" && !seen["fused"] || f.Name == "title_head" && !seen["title_head"] {
			t.Errorf("feature %s is lost", f.Name)
		}
	}
	if len(seen) != 42 {
		t.Errorf("%d features, want 42: one of package rerank was renamed, and models must be trained anew", len(seen))
	}
}

// BenchmarkRerank ranks 200 hits, features included.
func BenchmarkRerank(b *testing.B) {
	s := newShop()
	for i := 40; i < 200; i++ {
		id := fmt.Sprintf("p%02d", i)
		s.products[id] = &vitrine.Product{ID: id, Title: "Lamp of glass and steel, 40 W", Brand: "Brand 1", Category: []string{"Home", "Lamps 1"}, Price: 30}
	}
	events := visits(2000, time.Now())
	pulse := learned.NewPulse(s, learned.Limits{})
	d, _, err := learned.Rows(b.Context(), events, pulse, s, learned.RowOptions{})
	if err != nil {
		b.Fatal(err)
	}
	m, _, err := train.Train(b.Context(), d, learned.Training(1))
	if err != nil {
		b.Fatal(err)
	}
	ranker := learned.NewRanker(pulse, &fixed{live: m}, &probe{}, nil)
	q := &vitrine.Query{Text: "steel lamp", User: "u3"}
	var took []float64
	for b.Loop() {
		b.StopTimer()
		hits, _ := s.Candidates(b.Context(), "lamp")
		b.StartTimer()
		start := time.Now()
		if err := ranker.Rerank(b.Context(), q, hits); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start).Seconds()*1000)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)*95/100], "p95-ms")
}

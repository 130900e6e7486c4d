package main

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/fixtures/town"
	"vitrine/rerank/behaviour"
	"vitrine/rerank/neural"
	"vitrine/rerank/train"
)

// caseStudy is the JSON of `demo --case-study`.
type caseStudy struct {
	Users      int     `json:"users"`
	Items      int     `json:"items"`
	Attributes int     `json:"attributes"`
	Values     int     `json:"values"`
	History    int     `json:"history"`
	Rows       int     `json:"rows"`
	ClickRate  float64 `json:"click_rate"`
	// Report is that of the training: loss and AUC by epoch, figures of the test rows, baselines.
	*train.Report
	// NDCG@10 of all products against the true tastes, mean over the shoppers.
	NDCG studyNDCG `json:"ndcg@10"`
	// Model is the folder that the model was saved in and loaded from; Difference the largest difference of a score after that.
	Model      string       `json:"model"`
	Difference float64      `json:"score_difference"`
	Example    studyExample `json:"example"`
	Seconds    float64      `json:"seconds"`
}

// studyNDCG compares rankings. Without a profile trees rank that learned from the same rows, each as of a visitor of whom nothing is known.
type studyNDCG struct {
	With       float64 `json:"with_profile"`
	Without    float64 `json:"without_profile"`
	Popularity float64 `json:"popularity"`
	Random     float64 `json:"random"`
}

// studyExample is one shopper with what they bought and what is recommended.
type studyExample struct {
	User        string `json:"user"`
	town.Person `json:"person"`
	History     []string      `json:"history"`
	Recommended []studyChoice `json:"recommended"`
}

type studyChoice struct {
	Product     string  `json:"product"`
	Attributes  string  `json:"attributes"`
	Probability float64 `json:"probability"`
	Truth       float64 `json:"true_probability"`
}

// study is a town on its way through the ranking model.
type study struct {
	town *town.Town
	// anonymous hides who acts: every act is that of another visitor.
	anonymous bool
	ratings   *ratings
	stream    *behaviour.Stream
	past      *behaviour.Replayed
	// at is where each shopper's past begins and ends in past; nobody has none.
	at [][2]int32
}

// nobody is the shopper after all others, of whom nothing is known.
func (s *study) nobody() int32 { return int32(s.ratings.catalog.Users - 1) } //nolint:gosec // far fewer

// runCaseStudy simulates shoppers, trains a ranking model on what a shop sees of them, saves it, loads it, recommends, and compares with the truth.
func runCaseStudy(ctx context.Context, dir string, o town.Options) (*caseStudy, error) {
	start := time.Now()
	s := &study{town: town.New(o)}
	dataset, warm, err := s.replay(ctx)
	if err != nil {
		return nil, err
	}
	options := train.Options{Kind: train.Blend, WarmUp: warm, Network: train.NetworkStrong()}
	options.Network.Epochs, options.Network.Seed, options.Boost.Seed = 15, o.Seed+1, o.Seed+1
	bar := newProgress("train", -1)
	options.Progress = func(stage string, done, total int) { bar.set(stage, int64(done), int64(total)) }
	options.Network.Progress = logEpoch
	trained, report, err := train.Train(ctx, dataset, options)
	bar.end()
	if err != nil {
		return nil, err
	}
	c := &caseStudy{
		Users: len(s.town.People), Items: len(s.town.Products), Attributes: s.town.Options.Attributes, Values: s.town.Options.Values,
		History: s.town.Options.History, Rows: dataset.Rows(), Report: report, Model: filepath.Join(dir, "model"),
	}
	for _, y := range dataset.Label {
		c.ClickRate += float64(y) / float64(dataset.Rows())
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "case study: %w", err)
	}
	if err := trained.Save(c.Model); err != nil {
		return nil, err
	}
	model, err := train.Load(c.Model)
	if err != nil {
		return nil, err
	}
	anonymous, err := rankAnonymously(ctx, s.town)
	if err != nil {
		return nil, err
	}
	if err := s.compare(c, trained, model, anonymous); err != nil {
		return nil, err
	}
	c.Seconds = time.Since(start).Seconds()
	return c, nil
}

// replay turns the town's acts into rows, each described by what was known the moment before. Warm is the share of the rows, from the first, that
// are histories and not learned from.
func (s *study) replay(ctx context.Context) (*train.Dataset, float64, error) {
	t := s.town
	histories, shown := t.Histories(), t.Impressions()
	users := len(t.People)
	if s.anonymous {
		users = len(histories) + len(shown)
	}
	s.ratings = &ratings{catalog: behaviour.Catalog{Users: users + 1, Items: len(t.Products)}}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for n, acts := range [][]town.Act{histories, shown} {
		for i, a := range acts {
			act := behaviour.Act{User: int32(a.Person), Item: int32(a.Product), Time: begin + int64(i)} //nolint:gosec // far fewer
			if n == 1 {
				act.Time += 86_400 * 30
			}
			if a.Positive {
				act.Label, act.Value = 1, 1
			}
			if s.anonymous {
				act.User = int32(len(s.ratings.acts)) //nolint:gosec // far fewer
			}
			s.ratings.acts = append(s.ratings.acts, act)
		}
	}
	s.describe()
	var err error
	if s.stream, err = behaviour.New(s.ratings.catalog, behaviour.Options{Seed: t.Options.Seed + 1}); err != nil {
		return nil, 0, err
	}
	bar := newProgress("features", int64(len(s.ratings.acts)))
	defer bar.end()
	s.past, err = s.stream.Replay(ctx, s.ratings.acts, func(done int) {
		if done%1024 == 0 {
			bar.set("features", int64(done), int64(len(s.ratings.acts)))
		}
	})
	if err != nil {
		return nil, 0, err
	}
	s.at = make([][2]int32, s.ratings.catalog.Users)
	for i, a := range s.past.Acts { // the last act of each shopper sees all before it; the act itself follows
		s.at[a.User] = [2]int32{s.past.From[i], s.past.To[i] + 1}
	}
	return s.ratings.dataset(s.past), float64(len(histories)) / (0.8 * float64(len(s.ratings.acts))), nil
}

// describe says what the shop knows of products, and of shoppers unless they are anonymous.
func (s *study) describe() {
	t, c := s.town, &s.ratings.catalog
	for a := range t.Options.Attributes {
		attribute := behaviour.Attribute{Name: "a" + strconv.Itoa(a+1), Values: t.Options.Values}
		for _, values := range t.Products {
			attribute.Of = append(attribute.Of, []int32{int32(values[a])}) //nolint:gosec // few values
		}
		c.ItemAttributes = append(c.ItemAttributes, attribute)
	}
	if s.anonymous {
		return
	}
	c.UserAttributes = []behaviour.Attribute{
		{Name: "gender", Values: len(town.Genders)}, {Name: "age", Values: len(town.AgeBands)}, {Name: "region", Values: len(town.Regions)},
	}
	for _, p := range t.People {
		for a, v := range []int{slices.Index(town.Genders, p.Gender), p.AgeBand(), slices.Index(town.Regions, p.Region)} {
			c.UserAttributes[a].Of = append(c.UserAttributes[a].Of, []int32{int32(v)}) //nolint:gosec // few values
		}
	}
	for a := range c.UserAttributes {
		c.UserAttributes[a].Of = append(c.UserAttributes[a].Of, nil) // nobody
	}
}

// rows describes all products to a shopper now: known by their past and attributes, or as nobody.
func (s *study) rows(user int32) *train.Dataset {
	items, width := len(s.town.Products), len(s.past.Names)
	d := &train.Dataset{
		Features: s.past.Names, X: make([]float32, items*width), IDNames: []string{"user", "item"}, IDs: [][]int32{make([]int32, items), make([]int32, items)},
		History: &neural.History{Items: s.past.PastItems, Values: s.past.PastValues, From: make([]int32, items), To: make([]int32, items), Column: 1},
		Label:   make([]float32, items), Group: make([]int32, items),
	}
	now := s.past.Acts[len(s.past.Acts)-1].Time + 1
	for _, a := range s.ratings.catalog.UserAttributes {
		ids := make([]int32, items)
		for i := range ids {
			ids[i] = -1
			if of := a.Of[user]; len(of) > 0 {
				ids[i] = of[0]
			}
		}
		d.IDNames, d.IDs = append(d.IDNames, a.Name), append(d.IDs, ids)
	}
	for i := range items {
		s.stream.Describe(user, int32(i), now, d.X[i*width:(i+1)*width])
		d.IDs[0][i], d.IDs[1][i] = user, int32(i)
		if user == s.nobody() {
			d.IDs[0][i] = -1
		}
		d.History.From[i], d.History.To[i] = s.at[user][0], s.at[user][1]
	}
	return d
}

// rankAnonymously scores all products by what can be learned without knowing who acts.
func rankAnonymously(ctx context.Context, t *town.Town) ([]float32, error) {
	s := &study{town: t, anonymous: true}
	dataset, warm, err := s.replay(ctx)
	if err != nil {
		return nil, err
	}
	// What is only known of shoppers who come back is never known here.
	known := everKnown(dataset)
	dataset.Features, dataset.X = keep(dataset, known)
	o := train.Options{Kind: train.Boost, WarmUp: warm}
	o.Boost.Seed = t.Options.Seed + 1
	model, _, err := train.Train(ctx, dataset, o)
	if err != nil {
		return nil, err
	}
	rows := s.rows(s.nobody())
	rows.Features, rows.X = keep(rows, known)
	return model.Score(rows)
}

// compare ranks all products for every shopper with the saved model and measures the rankings by the truth.
func (s *study) compare(c *caseStudy, trained, model *train.Model, anonymous []float32) error {
	clicks := make([]float32, len(s.town.Products))
	for _, a := range s.past.Acts {
		clicks[a.Item] += a.Label
	}
	random := rand.New(rand.NewPCG(s.town.Options.Seed, 14)) //nolint:gosec // must be repeatable
	people := len(s.town.People)
	for u := range people {
		rows := s.rows(int32(u))
		scores, err := model.Score(rows)
		if err != nil {
			return err
		}
		if u == 0 {
			before, err := trained.Score(rows)
			if err != nil {
				return err
			}
			for i := range scores {
				c.Difference = max(c.Difference, math.Abs(float64(scores[i]-before[i])))
			}
			s.example(c, ranked(scores), scores)
		}
		c.NDCG.With += s.town.NDCG(u, ranked(scores), 10) / float64(people)
		c.NDCG.Without += s.town.NDCG(u, ranked(anonymous), 10) / float64(people)
		c.NDCG.Popularity += s.town.NDCG(u, ranked(clicks), 10) / float64(people)
		c.NDCG.Random += s.town.NDCG(u, random.Perm(len(clicks)), 10) / float64(people)
	}
	return nil
}

// everKnown tells which features of a dataset are a number in any row.
func everKnown(d *train.Dataset) []bool {
	known := make([]bool, len(d.Features))
	for i, v := range d.X {
		known[i%len(known)] = known[i%len(known)] || v == v
	}
	return known
}

// keep returns the features that are wanted, with their numbers.
func keep(d *train.Dataset, wanted []bool) (features []string, x []float32) {
	for f, ok := range wanted {
		if ok {
			features = append(features, d.Features[f])
		}
	}
	for i, v := range d.X {
		if wanted[i%len(wanted)] {
			x = append(x, v)
		}
	}
	return features, x
}

// ranked returns the products by falling score, ties by number.
func ranked(scores []float32) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	return order
}

// example shows the first shopper.
func (s *study) example(c *caseStudy, ranking []int, scores []float32) {
	c.Example = studyExample{User: "user-1", Person: s.town.People[0]}
	for _, a := range s.past.Acts[:len(s.town.People)*s.town.Options.History] {
		if a.User == 0 {
			c.Example.History = append(c.Example.History, s.town.Name(int(a.Item)))
		}
	}
	for _, i := range ranking[:min(5, len(ranking))] {
		c.Example.Recommended = append(c.Example.Recommended, studyChoice{
			Product: "item-" + strconv.Itoa(i+1), Attributes: s.town.Name(i), Probability: float64(scores[i]), Truth: s.town.Probability(0, i),
		})
	}
}

func printCaseStudy(cmd *cobra.Command, c *caseStudy) {
	cmd.Printf("%d shoppers with %d products bought before, %d products of %d attributes with %d values, %d rows, %.1f %% positive\n\n",
		c.Users, c.History, c.Items, c.Attributes, c.Values, c.Rows, 100*c.ClickRate)
	cmd.Printf("epoch  train loss  valid loss  valid AUC\n")
	for _, e := range c.Epochs {
		cmd.Printf("%5d  %10.4f  %10.4f  %9.4f\n", e.Epoch, e.TrainLoss, e.ValidLoss, e.ValidAUC)
	}
	t := c.Test
	cmd.Printf("\ntest: AUC %.4f, gAUC %.4f, log loss %.4f, accuracy %.4f, precision %.4f, recall %.4f, F1 %.4f\n", t.AUC, t.GAUC, t.LogLoss, t.Accuracy, t.Precision, t.Recall, t.F1)
	cmd.Printf("saved to %s and loaded: scores differ by at most %.1g\n\n", c.Model, c.Difference)
	cmd.Printf("nDCG@10 against the true tastes: %.3f with profile, %.3f without, %.3f popularity, %.3f random\n\n", c.NDCG.With, c.NDCG.Without, c.NDCG.Popularity, c.NDCG.Random)
	cmd.Printf("%s (%s, %d, %s) bought\n", c.Example.User, c.Example.Gender, c.Example.Age, c.Example.Region)
	for _, h := range c.Example.History {
		cmd.Printf("  %s\n", h)
	}
	cmd.Println("and is recommended")
	for _, r := range c.Example.Recommended {
		cmd.Printf("  %-9s  %s   probability %.3f, in truth %.3f\n", r.Product, r.Attributes, r.Probability, r.Truth)
	}
}

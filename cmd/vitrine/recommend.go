package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/retrieve/recommend"
	"vitrine/store/intake"
)

// recommendations are the models learned from events, kept up to date in the background.
type recommendations struct {
	service *recommend.Service
	stop    context.CancelFunc
	running sync.WaitGroup
}

// recommendFolder keeps what was learned for recommendations, beside the indexes; no index can have this name.
const recommendFolder = "recommend.models"

// openRecommendations lets recommendations follow the events of openShoppers. Close the engine to close them.
func (e *engine) openRecommendations(ctx context.Context) error {
	c := e.config.Recommend
	explore := c.Explore
	if explore == 0 {
		explore = -1
	}
	service, err := recommend.NewService(ctx, recommend.ServiceOptions{
		Events: e.shoppers.events, Trees: recommend.Trees{Learn: learnTrees, Read: readTrees}, Folder: filepath.Join(e.config.Data, recommendFolder),
		Rebuild: c.Rebuild, Relearn: c.Relearn, Explore: explore, MinimumSupport: c.MinimumSupport, AgainShare: c.AgainShare,
		Models:  recommend.Options{Neighbours: c.Neighbours, DenseItems: c.DenseItems},
		OnError: func(err error) { slog.Warn("recommendations stay as they are", "reason", err) },
		OnSwap: func(i recommend.Info) {
			slog.Info("recommendations are up to date", "events", i.Events, "baskets", i.Baskets, "learned", i.Learned, "seconds", i.Seconds)
		},
	})
	if err != nil {
		return err
	}
	r := &recommendations{service: service}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.running.Go(func() { service.Follow(ctx) })
	e.recommendations = r
	return nil
}

func (r *recommendations) close() {
	r.stop()
	r.running.Wait()
}

// Recommend answers from the named index. Users are known to events by their pseudonyms, visitors by their session.
func (e *engine) Recommend(ctx context.Context, name string, q vitrine.RecommendQuery) (*vitrine.Recommendations, error) {
	r, release, err := e.retriever(name)
	if err != nil {
		return nil, err
	}
	defer release()
	if q.User == "" && q.Session != "" {
		q.User = intake.Visitor(q.Session)
	}
	if q.User != "" {
		q.User = e.shoppers.intake.Pseudonym(q.User)
	}
	return e.recommendations.service.Recommend(ctx, recommend.Shop{Retriever: r, Shopper: e.shoppers.profiles.Get}, q)
}

func newRecommend(s *settings) *cobra.Command {
	var q vitrine.RecommendQuery
	var filter string
	var kinds []string
	for _, k := range vitrine.RecommendKinds() {
		kinds = append(kinds, string(k))
	}
	cmd := &cobra.Command{
		Use:       "recommend KIND",
		Short:     "Recommend products for a shopper, a product or a cart",
		Long:      "Answers from the events of the data folder. KIND is one of " + strings.Join(kinds, ", ") + ".",
		Example:   "  vitrine recommend next-basket --user 17850\n  vitrine recommend cart --cart 85123A,71053\n  vitrine recommend trending --days 30 --filter 'price < 5'",
		Args:      cobra.ExactArgs(1),
		ValidArgs: kinds,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			q.Kind = vitrine.RecommendKind(args[0])
			if q.Filter, err = api.ParseFilter(filter); err != nil {
				return err
			}
			e, name, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			results, err := e.recommendOnce(cmd.Context(), name, q)
			if err := joinClose(err, e.close); err != nil {
				return err
			}
			return s.print(cmd, results, func() { printRecommendations(cmd, results) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.User, "user", "", "shopper")
	flags.StringVar(&q.Session, "session", "", "visit of a shopper who is not known by name")
	flags.StringVar(&q.Product, "product", "", "product to start from")
	flags.StringSliceVar(&q.Cart, "cart", nil, "product ids of the cart in the order of adding")
	flags.StringVar(&filter, "filter", "", "condition, as in 'brand = HP AND price < 500'")
	flags.IntVarP(&q.PageSize, "number", "n", 10, "number of products")
	flags.Float64Var(&q.Diversity, "diversity", 0, "from 0, only the best, to 1, only novelty")
	flags.Float64Var(&q.Days, "days", 0, "window of trending (default 7) or greatest age of new arrivals (default 30)")
	flags.StringVar(&q.Segment, "segment", "", "whose acts count for trending, as in gender:women, region:north or age:25-34")
	flags.Uint64Var(&q.Seed, "seed", 0, "makes the exploration of new arrivals repeatable")
	flags.BoolVar(&q.Explain, "explain", false, "add features and legs (with --json)")
	return cmd
}

// recommendOnce opens the events, builds the models and asks once.
func (e *engine) recommendOnce(ctx context.Context, name string, q vitrine.RecommendQuery) (*vitrine.Recommendations, error) {
	if err := e.openShoppers(ctx); err != nil {
		return nil, err
	}
	if err := e.openRecommendations(ctx); err != nil {
		return nil, err
	}
	if err := e.recommendations.service.Refresh(ctx); err != nil {
		return nil, err
	}
	return e.Recommend(ctx, name, q)
}

func printRecommendations(cmd *cobra.Command, r *vitrine.Recommendations) {
	if r.Because != "" {
		cmd.Printf("because of %s\n", r.Because)
	}
	for i, h := range r.Hits {
		cmd.Printf("%3d  %-14s  %-60s  %8.4f  %s\n", i+1, h.ID, h.Product.Title, h.Score, strings.Join(h.Sources, ", "))
	}
	for _, d := range r.Degraded {
		cmd.Printf("degraded: %s\n", d)
	}
}

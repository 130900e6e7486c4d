package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
)

func newSearch(s *settings) *cobra.Command {
	var q vitrine.Query
	var image, clip, audio, filter, mode string
	var boosts []string
	var literal bool
	var crop []float64
	cmd := &cobra.Command{
		Use:   "search [WORDS]",
		Short: "Ask an index by words, picture or example",
		Example: "  vitrine search \"red dress\" --filter 'price < 50'\n  vitrine search --image photo.jpg\n" +
			"  vitrine search \"in blue\" --image photo.jpg --text-weight 0.3\n  vitrine search --like 123,456 --unlike 789",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if q.Page < 1 || q.PageSize < 1 {
				return vitrine.Errorf(vitrine.Invalid, "--page %d --number %d: give 1 or more", q.Page, q.PageSize)
			}
			q.Text, q.Mode = strings.Join(args, " "), vitrine.Mode(mode)
			if literal {
				q.Understand = new(bool)
			}
			if q.Filter, err = api.ParseFilter(filter); err != nil {
				return err
			}
			for _, text := range boosts {
				b, err := vitrine.ParseBoost(text)
				if err != nil {
					return err
				}
				q.Boosts = append(q.Boosts, b)
			}
			if len(crop) > 0 {
				if len(crop) != 4 {
					return vitrine.Errorf(vitrine.Invalid, "--crop: %d numbers, give x,y,width,height", len(crop))
				}
				q.Crop = &vitrine.Box{X: crop[0], Y: crop[1], Width: crop[2], Height: crop[3]}
			}
			if image != "" {
				if q.Image, err = os.ReadFile(image); err != nil { //nolint:gosec // the user names the file
					return vitrine.Errorf(vitrine.NotFound, "image: %w", err)
				}
			}
			if clip != "" {
				if q.Clip, err = os.ReadFile(clip); err != nil { //nolint:gosec // as above
					return vitrine.Errorf(vitrine.NotFound, "clip: %w", err)
				}
			}
			if audio != "" {
				if q.Audio, err = os.ReadFile(audio); err != nil { //nolint:gosec // as above
					return vitrine.Errorf(vitrine.NotFound, "audio: %w", err)
				}
			}
			e, name, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			results, err := e.Search(cmd.Context(), name, q)
			if err := joinClose(err, e.close); err != nil {
				return err
			}
			return s.print(cmd, results, func() { printResults(cmd, results) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&audio, "audio", "", "recording of what is asked (WAV; MP3, WebM, Ogg and more with ffmpeg)")
	flags.StringVar(&image, "image", "", "picture to search by (JPEG, PNG, WebP, GIF)")
	flags.StringVar(&clip, "clip", "", "short film to search by (MP4, WebM, GIF); needs ffmpeg")
	flags.Float64SliceVar(&crop, "crop", nil, "part of the picture that is meant: x,y,width,height in shares of it, as in 0,0.5,1,0.5")
	flags.StringVar(&q.ImageURL, "image-url", "", "URL of a picture to search by")
	flags.StringSliceVar(&q.Like, "like", nil, "product ids to find more like")
	flags.StringSliceVar(&q.Unlike, "unlike", nil, "product ids to stay away from")
	flags.Float64Var(&q.Weights.Text, "text-weight", 0, "share of the words in a composed query")
	flags.Float64Var(&q.Weights.Image, "image-weight", 0, "share of the picture in a composed query")
	flags.Float64Var(&q.Weights.Like, "like-weight", 0, "share of the examples in a composed query")
	flags.StringVar(&filter, "filter", "", "condition, as in 'brand = HP AND price < 500'")
	flags.StringSliceVar(&q.Facets, "facets", nil, "fields to count values of")
	flags.StringSliceVar(&q.DisjunctiveFacets, "disjunctive-facets", nil, "fields to count values of as if the filter did not speak of them")
	flags.StringSliceVar(&q.Sort, "sort", nil, "fields to sort by instead of relevance, as in price:asc,rating:desc")
	flags.StringVar(&q.Collapse, "collapse", "", "field, as group, of whose products with the same value only the best is listed")
	flags.StringSliceVar(&boosts, "boost", nil, "field, weight, and pivot or half-life in days, as in sales:0.2:100,released:0.3:30d")
	flags.StringSliceVar(&q.Context, "context", nil, "where the query comes from, for the rules of the shop")
	flags.StringSliceVar(&q.Segments, "segments", nil, "to whom the shopper belongs, for the rules of the shop")
	flags.BoolVar(&q.NoRules, "no-rules", false, "leave the rules and boosts of the index aside")
	flags.StringVar(&q.Cursor, "cursor", "", "the next_cursor of the results before, to go on after them")
	flags.StringVar(&mode, "mode", "", "keyword, vector, hybrid or ranked (default ranked)")
	flags.IntVar(&q.Page, "page", 1, "page, from 1")
	flags.IntVarP(&q.PageSize, "number", "n", 10, "hits of a page")
	flags.Float64Var(&q.Diversity, "diversity", 0, "from 0, only relevance, to 1, only novelty")
	flags.BoolVar(&literal, "literal", false, "take words for themselves: do not read prices, colours, kinds of product or negation out of them")
	flags.BoolVar(&q.Explain, "explain", false, "say why each hit stands where it stands, and where the time went")
	return cmd
}

// open opens the engine and tells the index that is meant; an index that does not exist is an error that says what to do.
func (s *settings) open(ctx context.Context) (*engine, string, error) {
	config, err := s.config()
	if err != nil {
		return nil, "", err
	}
	e, err := openEngine(ctx, config, false)
	if err != nil {
		return nil, "", err
	}
	if names := e.indexes.Names(); !slices.Contains(names, e.indexes.Resolve(config.Index.Name)) {
		hint := "build it with: vitrine index FILE"
		if len(names) > 0 {
			hint = "there are: " + strings.Join(names, ", ")
		}
		return nil, "", joinClose(vitrine.Errorf(vitrine.NotFound, "index %q in folder %s: does not exist; %s", config.Index.Name, config.Data, hint), e.close)
	}
	return e, config.Index.Name, nil
}

func printResults(cmd *cobra.Command, r *vitrine.Results) {
	cmd.Printf("%d products, %.1f ms\n", r.Total, r.TookMS)
	if r.Groups > 0 {
		cmd.Printf("%d groups\n", r.Groups)
	}
	if r.Redirect != "" {
		cmd.Printf("redirect: %s\n", r.Redirect)
	}
	for _, b := range r.Banners {
		cmd.Printf("banner of rule %s: %s %s %s\n", b.Rule, b.Title, b.Text, b.URL)
	}
	if r.Heard != nil {
		cmd.Printf("heard: %s (%.0f %% sure)\n", r.Heard.Text, 100*r.Heard.Confidence)
	}
	if r.DidYouMean != "" {
		cmd.Printf("did you mean: %s\n", r.DidYouMean)
	}
	for _, d := range r.Degraded {
		cmd.Printf("degraded: %s\n", d)
	}
	for _, given := range r.Relaxed {
		cmd.Printf("relaxed: %s\n", given)
	}
	if r.Understood != nil {
		printUnderstood(cmd, r.Understood)
	}
	for i, h := range r.Hits {
		price := ""
		if h.Product.Price != 0 {
			price = fmt.Sprintf("%.2f %s", h.Product.Price, h.Product.Currency)
		}
		cmd.Printf("%3d  %7.3f  %-14s %12s  %s\n", i+1, h.Score, h.ID, price, h.Product.Title)
		if h.VariantCount > 0 {
			cmd.Printf("       and %d variants\n", h.VariantCount)
		}
		if h.Explain != nil {
			printExplain(cmd, h.Explain)
		}
	}
	printFacets(cmd, r.Facets)
	for _, stage := range r.Stages {
		cmd.Printf("%-16s %8.2f ms %5.1f %%\n", stage.Name, stage.MS, 100*stage.Share)
	}
}

func printFacets(cmd *cobra.Command, facets map[string]vitrine.Facet) {
	for _, field := range sortedKeys(facets) {
		facet := facets[field]
		cmd.Printf("%s:", field)
		if facet.Min != nil && facet.Max != nil {
			cmd.Printf(" %g … %g", *facet.Min, *facet.Max)
		}
		for _, r := range facet.Ranges {
			cmd.Printf("  %s (%d)", rangeText(r), r.Count)
		}
		cmd.Println(valuesText(facet.Values))
	}
}

func rangeText(r vitrine.FacetRange) string {
	switch {
	case r.From == nil && r.To == nil:
		return "all"
	case r.From == nil:
		return fmt.Sprintf("below %g", *r.To)
	case r.To == nil:
		return fmt.Sprintf("from %g", *r.From)
	}
	return fmt.Sprintf("%g to %g", *r.From, *r.To)
}

func valuesText(values []vitrine.FacetValue) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "  %s (%d)%s", v.Value, v.Count, valuesText(v.Children))
	}
	return b.String()
}

func printExplain(cmd *cobra.Command, e *vitrine.Explain) {
	for _, l := range e.Legs {
		cmd.Printf("       leg %s: rank %d, score %.3f\n", l.Leg, l.Rank, l.Score)
	}
	cmd.Printf("       fused: %.4f\n", e.Fused)
	for _, f := range e.Features {
		cmd.Printf("       %s = %.3f adds %.3f\n", f.Name, f.Value, f.Contribution)
	}
	for _, b := range e.Boosts {
		cmd.Printf("       boost %s = %.3f adds %.3f\n", b.Name, b.Signal, b.Contribution)
	}
	for _, a := range e.Rules {
		cmd.Printf("       rule %s: %s\n", a.Rule, a.Action)
	}
}

func newSuggest(s *settings) *cobra.Command {
	var k int
	cmd := &cobra.Command{
		Use:   "suggest PREFIX",
		Short: "Complete what a shopper has typed so far",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if k < 1 {
				return vitrine.Errorf(vitrine.Invalid, "--number %d: give 1 or more", k)
			}
			e, name, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			suggestions, err := e.Suggest(cmd.Context(), name, strings.Join(args, " "), k)
			if err := joinClose(err, e.close); err != nil {
				return err
			}
			return s.print(cmd, map[string]any{"suggestions": suggestions}, func() {
				for _, g := range suggestions {
					cmd.Printf("%-40s %-10s %6d\n", g.Text, g.Kind, g.Count)
				}
			})
		},
	}
	cmd.Flags().IntVarP(&k, "number", "n", 10, "most suggestions")
	return cmd
}

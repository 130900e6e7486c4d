package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/loaders"
	"vitrine/loaders/enrich"
)

// attributesReport is the JSON of `eval attributes`: by attribute, how well it is guessed from titles and from pictures.
type attributesReport struct {
	Title map[string]enrich.Figures `json:"title"`
	Image map[string]enrich.Figures `json:"image,omitempty"`
	// Spans are the parts of titles that name a product's own values: all together and by attribute.
	Spans     enrich.SpanFigures            `json:"spans"`
	SpanTypes map[string]enrich.SpanFigures `json:"span_types"`
	// Train and Test count products, and those of them with a picture that can be read.
	Train         int     `json:"train"`
	Test          int     `json:"test"`
	TrainPictures int     `json:"train_pictures"`
	TestPictures  int     `json:"test_pictures"`
	LearnSeconds  float64 `json:"learn_s"`
}

// attributeNames are the measured attributes by the name that a report uses, each with the names that catalogues give it once loaded.
var attributeNames = []struct {
	name   string
	fields []string
	image  bool
}{
	{"article_type", []string{"article_type"}, true},
	{"base_colour", []string{"base_colour", "colour", "color"}, true},
	{"gender", []string{"gender"}, false},
	{"usage", []string{"usage"}, false},
	{"season", []string{"season"}, false},
	{"year", []string{"year"}, false},
}

func newEvalAttributes(s *settings) *cobra.Command {
	var train, test, images string
	var noPictures bool
	cmd := &cobra.Command{
		Use:   "attributes",
		Short: "Measure how well attributes are read from titles and pictures",
		Long: "Learns article_type, base_colour, gender, usage and season from one catalogue and guesses them for the products of another from the\n" +
			"title alone, and the first two from the picture alone. A product whose own value is missing (empty, NA) is not counted for it. Spans are\n" +
			"the places in titles that name the product's own value, found by a tagger that sees the title only.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			learn, ask, err := readBoth(cmd.Context(), train, test)
			if err != nil {
				return err
			}
			report, err := evalTitles(cmd.Context(), learn, ask)
			if err == nil && !noPictures {
				err = s.evalPictures(cmd.Context(), learn, ask, images, report)
			}
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printAttributes(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&train, "train", "", "catalogue to learn from")
	flags.StringVar(&test, "test", "", "catalogue to be asked about")
	flags.StringVar(&images, "images", "", "folder that picture paths start from (default each catalogue's folder)")
	flags.BoolVar(&noPictures, "no-pictures", false, "measure titles only")
	_ = cmd.MarkFlagRequired("train")
	_ = cmd.MarkFlagRequired("test")
	return cmd
}

// readBoth reads the catalogues to learn from and to ask about.
func readBoth(ctx context.Context, trainPath, testPath string) (train, test *attributed, err error) {
	if train, err = readAttributed(ctx, trainPath); err != nil {
		return nil, nil, err
	}
	if test, err = readAttributed(ctx, testPath); err != nil {
		return nil, nil, err
	}
	for _, a := range attributeNames {
		if train.has(a.name) && test.has(a.name) && a.name != "year" {
			return train, test, nil
		}
	}
	return nil, nil, vitrine.Errorf(vitrine.Invalid, "%s and %s: have none of the measured attributes in common", trainPath, testPath)
}

// evalTitles measures what titles alone tell.
func evalTitles(ctx context.Context, train, test *attributed) (*attributesReport, error) {
	report := &attributesReport{Train: len(train.products), Test: len(test.products)}
	var names []string
	for _, a := range attributeNames {
		if train.has(a.name) && test.has(a.name) && a.name != "year" {
			names = append(names, a.name)
		}
	}
	start := time.Now()
	texts, err := enrich.LearnTexts(ctx, train.titles(), train.known, names, enrich.TextOptions{Companions: map[string]string{"season": "year"}})
	if err != nil {
		return nil, err
	}
	tagger, err := enrich.LearnTagger(ctx, train.titles(), train.known, names, enrich.TaggerOptions{})
	if err != nil {
		return nil, err
	}
	report.LearnSeconds = time.Since(start).Seconds()
	report.Spans, report.SpanTypes = judgeSpans(tagger, test, names)
	guesses := make([][]enrich.Guess, len(test.products))
	for i, title := range test.titles() {
		guesses[i] = texts.Read(title)
	}
	report.Title = enrich.Judge(guesses, test.known)
	return report, nil
}

// judgeSpans compares the spans that a tagger finds in titles with those that name the products' own values, for the attributes it learned.
func judgeSpans(tagger *enrich.Tagger, test *attributed, names []string) (enrich.SpanFigures, map[string]enrich.SpanFigures) {
	found, truth := make([][]enrich.Span, len(test.products)), make([][]enrich.Span, len(test.products))
	for i, title := range test.titles() {
		truth[i] = enrich.Named(title, test.known[i], names)
		for _, s := range tagger.Spans(title) {
			if slices.Contains(names, s.Attribute) {
				found[i] = append(found[i], s)
			}
		}
	}
	return enrich.JudgeSpans(found, truth)
}

// attributed are products with what is known of them by the names of [attributeNames].
type attributed struct {
	path     string
	products []*vitrine.Product
	known    []enrich.Values
}

func readAttributed(ctx context.Context, path string) (*attributed, error) {
	source, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	a := &attributed{path: path}
	for row, err := range source.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		known := enrich.Values{}
		for _, n := range attributeNames {
			for _, field := range n.fields {
				if v, ok := row.Product.Attributes[field]; ok && !enrich.Missing(v.String()) {
					known[n.name] = v.String()
					break
				}
			}
		}
		a.products, a.known = append(a.products, row.Product), append(a.known, known)
	}
	if len(a.products) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: has no product", path)
	}
	return a, nil
}

// has reports whether any product has the attribute.
func (a *attributed) has(name string) bool {
	for _, k := range a.known {
		if k[name] != "" {
			return true
		}
	}
	return false
}

func (a *attributed) titles() []string {
	titles := make([]string, len(a.products))
	for i, p := range a.products {
		titles[i] = p.Title
	}
	return titles
}

func printAttributes(cmd *cobra.Command, r *attributesReport) {
	cmd.Printf("%d products to learn from, %d to be asked about, learned in %.1f s\n", r.Train, r.Test, r.LearnSeconds)
	for _, source := range []struct {
		name    string
		figures map[string]enrich.Figures
	}{{"title", r.Title}, {"image", r.Image}} {
		for _, a := range attributeNames {
			if f, ok := source.figures[a.name]; ok {
				cmd.Printf("%s → %-13s accuracy %.4f   macro F1 %.4f   (%d products)\n", source.name, strings.ReplaceAll(a.name, "_", " "), f.Accuracy, f.MacroF1, f.Products)
			}
		}
	}
	cmd.Printf("spans in titles   precision %.4f   recall %.4f   F1 %.4f\n", r.Spans.Precision, r.Spans.Recall, r.Spans.F1)
	for _, a := range sortedKeys(r.SpanTypes) {
		f := r.SpanTypes[a]
		cmd.Printf("  %-15s precision %.4f   recall %.4f   F1 %.4f   (%d true, %d found)\n", a, f.Precision, f.Recall, f.F1, f.True, f.Found)
	}
}

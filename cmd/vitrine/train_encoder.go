package main

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/adapt"
	"vitrine/loaders"
	"vitrine/loaders/pictures"
)

// encoderTraining are the flags of `train encoder`.
type encoderTraining struct {
	products, images, split, model, name, out, cache string
	limit                                            int
	force                                            bool
	adapt.Options
}

// trainingReport is the JSON of `train encoder`.
type trainingReport struct {
	*adapt.Report
	Base string `json:"base"`
	// Model and Folder are of the model that was written; empty when none was.
	Model      string `json:"model,omitempty"`
	Folder     string `json:"folder,omitempty"`
	Unreadable int    `json:"unreadable_images"`
	// EmbedSeconds is how long the towers took, TrainSeconds the adapter.
	EmbedSeconds float64 `json:"embed_s"`
	TrainSeconds float64 `json:"train_s"`
}

func newTrain(s *settings) *cobra.Command {
	return newGroup("train", "Learn from the shop's own data", newTrainEncoder(s))
}

func newTrainEncoder(s *settings) *cobra.Command {
	var t encoderTraining
	cmd := &cobra.Command{
		Use:   "encoder",
		Short: "Fit the joint encoder to the shop's pictures and titles",
		Long: "Learns a small adapter behind the towers from the catalogue's pictures and titles, and writes a model folder with it when it is\n" +
			"better on products that it has not seen: title → image mAP gains more than luck gives, and nothing else loses more than --loss.\n" +
			"Otherwise nothing is written and the exit status is 1, unless --force is given. Set models.text and models.joint to the name of the\n" +
			"new model (or the path of its folder) and build the index anew to use it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := t.run(cmd.Context(), s)
			if report != nil {
				if err := s.print(cmd, report, func() { report.describe(cmd) }); err != nil {
					return err
				}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&t.products, "products", "", "catalogue with pictures")
	flags.StringVar(&t.images, "images", "", "folder that the catalogue's picture paths start from (default the catalogue's folder)")
	flags.StringVar(&t.split, "split", "", "learn only from products whose attribute \"split\" has this value")
	flags.StringVar(&t.model, "model", "", "model to adapt, by name or folder (default models.joint of the settings)")
	flags.StringVar(&t.name, "name", "", "name of the new model (default that of the model with -shop)")
	flags.StringVar(&t.out, "out", "", "folder of the new model, which must not exist (default its name in models.dir)")
	flags.StringVar(&t.cache, "cache", "", "file that keeps the pictures' vectors, so that a second run doesn't encode them again")
	flags.IntVar(&t.limit, "limit", 0, "learn only from the first so many products (0 all)")
	flags.BoolVar(&t.force, "force", false, "write the model even when it is no better")
	flags.IntVar(&t.Epochs, "epochs", 60, "most passes over the pictures")
	flags.Float64Var(&t.Held, "held", 0.15, "share of titles that judge, and as many again that say when to stop")
	flags.Float64Var(&t.Rate, "rate", 0, "learning rate (0 the default)")
	flags.Float64Var(&t.Decay, "decay", 0, "pull towards the model as it is (0 the default)")
	flags.Float64Var(&t.Loss, "loss", 0.01, "most that another figure may lose")
	flags.Uint64Var(&t.Seed, "seed", 1, "seed of the split and the order of pictures")
	return cmd
}

func (t *encoderTraining) run(ctx context.Context, s *settings) (*trainingReport, error) {
	if t.products == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "--products must be given")
	}
	config, err := s.config()
	if err != nil {
		return nil, err
	}
	config.Models.Joint = cmp.Or(t.model, config.Models.Joint)
	config.Models.Text = config.Models.Joint
	base, err := embed.Models{Dir: config.Models.Dir}.Find(config.Models.Joint)
	if err != nil {
		return nil, err
	}
	if t.Floor, err = base.Adaptable(); err != nil {
		return nil, err
	}
	t.name = cmp.Or(t.name, base.Name+"-shop")
	t.out = cmp.Or(t.out, filepath.Join(config.Models.Dir, t.name))
	if err := base.Free(t.out, t.name); err != nil {
		return nil, err
	}
	report := &trainingReport{Base: base.ID()}
	start := time.Now()
	encoder, err := openEncoder(config)
	if err != nil {
		return nil, err
	}
	pairs, unreadable, err := t.pairs(ctx, encoder, base.ID())
	if err := joinClose(err, encoder.Close); err != nil {
		return nil, err
	}
	report.Unreadable, report.EmbedSeconds = unreadable, time.Since(start).Seconds()
	start = time.Now()
	bar := newProgress("learn", int64(t.Epochs))
	t.Progress = func(epoch, epochs int, _ float64) { bar.set("learn", int64(epoch), int64(epochs)) }
	adapter, learned, err := adapt.Train(ctx, pairs, t.Options)
	bar.end()
	if err != nil {
		return nil, err
	}
	report.Report, report.TrainSeconds = learned, time.Since(start).Seconds()
	if !learned.Better && !t.force {
		return report, vitrine.Errorf(vitrine.Conflict, "no model was written: %s", learned.Reason)
	}
	model, err := base.Adapted(t.out, t.name, adapter, learned.Floor)
	if err != nil {
		return nil, err
	}
	report.Model, report.Folder = model.ID(), model.Folder()
	return report, nil
}

// pairs reads the catalogue and encodes its titles, categories and first pictures.
func (t *encoderTraining) pairs(ctx context.Context, encoder *embed.Encoder, model string) (pairs *adapt.Pairs, unreadable int, err error) {
	fetcher, err := pictures.New(pictures.Options{Root: cmp.Or(t.images, filepath.Dir(t.products))})
	if err != nil {
		return nil, 0, err
	}
	defer fetcher.Close()
	source, err := loaders.Open(t.products, loaders.Options{})
	if err != nil {
		return nil, 0, err
	}
	defer source.Close()
	var items []labelled
	for row, err := range source.Rows(ctx) {
		if err != nil {
			return nil, 0, err
		}
		p := row.Product
		if at := p.Attributes["split"]; t.split != "" && at.String() != t.split || len(p.Images) == 0 || p.Title == "" {
			continue
		}
		item := labelled{id: p.Images[0], title: p.Title}
		if n := len(p.Category); n > 0 {
			item.category = p.Category[n-1]
		}
		if items = append(items, item); t.limit > 0 && len(items) == t.limit {
			break
		}
	}
	if len(items) == 0 {
		return nil, 0, vitrine.Errorf(vitrine.Invalid, "%s: no product has a title, a picture and the split %q", t.products, t.split)
	}
	kept, err := openPictureVectors(t.cache, model)
	if err != nil {
		return nil, 0, err
	}
	read := func(ref string) ([]byte, error) { return fetcher.Fetch(ctx, ref) }
	err = kept.fill(ctx, encoder, items, read)
	if err := joinClose(err, kept.save); err != nil {
		return nil, 0, err
	}
	seen := slices.DeleteFunc(slices.Clone(items), func(i labelled) bool { return i.vector == nil })
	if len(seen) == 0 {
		return nil, 0, vitrine.Errorf(vitrine.Invalid, "%s: none of %d pictures can be read", t.products, len(items))
	}
	pairs, err = pairsOf(ctx, encoder, seen)
	return pairs, len(items) - len(seen), err
}

// pairsOf encodes the titles and categories of pictures.
func pairsOf(ctx context.Context, encoder *embed.Encoder, items []labelled) (*adapt.Pairs, error) {
	pairs := &adapt.Pairs{}
	titles, categories := map[string]int{}, map[string]int{}
	var names []string
	for _, item := range items {
		title, ok := titles[item.title]
		if !ok {
			title = len(pairs.Titles)
			titles[item.title] = title
			pairs.Titles = append(pairs.Titles, item.title)
		}
		category := -1
		if item.category != "" {
			if category, ok = categories[item.category]; !ok {
				category = len(names)
				categories[item.category] = category
				names = append(names, item.category)
			}
		}
		pairs.Pictures = append(pairs.Pictures, item.vector)
		pairs.Title, pairs.Category = append(pairs.Title, title), append(pairs.Category, category)
	}
	for _, list := range []struct {
		texts []string
		into  *[][]float32
	}{{pairs.Titles, &pairs.Texts}, {names, &pairs.Categories}} {
		vectors, err := encoder.Texts(ctx, list.texts)
		if err != nil {
			return nil, err
		}
		for _, v := range vectors {
			*list.into = append(*list.into, v[vitrine.SpaceJoint])
		}
	}
	return pairs, nil
}

func (r *trainingReport) describe(cmd *cobra.Command) {
	cmd.Printf("%d pictures: %d to learn from, %d to stop by, %d held back (%d titles); %d unreadable\n", r.Pictures, r.Learn, r.Stop, r.Judge, r.Titles, r.Unreadable)
	cmd.Printf("encoded in %.0f s, learned in %.0f s (%d epochs)\n", r.EmbedSeconds, r.TrainSeconds, r.Epochs)
	row := func(name string, before, after float64) { cmd.Printf("%-24s %.3f → %.3f\n", name, before, after) }
	row("title → image mAP", r.Before.TitleMAP, r.After.TitleMAP)
	row("title → image R@10", r.Before.TitleR10, r.After.TitleR10)
	row("image → title MRR", r.Before.ImageTitleRR, r.After.ImageTitleRR)
	row("category → image P@10", r.Before.CategoryP10, r.After.CategoryP10)
	row("image → image P@10", r.Before.ImageP10, r.After.ImageP10)
	if r.Model != "" {
		cmd.Printf("wrote %s to %s\n", r.Model, r.Folder)
	}
}

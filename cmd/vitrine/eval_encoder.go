package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed"
	"vitrine/loaders"
	"vitrine/loaders/pictures"
	"vitrine/retrieve/relevance"
)

// encoderReport is the JSON of `eval encoder` on a catalogue. Every figure is the mean over its queries.
type encoderReport struct {
	TitleToImage    map[string]float64 `json:"title_to_image"`
	CategoryToImage map[string]float64 `json:"category_to_image"`
	ImageToImage    map[string]float64 `json:"image_to_image"`
	Images          int                `json:"images"`
	Titles          int                `json:"titles"`
	Categories      int                `json:"categories"`
	Unreadable      int                `json:"unreadable_images"`
	// Before is of the settings' model, where another was asked for.
	Before *encoderReport `json:"before,omitempty"`
}

// folderReport is the JSON of `eval encoder` on folders of pictures, one per class.
type folderReport struct {
	ZeroShotAccuracy float64            `json:"zero_shot_accuracy"`
	TextToImage      map[string]float64 `json:"text_to_image"`
	ImageToImage     map[string]float64 `json:"image_to_image"`
	Images           int                `json:"images"`
	Classes          int                `json:"classes"`
	Unreadable       int                `json:"unreadable_images"`
	// Before is of the settings' model, where another was asked for.
	Before *folderReport `json:"before,omitempty"`
}

func newEvalEncoder(s *settings) *cobra.Command {
	var products, images, split, folder, model string
	var limit int
	cmd := &cobra.Command{
		Use:   "encoder",
		Short: "Measure how well words find pictures, and pictures pictures",
		Long: "Measures the joint encoder on a catalogue with pictures: each title and each category (the narrowest level) is a query for\n" +
			"the pictures of its products, and each picture is a query for those of its category. With --image-folder the classes are the\n" +
			"names of its sub-folders. With --model that model is measured, and the one of the settings before it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (products == "") == (folder == "") {
				return vitrine.Errorf(vitrine.Invalid, "one of --products and --image-folder must be given")
			}
			config, err := s.config()
			if err != nil {
				return err
			}
			if folder != "" {
				report, before, err := beforeAndAfter(config, model, func(e *embed.Encoder) (*folderReport, error) { return evalFolder(cmd.Context(), e, folder) })
				if err != nil {
					return err
				}
				report.Before = before
				return s.print(cmd, report, func() { printFolderReport(cmd, report) })
			}
			report, before, err := beforeAndAfter(config, model, func(e *embed.Encoder) (*encoderReport, error) {
				return evalCatalogue(cmd.Context(), e, products, images, split, limit)
			})
			if err != nil {
				return err
			}
			report.Before = before
			return s.print(cmd, report, func() { printEncoderReport(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&products, "products", "", "catalogue with pictures")
	flags.StringVar(&images, "images", "", "folder that the catalogue's picture paths start from (default the catalogue's folder)")
	flags.StringVar(&split, "split", "", "measure only products whose attribute \"split\" has this value, as in val")
	flags.StringVar(&folder, "image-folder", "", "folder with one sub-folder of pictures per class")
	flags.StringVar(&model, "model", "", "model to measure beside that of the settings, by name or folder")
	flags.IntVar(&limit, "limit", 0, "measure only the first so many products (0 all)")
	return cmd
}

// beforeAndAfter measures the settings' encoder, and after it the model asked for, if any; before is nil when none is.
func beforeAndAfter[R any](config *configs.Config, model string, measure func(*embed.Encoder) (*R, error)) (report, before *R, err error) {
	run := func() (*R, error) {
		encoder, err := openEncoder(config)
		if err != nil {
			return nil, err
		}
		report, err := measure(encoder)
		return report, joinClose(err, encoder.Close)
	}
	if report, err = run(); err != nil || model == "" {
		return report, nil, err
	}
	before = report
	config.Models.Text, config.Models.Joint = model, model
	report, err = run()
	return report, before, err
}

// labelled is a picture's vector with what it shows.
type labelled struct {
	id, title, category string
	vector              []float32
}

// evalCatalogue embeds the pictures of a catalogue and asks for them by title, by category and by picture.
func evalCatalogue(ctx context.Context, encoder *embed.Encoder, path, root, split string, limit int) (*encoderReport, error) {
	if root == "" {
		root = filepath.Dir(path)
	}
	fetcher, err := pictures.New(pictures.Options{Root: root})
	if err != nil {
		return nil, err
	}
	defer fetcher.Close()
	source, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	var items []labelled
	var refs []string
	for row, err := range source.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		p := row.Product
		if at := p.Attributes["split"]; split != "" && at.String() != split || len(p.Images) == 0 || len(p.Category) == 0 {
			continue
		}
		items = append(items, labelled{id: p.ID, title: p.Title, category: p.Category[len(p.Category)-1]})
		refs = append(refs, p.Images[0])
		if limit > 0 && len(items) == limit {
			break
		}
	}
	if len(items) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: no product has a picture, a category and the split %q", path, split)
	}
	read := func(i int) ([]byte, error) { return fetcher.Fetch(ctx, refs[i]) }
	items, unreadable, err := embedPictures(ctx, encoder, items, read)
	if err != nil {
		return nil, err
	}
	report := &encoderReport{Images: len(items), Unreadable: unreadable}
	byTitle, err := textToImage(ctx, encoder, items, func(i labelled) string { return i.title })
	if err != nil {
		return nil, err
	}
	report.Titles = byTitle.queries
	report.TitleToImage = map[string]float64{"map": byTitle.ap, "p@1": byTitle.p1, "r@10": byTitle.r10, "mrr": byTitle.rr}
	byCategory, err := textToImage(ctx, encoder, items, func(i labelled) string { return i.category })
	if err != nil {
		return nil, err
	}
	report.Categories = byCategory.queries
	report.CategoryToImage = map[string]float64{"p@1": byCategory.p1, "p@10": byCategory.p10, "mrr": byCategory.rr}
	report.ImageToImage = map[string]float64{"p@10": imageToImage(items).p10}
	return report, nil
}

// evalFolder embeds the pictures of one folder per class and asks for them by the class's name and by picture.
func evalFolder(ctx context.Context, encoder *embed.Encoder, root string) (*folderReport, error) {
	var items []labelled
	classes, err := os.ReadDir(root)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "image folder: %w", err)
	}
	for _, class := range classes {
		if !class.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(root, class.Name()))
		if err != nil {
			return nil, fmt.Errorf("image folder: %w", err)
		}
		for _, file := range files {
			if file.Type().IsRegular() {
				items = append(items, labelled{id: filepath.Join(root, class.Name(), file.Name()), category: className(class.Name())})
			}
		}
	}
	items, unreadable, err := embedPictures(ctx, encoder, items, func(i int) ([]byte, error) { return os.ReadFile(items[i].id) })
	if err != nil {
		return nil, err
	}
	byClass, err := textToImage(ctx, encoder, items, func(i labelled) string { return i.category })
	if err != nil {
		return nil, err
	}
	byImage := imageToImage(items)
	return &folderReport{
		ZeroShotAccuracy: byClass.accuracy,
		TextToImage:      map[string]float64{"p@1": byClass.p1, "p@10": byClass.p10},
		ImageToImage:     map[string]float64{"p@1": byImage.p1, "p@10": byImage.p10},
		Images:           len(items), Classes: byClass.queries, Unreadable: unreadable,
	}, nil
}

// className turns a folder's name into words.
func className(folder string) string {
	return strings.Join(strings.FieldsFunc(folder, func(r rune) bool { return r == '_' || r == '-' || r == ' ' }), " ")
}

// embedPictures fills the vectors in and leaves out, and counts, the items whose picture cannot be read.
func embedPictures(ctx context.Context, encoder *embed.Encoder, items []labelled, read func(i int) ([]byte, error)) (kept []labelled, unreadable int, err error) {
	const batch = 64
	bar := newProgress("embed pictures", int64(len(items)))
	defer bar.end()
	for start := 0; start < len(items); start += batch {
		end := min(start+batch, len(items))
		var data [][]byte
		var of []int
		for i := start; i < end; i++ {
			b, err := read(i)
			if err != nil {
				unreadable++
				continue
			}
			data, of = append(data, b), append(of, i)
		}
		vectors, errs := encoder.Images(ctx, data)
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		for j, i := range of {
			if errs[j] != nil {
				if vitrine.CodeOf(errs[j]) != vitrine.Invalid && vitrine.CodeOf(errs[j]) != vitrine.TooLarge {
					return nil, 0, errs[j]
				}
				unreadable++
				continue
			}
			items[i].vector = vectors[j][vitrine.SpaceJoint]
			kept = append(kept, items[i])
		}
		bar.set("embed pictures", int64(end), int64(len(items)))
	}
	if len(kept) == 0 {
		return nil, 0, vitrine.Errorf(vitrine.Invalid, "none of %d pictures can be read", len(items))
	}
	return kept, unreadable, nil
}

// figures are means over queries: average precision, precision at 1 and 10, recall at 10, reciprocal rank; and the share of pictures whose
// nearest query text is their own.
type figures struct {
	queries                        int
	ap, p1, p10, r10, rr, accuracy float64
}

// textToImage asks for the pictures by each distinct label; every picture with that label is relevant.
func textToImage(ctx context.Context, encoder *embed.Encoder, items []labelled, label func(labelled) string) (figures, error) {
	relevant := map[string]map[string]int{}
	for i, item := range items {
		l := label(item)
		if relevant[l] == nil {
			relevant[l] = map[string]int{}
		}
		relevant[l][strconv.Itoa(i)] = 1
	}
	labels := sortedKeys(relevant)
	vectors, err := encoder.Texts(ctx, labels)
	if err != nil {
		return figures{}, err
	}
	f := figures{queries: len(labels)}
	type best struct {
		label string
		score float32
	}
	nearest := make([]best, len(items))
	for q, l := range labels {
		scores := make([]float32, len(items))
		for i, item := range items {
			scores[i] = dot(vectors[q][vitrine.SpaceJoint], item.vector)
			if nearest[i].label == "" || scores[i] > nearest[i].score {
				nearest[i] = best{l, scores[i]}
			}
		}
		f.add(ranking(scores, -1), relevant[l])
	}
	for i, item := range items {
		if nearest[i].label == label(item) {
			f.accuracy++
		}
	}
	f.accuracy /= float64(len(items))
	f.mean(len(labels))
	return f, nil
}

// imageToImage asks with each picture for the others of its category; a category of one picture asks nothing.
func imageToImage(items []labelled) figures {
	byCategory := map[string]map[string]int{}
	for i, item := range items {
		if byCategory[item.category] == nil {
			byCategory[item.category] = map[string]int{}
		}
		byCategory[item.category][strconv.Itoa(i)] = 1
	}
	var f figures
	for i, item := range items {
		grades := byCategory[item.category]
		if len(grades) < 2 {
			continue
		}
		scores := make([]float32, len(items))
		for j, other := range items {
			scores[j] = dot(item.vector, other.vector)
		}
		self := strconv.Itoa(i)
		delete(grades, self)
		f.add(ranking(scores, i), grades)
		grades[self] = 1
		f.queries++
	}
	f.mean(f.queries)
	return f
}

func (f *figures) add(ranked []string, grades map[string]int) {
	f.ap += relevance.AveragePrecision(ranked, grades)
	f.p1 += relevance.Precision(ranked, grades, 1)
	f.p10 += relevance.Precision(ranked, grades, 10)
	f.r10 += relevance.Recall(ranked, grades, 10)
	f.rr += relevance.ReciprocalRank(ranked, grades, 1)
}

func (f *figures) mean(queries int) {
	n := float64(max(queries, 1))
	f.ap, f.p1, f.p10, f.r10, f.rr = f.ap/n, f.p1/n, f.p10/n, f.r10/n, f.rr/n
}

// ranking orders the items by score, best first, ties by position, without the item skip.
func ranking(scores []float32, skip int) []string {
	order := make([]int, 0, len(scores))
	for i := range scores {
		if i != skip {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	ids := make([]string, len(order))
	for r, i := range order {
		ids[r] = strconv.Itoa(i)
	}
	return ids
}

func dot(a, b []float32) float32 {
	var sum float32
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func printEncoderReport(cmd *cobra.Command, r *encoderReport) {
	if r.Before != nil {
		cmd.Println("before:")
		printEncoderReport(cmd, r.Before)
		cmd.Println("after:")
	}
	cmd.Printf("%d pictures, %d titles, %d categories, %d unreadable\n", r.Images, r.Titles, r.Categories, r.Unreadable)
	cmd.Printf("title → image     mAP %.3f   P@1 %.3f   R@10 %.3f   MRR %.3f\n", r.TitleToImage["map"], r.TitleToImage["p@1"], r.TitleToImage["r@10"], r.TitleToImage["mrr"])
	cmd.Printf("category → image  P@1 %.3f   P@10 %.3f   MRR %.3f\n", r.CategoryToImage["p@1"], r.CategoryToImage["p@10"], r.CategoryToImage["mrr"])
	cmd.Printf("image → image     P@10 %.3f\n", r.ImageToImage["p@10"])
}

func printFolderReport(cmd *cobra.Command, r *folderReport) {
	if r.Before != nil {
		cmd.Println("before:")
		printFolderReport(cmd, r.Before)
		cmd.Println("after:")
	}
	cmd.Printf("%d pictures in %d classes, %d unreadable\n", r.Images, r.Classes, r.Unreadable)
	cmd.Printf("zero-shot accuracy %.3f\n", r.ZeroShotAccuracy)
	cmd.Printf("text → image       P@1 %.3f   P@10 %.3f\n", r.TextToImage["p@1"], r.TextToImage["p@10"])
	cmd.Printf("image → image      P@1 %.3f   P@10 %.3f\n", r.ImageToImage["p@1"], r.ImageToImage["p@10"])
}

package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/imaging"
	"vitrine/loaders/enrich"
	"vitrine/loaders/pictures"
)

// evalPictures measures what pictures alone tell; without a picture in both catalogues there is nothing to measure.
func (s *settings) evalPictures(ctx context.Context, train, test *attributed, root string, report *attributesReport) error {
	var names []string
	for _, a := range attributeNames {
		if a.image && train.has(a.name) && test.has(a.name) {
			names = append(names, a.name)
		}
	}
	if len(names) == 0 || !train.pictured() || !test.pictured() {
		return nil
	}
	config, err := s.config()
	if err != nil {
		return err
	}
	encoder, err := openEncoder(config)
	if err != nil {
		return err
	}
	learn, known, err := train.pictures(ctx, encoder, root)
	if err == nil {
		var ask []enrich.Picture
		var truth []enrich.Values
		if ask, truth, err = test.pictures(ctx, encoder, root); err == nil {
			report.TrainPictures, report.TestPictures = len(learn), len(ask)
			report.Image, err = judgePictures(ctx, learn, known, ask, truth, names, &report.LearnSeconds)
		}
	}
	return joinClose(err, encoder.Close)
}

func judgePictures(
	ctx context.Context, learn []enrich.Picture, known []enrich.Values, ask []enrich.Picture, truth []enrich.Values, names []string, seconds *float64,
) (map[string]enrich.Figures, error) {
	start := time.Now()
	model, err := enrich.LearnPictures(ctx, learn, known, names, enrich.PictureOptions{})
	if err != nil {
		return nil, err
	}
	*seconds += time.Since(start).Seconds()
	guesses := make([][]enrich.Guess, len(ask))
	for i, p := range ask {
		guesses[i] = model.Read(p)
	}
	return enrich.Judge(guesses, truth), nil
}

// pictured reports whether any product has a picture.
func (a *attributed) pictured() bool {
	for _, p := range a.products {
		if len(p.Images) > 0 {
			return true
		}
	}
	return false
}

// pictures reads the first picture of every product that has one; those that cannot be read are left out. None at all is Invalid.
func (a *attributed) pictures(ctx context.Context, encoder *embed.Encoder, root string) ([]enrich.Picture, []enrich.Values, error) {
	if root == "" {
		root = filepath.Dir(a.path)
	}
	fetcher, err := pictures.New(pictures.Options{Root: root})
	if err != nil {
		return nil, nil, err
	}
	defer fetcher.Close()
	const batch = 64
	bar := newProgress("read pictures", int64(len(a.products)))
	defer bar.end()
	var out []enrich.Picture
	var known []enrich.Values
	for start := 0; start < len(a.products); start += batch {
		end := min(start+batch, len(a.products))
		var data [][]byte
		var of []int
		for i := start; i < end; i++ {
			if images := a.products[i].Images; len(images) > 0 {
				b, err := fetcher.Fetch(ctx, images[0])
				if err != nil && filepath.IsLocal(images[0]) {
					// The fetcher follows no link out of its folder; whoever measures may have laid one.
					b, err = os.ReadFile(filepath.Join(root, images[0])) //nolint:gosec // the operator names the folder
				}
				if err == nil {
					data, of = append(data, b), append(of, i)
				}
			}
		}
		vectors, errs := encoder.Images(ctx, data)
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		for j, i := range of {
			if code := vitrine.CodeOf(errs[j]); errs[j] != nil && code != vitrine.Invalid && code != vitrine.TooLarge {
				return nil, nil, errs[j]
			}
			picture, err := imaging.Decode(data[j], imaging.Limits{})
			if errs[j] != nil || err != nil {
				continue
			}
			out = append(out, enrich.Picture{Vector: vectors[j][vitrine.SpaceJoint], Colours: enrich.Colours(picture)})
			known = append(known, a.known[i])
		}
		bar.set("read pictures", int64(end), int64(len(a.products)))
	}
	if len(out) == 0 {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "%s: none of its pictures can be read from %s", a.path, root)
	}
	return out, known, nil
}

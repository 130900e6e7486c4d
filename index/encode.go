package index

import (
	"context"
	"fmt"
	"slices"

	"vitrine"
	"vitrine/index/catalog"

	"golang.org/x/sync/errgroup"
)

// row is a product with its place in the source, counted from 1.
type row struct {
	number  int
	product *vitrine.Product
}

// encoded is a batch of products with their vectors, ready to be stored.
type encoded struct {
	entries []catalog.Entry
	report  Report
}

// encode turns rows into entries. Faulty products are left out and reported; a broken picture or clip is reported and its product kept. Vectors of
// products whose text or whose picture and clip references are the same in from are taken from there; a nil from embeds everything.
func (o *Options) encode(ctx context.Context, rows []row, from *Generation) (encoded, error) {
	var e encoded
	rows = slices.DeleteFunc(rows, func(r row) bool {
		err := r.product.Validate()
		if err != nil {
			e.report.note(Problem{Row: r.number, ID: r.product.ID, Message: err.Error(), Rejected: true})
		}
		return err != nil
	})
	e.entries = make([]catalog.Entry, len(rows))
	for i, r := range rows {
		e.entries[i] = catalog.Entry{Product: r.product, Vectors: map[string][][]float32{}}
	}
	e.report.Kept = len(rows)
	if o.Embedder == nil || len(rows) == 0 {
		return e, nil
	}
	stored, err := lookup(ctx, rows, from)
	if err != nil {
		return e, err
	}
	if _, ok := o.Spaces[vitrine.SpaceText]; ok {
		if err := o.encodeTexts(ctx, rows, stored, from, &e); err != nil {
			return e, err
		}
	}
	if _, ok := o.Spaces[vitrine.SpaceJoint]; ok && (o.Pictures != nil || o.Clips != nil) {
		if err := o.encodePictures(ctx, rows, stored, from, &e); err != nil {
			return e, err
		}
	}
	return e, nil
}

// lookup returns what from holds of the rows' products, zero records where it holds nothing.
func lookup(ctx context.Context, rows []row, from *Generation) ([]catalog.Record, error) {
	if from == nil {
		return make([]catalog.Record, len(rows)), nil
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.product.ID
	}
	return from.catalog.Lookup(ctx, ids)
}

// reusable reports whether vectors that g stored in a space mean the same as those that the encoder would make now.
func (o *Options) reusable(g *Generation, space string) bool {
	if g == nil || g.manifest.Spaces[space] != o.Spaces[space] {
		return false
	}
	return space != vitrine.SpaceText || g.manifest.Passage == passageVersion
}

func (o *Options) encodeTexts(ctx context.Context, rows []row, stored []catalog.Record, from *Generation, e *encoded) error {
	const space = vitrine.SpaceText
	reusable := o.reusable(from, space)
	var texts []string
	var at []int
	for i, r := range rows {
		text := Passage(r.product)
		if old := stored[i]; reusable && old.Vectors[space] != nil && Passage(old.Product) == text {
			e.entries[i].Vectors[space] = old.Vectors[space]
			continue
		}
		texts, at = append(texts, text), append(at, i)
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := o.Embedder.Texts(ctx, texts)
	if err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "text encoder: %w", err)
	}
	e.report.Texts += len(texts)
	for j, v := range vectors {
		o.take(&e.entries[at[j]], space, v, rows[at[j]], &e.report)
	}
	return nil
}

// pictureJob is one picture or clip of a row to be embedded.
type pictureJob struct {
	at  int
	ref string
}

func (o *Options) encodePictures(ctx context.Context, rows []row, stored []catalog.Record, from *Generation, e *encoded) error {
	const space = vitrine.SpaceJoint
	reusable := o.reusable(from, space)
	var jobs, films []pictureJob
	for i, r := range rows {
		refs, clips := o.refs(r.product), o.clipRefs(r.product)
		// A picture or clip that failed last time is missing from the vectors, and is tried again.
		if old := stored[i]; reusable && old.Product != nil && len(old.Vectors[space]) == len(refs)+len(clips) &&
			slices.Equal(o.refs(old.Product), refs) && slices.Equal(o.clipRefs(old.Product), clips) {
			e.entries[i].Vectors[space] = old.Vectors[space]
			continue
		}
		for _, ref := range refs {
			jobs = append(jobs, pictureJob{at: i, ref: ref})
		}
		for _, ref := range clips {
			films = append(films, pictureJob{at: i, ref: ref})
		}
	}
	for chunk := range slices.Chunk(jobs, o.Fetchers) {
		if err := o.embedPictures(ctx, chunk, rows, e); err != nil {
			return err
		}
	}
	return o.embedClips(ctx, films, rows, e)
}

// refs are the pictures of a product that are embedded.
func (o *Options) refs(p *vitrine.Product) []string {
	if o.Pictures == nil {
		return nil
	}
	return p.Images[:min(len(p.Images), o.PicturesPerProduct)]
}

// embedPictures fetches pictures side by side, then embeds those that came.
func (o *Options) embedPictures(ctx context.Context, jobs []pictureJob, rows []row, e *encoded) error {
	data, faults := make([][]byte, len(jobs)), make([]error, len(jobs))
	var group errgroup.Group
	for i, job := range jobs {
		group.Go(func() error {
			data[i], faults[i] = o.Pictures.Fetch(ctx, job.ref)
			return nil
		})
	}
	_ = group.Wait()
	var came []int
	var pictures [][]byte
	for i := range jobs {
		if faults[i] == nil {
			came, pictures = append(came, i), append(pictures, data[i])
		}
	}
	vectors := make([]vitrine.Vectors, len(jobs))
	if len(pictures) > 0 {
		made, errs := o.Embedder.Images(ctx, pictures)
		for j, i := range came {
			vectors[i], faults[i] = made[j], errs[j]
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, job := range jobs {
		r := rows[job.at]
		if faults[i] != nil {
			e.report.note(Problem{Row: r.number, ID: r.product.ID, Message: fmt.Sprintf("picture %q: %v", job.ref, faults[i])})
			continue
		}
		e.report.Pictures++
		o.take(&e.entries[job.at], vitrine.SpaceJoint, vectors[i], r, &e.report)
	}
	return nil
}

// take stores the vector of one space in an entry. One that no engine would take is reported and left out: stored, it would bar every later write.
func (o *Options) take(entry *catalog.Entry, space string, v vitrine.Vectors, r row, report *Report) {
	vector, ok := v[space]
	var norm float64
	for _, x := range vector {
		norm += float64(x) * float64(x)
	}
	switch {
	case !ok:
		report.note(Problem{Row: r.number, ID: r.product.ID, Message: fmt.Sprintf("encoder gave no vector for space %q", space)})
	case len(vector) != o.Spaces[space].Dimension || !(norm > 1e-6 && norm < 1e6):
		report.note(Problem{Row: r.number, ID: r.product.ID, Message: fmt.Sprintf("encoder gave an unusable vector for space %q: %d dimensions, squared length %g", space, len(vector), norm)})
	default:
		entry.Vectors[space] = append(entry.Vectors[space], vector)
	}
}

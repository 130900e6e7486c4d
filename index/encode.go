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
// products whose text or whose picture and clip references are the same in one of from are taken from there, the first that has them; nil ones have none.
func (o *Options) encode(ctx context.Context, rows []row, from ...*Generation) (encoded, error) {
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
	stored, err := donors(ctx, rows, from)
	if err != nil {
		return e, err
	}
	if _, ok := o.Spaces[vitrine.SpaceText]; ok {
		if err := o.encodeTexts(ctx, rows, stored, &e); err != nil {
			return e, err
		}
	}
	if _, ok := o.Spaces[vitrine.SpaceJoint]; ok && (o.Pictures != nil || o.Clips != nil) {
		if err := o.encodePictures(ctx, rows, stored, &e); err != nil {
			return e, err
		}
	}
	return e, nil
}

// reusable reports whether vectors that g stored in a space mean the same as those that the encoder would make now.
func (o *Options) reusable(g *Generation, space string) bool {
	if g == nil || g.manifest.Spaces[space] != o.Spaces[space] {
		return false
	}
	return space != vitrine.SpaceText || g.manifest.Passage == passageVersion
}

func (o *Options) encodeTexts(ctx context.Context, rows []row, stored []donor, e *encoded) error {
	const space = vitrine.SpaceText
	var texts []string
	var at []int
	for i, r := range rows {
		text := Passage(r.product)
		if o.give(stored, i, space, func(old *vitrine.Product, v [][]float32) bool { return v != nil && Passage(old) == text }, e) {
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

func (o *Options) encodePictures(ctx context.Context, rows []row, stored []donor, e *encoded) error {
	const space = vitrine.SpaceJoint
	var jobs, films []pictureJob
	for i, r := range rows {
		refs, clips := o.refs(r.product), o.clipRefs(r.product)
		// A picture or clip that failed last time is missing from the vectors, and is tried again.
		same := func(old *vitrine.Product, v [][]float32) bool {
			return len(v) == len(refs)+len(clips) && slices.Equal(o.refs(old), refs) && slices.Equal(o.clipRefs(old), clips)
		}
		if o.give(stored, i, space, same, e) {
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

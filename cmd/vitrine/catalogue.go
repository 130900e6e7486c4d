package main

import (
	"context"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"

	"vitrine"
	"vitrine/api"
	"vitrine/index"
	"vitrine/loaders"
	"vitrine/loaders/enrich"
)

// upsertBatch is the number of products of an upsert that are stored at a time.
const upsertBatch = 256

// Product returns one product.
func (e *engine) Product(ctx context.Context, name, id string) (*vitrine.Product, error) {
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return nil, err
	}
	defer release()
	docs, err := g.Docs(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	products, err := g.Products(ctx, docs)
	if err != nil {
		return nil, err
	}
	if products[0] == nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "product %q: not found", id)
	}
	return products[0], nil
}

// Write applies changes to products; the first write creates the index.
func (e *engine) Write(ctx context.Context, name string, changes []vitrine.Change) ([]vitrine.Outcome, error) {
	if err := e.keepsVectors(name); err != nil {
		return nil, err
	}
	outcomes, err := e.indexes.Write(ctx, name, changes)
	if vitrine.CodeOf(err) == vitrine.NotFound && !slices.Contains(e.indexes.Names(), name) && creates(changes) {
		if err := e.indexes.Create(ctx, name); err != nil && vitrine.CodeOf(err) != vitrine.Conflict {
			return nil, err
		}
		outcomes, err = e.indexes.Write(ctx, name, changes)
	}
	return outcomes, err
}

// creates reports whether any of the changes may bring a new product.
func creates(changes []vitrine.Change) bool {
	return slices.ContainsFunc(changes, func(c vitrine.Change) bool { return c.Product != nil && c.Version == "" })
}

// keepsVectors refuses writes that would lose the vectors of an index because this server has no encoder.
func (e *engine) keepsVectors(name string) error {
	if e.encoder != nil {
		return nil
	}
	info, err := e.indexes.Info(name)
	if err == nil && len(info.Spaces) > 0 {
		return vitrine.Errorf(vitrine.Unavailable, "index %q: holds vectors, and this server has no encoder to make more; see its log", name)
	}
	return nil
}

// Delete removes products.
func (e *engine) Delete(ctx context.Context, name string, ids []string, version string) (int, error) {
	return e.indexes.DeleteVersion(ctx, name, ids, version)
}

// DeleteWhere removes the products that a filter holds for.
func (e *engine) DeleteWhere(ctx context.Context, name string, f *vitrine.Filter) (int, error) {
	return e.indexes.DeleteWhere(ctx, name, f)
}

// Picture returns the encoded nth picture of a product.
func (e *engine) Picture(ctx context.Context, name, id string, n int) ([]byte, error) {
	p, err := e.Product(ctx, name, id)
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= len(p.Images) {
		return nil, vitrine.Errorf(vitrine.NotFound, "product %q: has %d pictures, not number %d", id, len(p.Images), n)
	}
	return e.pictures.Fetch(ctx, p.Images[n])
}

// Reindex builds the next generation of an index from an open file or a feed.
func (e *engine) Reindex(ctx context.Context, name string, src api.Source, progress func(api.Progress)) (*api.Report, error) {
	build := index.ReindexOptions{Force: src.Force, Fresh: src.Fresh}
	if src.File != nil {
		return e.reindexFile(ctx, name, src.File, build, progress)
	}
	return e.reindexFeed(ctx, name, src.URL, src.Fresh, progress, func(file *os.File) (*api.Report, error) {
		return e.reindexFile(ctx, name, file, build, progress)
	})
}

func (e *engine) reindexFile(ctx context.Context, name string, file *os.File, build index.ReindexOptions, progress func(api.Progress)) (*api.Report, error) {
	var rejected rejections
	o := loaders.Options{OnRejected: rejected.add(e.config.Loader.Rejected), RowLimit: int(e.config.Loader.RowBytes), Currency: e.config.Loader.Currency}
	if info, err := file.Stat(); err == nil {
		o.Size = info.Size()
	}
	reader, err := loaders.NewReader(file, o)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	again := func() (*loaders.Reader, error) {
		// Read at places of its own, so that the file stays where the first reader is.
		o := o
		o.OnRejected = nil
		return loaders.NewReader(io.NewSectionReader(file, 0, math.MaxInt64), o)
	}
	report, err := e.reindex(ctx, name, reader, again, build, progress)
	if err == nil {
		report.Rejections = rejected.with(report.Rejections)
	}
	return report, err
}

// reindex builds the next generation of an index from a catalogue reader and tells what became of every row. Again opens the catalogue once more, to
// learn from it what its products may lack.
func (e *engine) reindex(
	ctx context.Context, name string, reader *loaders.Reader, again func() (*loaders.Reader, error), o index.ReindexOptions, progress func(api.Progress),
) (*api.Report, error) {
	if err := e.keepsVectors(name); err != nil {
		return nil, err
	}
	enrichment, err := learnEnrichment(ctx, &e.config.Enrich, again, progress)
	if err != nil {
		return nil, err
	}
	if o.Check, err = e.goldenGate(name); err != nil {
		return nil, err
	}
	rows := &rowNumbers{}
	o.Rejected = func() int { return reader.Report().Rejected }
	o.Progress = func(p index.Progress) {
		at := reader.Progress()
		total := int64(p.Total)
		if f := at.Fraction(); f > 0 {
			total = int64(float64(at.Rows) / f)
		}
		progress(api.Progress{Stage: p.Stage, Done: int64(p.Done), Total: max(total, int64(p.Done))})
	}
	built, err := e.indexes.Reindex(ctx, name, enrichment.over(products(ctx, reader, rows)), o)
	if err != nil {
		return nil, err
	}
	if built.Kept > 0 {
		if err := e.lexicons.learn(ctx, e.indexes, name); err != nil {
			return nil, err
		}
		if err := enrichment.save(e.indexes, name); err != nil {
			return nil, err
		}
	}
	info, err := e.indexes.Info(name)
	if err != nil {
		return nil, err
	}
	read := reader.Report()
	report := &api.Report{
		Generation: strconv.Itoa(info.Generation), Read: int64(read.Read), Kept: int64(built.Kept), Rejected: int64(built.Rejected), Resumed: int64(built.Resumed),
		// What the index found beyond rejected products are pictures that products are kept without.
		Mended:   int64(read.Mended + built.ProblemCount - (built.Rejected - read.Rejected)),
		Enriched: enrichment.count(enrich.Filled), Doubts: enrichment.count(enrich.Unsure), Conflicts: enrichment.count(enrich.Conflict),
		ProblemCount: int64(built.ProblemCount), Problems: []api.Problem{}, Seconds: built.Took, Forced: built.Forced,
	}
	for _, reason := range read.Reasons {
		report.ProblemCount += int64(reason.Rows)
	}
	for _, p := range read.Problems {
		report.Problems = append(report.Problems, api.Problem{Row: int64(p.Row), ID: p.ID, Reason: p.String()})
	}
	for _, p := range built.Problems {
		problem := api.Problem{Row: rows.at(p.Row), ID: p.ID, Reason: p.Message}
		report.Problems = append(report.Problems, problem)
		if p.Rejected {
			report.Rejections = append(report.Rejections, problem)
		}
	}
	slices.SortStableFunc(report.Problems, func(a, b api.Problem) int { return int(a.Row - b.Row) })
	return report, nil
}

// products yields what a reader reads, noting the row of each.
func products(ctx context.Context, reader *loaders.Reader, rows *rowNumbers) iter.Seq2[*vitrine.Product, error] {
	return func(yield func(*vitrine.Product, error) bool) {
		for row, err := range reader.Rows(ctx) {
			if err == nil {
				rows.add(row.Number)
			}
			if !yield(row.Product, err) {
				return
			}
		}
	}
}

// rowNumbers maps the position of a product among those read to its row in the file. It keeps only where rows were left out.
type rowNumbers struct {
	count int
	jumps []jump
}

// jump says that the product at position, from 1, was in row.
type jump struct {
	position int
	row      int64
}

func (r *rowNumbers) add(row int) {
	r.count++
	if r.at(r.count) != int64(row) {
		r.jumps = append(r.jumps, jump{r.count, int64(row)})
	}
}

func (r *rowNumbers) at(position int) int64 {
	i, found := slices.BinarySearchFunc(r.jumps, position, func(j jump, p int) int { return j.position - p })
	if found {
		return r.jumps[i].row
	}
	if i == 0 {
		return int64(position)
	}
	return r.jumps[i-1].row + int64(position-r.jumps[i-1].position)
}

// Rollback makes the generation before the live one live again.
func (e *engine) Rollback(ctx context.Context, name string) (*api.IndexInfo, error) {
	if _, err := e.indexes.Rollback(ctx, name); err != nil {
		return nil, err
	}
	info, err := e.indexes.Info(name)
	if err != nil {
		return nil, err
	}
	out := indexInfo(info)
	return &out, nil
}

// Indexes lists the indexes by name.
func (e *engine) Indexes(context.Context) ([]api.IndexInfo, error) {
	list := []api.IndexInfo{}
	for _, name := range e.indexes.Names() {
		info, err := e.indexes.Info(name)
		if vitrine.CodeOf(err) == vitrine.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, indexInfo(info))
	}
	return list, nil
}

func indexInfo(i index.Info) api.IndexInfo {
	out := api.IndexInfo{
		Name: i.Name, Aliases: i.Aliases, Generation: strconv.Itoa(i.Generation), Serving: i.Error == "", Products: i.Documents, Created: i.Created,
		Spaces: map[string]api.SpaceInfo{},
	}
	if i.Previous != 0 {
		out.Previous = strconv.Itoa(i.Previous)
	}
	for name, s := range i.Spaces {
		out.Spaces[name] = api.SpaceInfo{Model: s.Model, Dimension: s.Dimension, Vectors: i.Vectors[name]}
	}
	return out
}

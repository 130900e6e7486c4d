package loaders

import (
	"bufio"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"vitrine"
)

// Row is a product with the place it was read from, for messages.
type Row struct {
	// Number counts the file's data rows from 1; Line is the line where the row starts, 0 in binary formats.
	Number  int
	Line    int
	Product *vitrine.Product
}

// Progress says how far a [Reader] is.
type Progress struct {
	// Bytes of Total were read from the file as it lies on the disk, compressed if it is; Total is 0 when unknown.
	Bytes int64 `json:"bytes"`
	Total int64 `json:"total,omitempty"`
	Rows  int64 `json:"rows"`
}

// Fraction is the part read, from 0 to 1; 0 when the total is unknown.
func (p Progress) Fraction() float64 {
	if p.Total <= 0 {
		return 0
	}
	return min(1, float64(p.Bytes)/float64(p.Total))
}

// Reader streams the products of one catalogue file.
type Reader struct {
	o       Options
	decoder decoder
	maker   *maker
	input   *counter
	rows    atomic.Int64
	closers []func()
	started bool
	prices  priceWatch
	ids     map[uint64]struct{}
	seed    maphash.Seed

	mu    sync.Mutex
	tally tally
}

// Open opens a catalogue file. A missing file has code [vitrine.NotFound], content of no known format [vitrine.Invalid].
func Open(path string, o Options) (*Reader, error) {
	file, err := os.Open(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, vitrine.Errorf(vitrine.NotFound, "catalogue %q: no such file", path)
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "catalogue: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = vitrine.Errorf(vitrine.Invalid, "is a folder")
	}
	var r *Reader
	if err == nil {
		o.Size = info.Size()
		r, err = newReader(file, path, o)
	}
	if err != nil {
		_ = file.Close()
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "catalogue %q: %w", path, err)
	}
	r.closers = append(r.closers, func() { _ = file.Close() })
	return r, nil
}

// NewReader reads a catalogue from a stream, as an upload is.
func NewReader(in io.Reader, o Options) (*Reader, error) {
	r, err := newReader(in, "", o)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "catalogue: %w", err)
	}
	return r, nil
}

func newReader(in io.Reader, path string, o Options) (*Reader, error) {
	o = o.withDefaults()
	if err := checkLayout(o.Layout); err != nil {
		return nil, err
	}
	r := &Reader{o: o, input: &counter{r: in}, ids: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
	r.tally.limit, r.tally.onRejected = max(0, o.Problems), o.OnRejected
	content, compression, closer, err := decompress(r.input)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, closer)
	content = decodeText(content)
	format, comma, err := sniff(content)
	if err == nil {
		err = r.setDecoder(format, comma, content, compression, path)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	r.tally.Format = format
	if compression != "" {
		r.tally.Format += "+" + compression
	}
	return r, nil
}

func (r *Reader) setDecoder(format string, comma byte, content *bufio.Reader, compression, path string) (err error) {
	switch format {
	case formatJSONLines:
		r.decoder = &jsonLines{lines: newLines(content, r.o.RowLimit)}
	case formatJSONArray:
		r.decoder = &jsonArray{r: content, limit: r.o.RowLimit}
	case formatCSV, formatTSV:
		r.decoder = &csvRows{lines: newLines(content, r.o.RowLimit), comma: comma}
	case formatYAML:
		r.decoder = &yamlList{lines: newLines(content, r.o.RowLimit)}
	case formatIDX:
		r.decoder, err = newIDX(content, path, r.o)
	case formatParquet:
		direct, isFile := r.input.r.(*os.File)
		if compression != "" || path == "" || !isFile {
			direct = nil
		}
		var p *parquetRows
		if p, err = newParquet(content, direct, r.input, r.o); err == nil {
			r.decoder = p
			r.closers = append(r.closers, p.close)
		}
	}
	return err
}

// Close frees the file and what decoding it holds. Products already yielded stay valid.
func (r *Reader) Close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i]()
	}
	r.closers = nil
}

// Progress says how far the reader is. Any goroutine may call it.
func (r *Reader) Progress() Progress {
	return Progress{Bytes: r.input.n.Load(), Total: r.o.Size, Rows: r.rows.Load()}
}

// Report sums up the rows so far. Any goroutine may call it.
func (r *Reader) Report() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tally.snapshot()
}

// Rows yields the products in file order; a row that cannot be read is counted in the [Report] and left out. An error comes at most
// once and last: the context's own, or with code [vitrine.Invalid] a file that ends in the middle of a row or cannot be read on,
// naming the row reached. Rows can be ranged over once.
func (r *Reader) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if r.started {
			yield(Row{}, vitrine.Errorf(vitrine.Conflict, "catalogue: its rows were read before"))
			return
		}
		r.started = true
		for {
			err := ctx.Err()
			var row Row
			if err == nil {
				row, err = r.next()
			}
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				r.mu.Lock()
				r.tally.Error = err.Error()
				r.mu.Unlock()
				yield(Row{}, err)
				return
			case !yield(row, nil):
				return
			}
		}
	}
}

// next returns the next row that can be kept.
func (r *Reader) next() (Row, error) {
	for {
		rec, err := r.decoder.next()
		if err == nil && r.maker == nil {
			rec, err = r.plan(rec)
		}
		var broken *rowError
		switch {
		case errors.As(err, &broken):
			r.rows.Add(1)
			r.reject(Problem{Row: broken.row, Line: broken.line, Reason: broken.reason, Detail: broken.detail})
			continue
		case err != nil:
			return Row{}, err
		}
		r.rows.Add(1)
		product, err := r.maker.product(rec)
		if err != nil {
			reason, detail := rejection(product, err)
			r.reject(Problem{Row: rec.row, Line: rec.line, ID: clip(product.ID), Reason: reason, Detail: detail})
			continue
		}
		r.keep(rec, product)
		return Row{Number: rec.row, Line: rec.line, Product: product}, nil
	}
}

// plan chooses the layout by the first record and returns the record to go on with.
func (r *Reader) plan(first *record) (*record, error) {
	l := chooseLayout(r.o, first)
	r.maker = &maker{plan: newPlan(l.mapping), currency: r.o.Currency, priceLimit: r.o.PriceLimit}
	r.mu.Lock()
	r.tally.Layout = l.name
	r.mu.Unlock()
	if l.join == nil {
		return first, nil
	}
	r.decoder = l.join(&pushedBack{decoder: r.decoder, first: first}, r.o)
	return r.decoder.next()
}

// pushedBack is a decoder whose first record was read already.
type pushedBack struct {
	decoder
	first *record
}

func (p *pushedBack) next() (*record, error) {
	if first := p.first; first != nil {
		p.first = nil
		return first, nil
	}
	return p.decoder.next()
}

func (r *Reader) reject(p Problem) {
	p.Outcome = Rejected
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally.Read++
	r.tally.Rejected++
	r.tally.note(p)
}

// rejection is why Validate refuses a product, split into what is common and what is particular to it.
func rejection(p *vitrine.Product, err error) (reason, detail string) {
	switch {
	case p.ID == "":
		return "id is empty", ""
	case p.Title == "":
		return "title is empty", ""
	case len(p.ID) > vitrine.MaxIDLength:
		return "id is too long", strconv.Itoa(len(p.ID)) + " bytes"
	}
	return "product is invalid", err.Error()
}

func (r *Reader) keep(rec *record, p *vitrine.Product) {
	key := maphash.String(r.seed, p.ID)
	_, seen := r.ids[key]
	r.ids[key] = struct{}{}
	strange := r.prices.look(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally.Read++
	r.tally.Kept++
	at := Problem{Row: rec.row, Line: rec.line, ID: p.ID}
	if len(rec.mended) > 0 {
		r.tally.Mended++
	}
	for i, m := range rec.mended {
		if i > 0 && m.reason == rec.mended[i-1].reason {
			continue
		}
		at.Outcome, at.Reason, at.Detail = Mended, m.reason, m.detail
		r.tally.note(at)
	}
	if seen {
		r.tally.Duplicates++
		at.Outcome, at.Reason, at.Detail = Duplicate, "id occurs again, the last row wins", ""
		r.tally.note(at)
	}
	if strange != "" {
		r.tally.Flagged++
		at.Outcome, at.Reason, at.Detail = Flagged, "price far from its category's", strange
		r.tally.note(at)
	}
}

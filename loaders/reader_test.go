package loaders_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"

	"vitrine"
	"vitrine/loaders"
)

func jsonLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","title":"Product %d","price":%d}`+"\n", i+1, i+1, 10+i%90)
	}
	return b.Bytes()
}

func zip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Ensure that one broken line of 10,000 costs only itself, and that the report names the line.
func TestBrokenLine(t *testing.T) {
	lines := bytes.SplitAfter(jsonLines(10_000), []byte("\n"))
	lines[4321] = []byte(`{"id":"4322","title":"Pro` + "\n")
	rows, report, err := read(t, bytes.Join(lines, nil), loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 9999 || report.Read != 10_000 || report.Kept != 9999 || report.Rejected != 1 {
		t.Errorf("%d rows, report %d read, %d kept, %d rejected", len(rows), report.Read, report.Kept, report.Rejected)
	}
	want := []loaders.Problem{{Row: 4322, Line: 4322, Outcome: loaders.Rejected, Reason: "broken JSON", Detail: "unexpected EOF at byte 25"}}
	if diff := cmp.Diff(want, report.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// Ensure that a file that is cut off yields its good rows first, then an error that names the row reached.
func TestCutOff(t *testing.T) {
	lines := jsonLines(1000)
	zipped := zip(t, lines)
	array := []byte("[\n" + strings.ReplaceAll(strings.TrimSpace(string(lines)), "\n", ",\n") + "\n]")
	table := []byte("id,title,price\n1,One,5\n2,Two,6\n3,Thr")
	for _, c := range []struct {
		name, message string
		data          []byte
		rows          int
	}{
		{"jsonl", "row 1000 (line 1000): file is cut off: unexpected EOF", lines[:len(lines)-10], 999},
		{"gzip", "file is cut off: unexpected EOF", zipped[:len(zipped)/2], -1},
		{"gzip of jsonl without checksum", "file is cut off: unexpected EOF", zipped[:len(zipped)-6], 1000},
		{"json array", "row 1000 (line 1001): file is cut off: unexpected EOF", array[:len(array)-10], 999},
		{"json array without its end", "row 1001 (line 1002): file is cut off", array[:len(array)-1], 1000},
		{"csv", "row 3 (line 4): file is cut off: 2 columns instead of 3", table, 2},
		{"csv in a quote", "row 2 (line 3): file is cut off: a quote is open", []byte("id,title\n1,One\n2,\"Tw"), 1},
		{"yaml", "row 2 (line 3): file is cut off", []byte("- id: 1\n  title: One\n- id: 2\n  title: [a"), 1},
		{"idx", "row 2: file is cut off", []byte("\x00\x00\x08\x03\x00\x00\x00\x03\x00\x00\x00\x02\x00\x00\x00\x02abcdef"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, report, err := read(t, c.data, loaders.Options{})
			if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), c.message) {
				t.Fatalf("error %v, want %q", err, c.message)
			}
			if c.rows >= 0 && len(rows) != c.rows || len(rows) != report.Kept || len(rows) == 0 {
				t.Errorf("%d rows before the error, report has %d, want %d", len(rows), report.Kept, c.rows)
			}
			if report.Error != err.Error() {
				t.Errorf("report has error %q, want %q", report.Error, err)
			}
		})
	}
}

// Ensure that content which is no catalogue is refused at once with the reason.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, data, message string }{
		{"empty", "", "file is empty"},
		{"blank", " \n\n", "file is blank"},
		{"binary", "\x7fELF\x00\x00\x00", "file is binary"},
		{"xml", "<?xml version='1.0'?><rss/>", "XML"},
		{"labels", "\x00\x00\x08\x01\x00\x00\x00\x01\x05", "IDX labels"},
		{"bad gzip", "\x1f\x8bxx", "gzip header"},
		{"parquet without footer", "PAR1 and then nothing", "row 1: file is cut off: the parquet footer is missing"},
		{"parquet with a broken footer", "PAR1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x08\x00\x00\x00PAR1", "parquet"},
		{"huge idx", "\x00\x00\x08\x03\x00\x00\x00\x03\x00\x00\xff\xff\x00\x00\xff\xff", "pictures of 65535×65535 pixels"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := read(t, []byte(c.data), loaders.Options{})
			if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), c.message) {
				t.Errorf("error %v (%s), want %q", err, vitrine.CodeOf(err), c.message)
			}
		})
	}
	if _, _, err := read(t, []byte("just one line of prose\n"), loaders.Options{}); err == nil || !strings.Contains(err.Error(), "single column") {
		t.Errorf("prose: error %v, want a single column", err)
	}
	if _, err := loaders.Open("testdata/none.csv", loaders.Options{}); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("missing file: %v", err)
	}
	if _, err := loaders.Open("testdata", loaders.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("folder: %v", err)
	}
	if _, _, err := read(t, []byte(`{"id":1}`), loaders.Options{Layout: "shopify"}); err == nil || !strings.Contains(err.Error(), "is none of generic, icecat") {
		t.Errorf("unknown layout: %v", err)
	}
}

// Ensure that compression and UTF-16 are found from the content.
func TestEncodings(t *testing.T) {
	plain := []byte("id\ttitle\n1\tÄpfel\n2\tBirnen\n")
	var z bytes.Buffer
	w, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		format string
		data   []byte
	}{
		{"tsv", plain}, {"tsv+gzip", zip(t, plain)}, {"tsv+gzip", append(zip(t, plain[:12]), zip(t, plain[12:])...)}, {"tsv+zstd", z.Bytes()}, {"tsv", wide},
	} {
		rows, report, err := read(t, c.data, loaders.Options{})
		if err != nil || len(rows) != 2 || rows[0].Product.Title != "Äpfel" || report.Format != c.format {
			t.Errorf("%s: %d rows, format %s, error %v", c.format, len(rows), report.Format, err)
		}
	}
}

// Ensure that a row beyond the limit is rejected without ending the stream, in each format.
func TestRowLimit(t *testing.T) {
	long := strings.Repeat("long ", 100)
	for name, data := range map[string]string{
		"jsonl": `{"id":1,"title":"a"}` + "\n" + `{"id":2,"title":"` + long + `"}` + "\n" + `{"id":3,"title":"c"}`,
		"array": `[{"id":1,"title":"a"},{"id":2,"title":"` + long + `"},{"id":3,"title":"c"}]`,
		"csv":   "id,title\n1,a\n2," + long + "\n3,c\n",
		"quote": "id,title\n1,a\n2,\"" + long + "\"\n3,c\n",
		"yaml":  "- id: 1\n  title: a\n- id: 2\n  title: " + long + "\n- id: 3\n  title: c\n",
	} {
		rows, report, err := read(t, []byte(data), loaders.Options{RowLimit: 200})
		if err != nil || len(rows) != 2 || rows[1].Product.ID != "3" || report.Rejected != 1 {
			t.Errorf("%s: %d rows, error %v, report %v", name, len(rows), err, report)
		}
	}
}

// Ensure that a quote that is never closed costs its own line only, though the parser must read on to find out.
func TestUnclosedQuote(t *testing.T) {
	data := "id,title\n1,a\n2,\"b\n" + strings.Repeat("3,c\n", 100)
	rows, report, err := read(t, []byte(data), loaders.Options{RowLimit: 50})
	if err != nil || len(rows) != 101 || report.Rejected != 1 || report.Problems[0].Line != 3 || report.Problems[0].Reason != "quote is never closed" {
		t.Errorf("%d rows, error %v, report %v", len(rows), err, report)
	}
}

// Ensure that a table full of quotes that are never closed is given up in time that grows with the file, not with its square.
func TestManyUnclosedQuotes(t *testing.T) {
	const lines = 200_000
	data := "id,title\n" + strings.Repeat("\"x,\"y\n", lines)
	rows, report, err := read(t, []byte(data), loaders.Options{RowLimit: 100 << 10})
	if err != nil || len(rows) != 0 || report.Rejected == 0 || report.Read > lines {
		t.Errorf("%d rows, error %v, report %v", len(rows), err, report)
	}
}

// Ensure that the report counts everything but lists no more than asked.
func TestReportLimit(t *testing.T) {
	data := []byte(strings.Repeat(`{"id":""}`+"\n", 500) + strings.Repeat("{\n", 300))
	for _, c := range []struct{ option, listed int }{{0, 100}, {5, 5}, {-1, 0}, {1000, 800}} {
		_, report, err := read(t, data, loaders.Options{Problems: c.option})
		if err != nil || len(report.Problems) != c.listed || report.Rejected != 800 {
			t.Errorf("Problems %d: %d listed, %d rejected, error %v", c.option, len(report.Problems), report.Rejected, err)
		}
		want := []loaders.ReasonCount{{loaders.Rejected, "id is empty", 500}, {loaders.Rejected, "broken JSON", 300}}
		if diff := cmp.Diff(want, report.Reasons); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
	}
}

// Ensure that prices far from those of the same category are flagged and kept, and that absurd ones are dropped.
func TestPrices(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `{"id":"l%d","title":"Lamp","category":"Lamps","price":%d}`+"\n", i, 20+i%30)
		fmt.Fprintf(&b, `{"id":"p%d","title":"Piano","category":"Pianos","price":%d}`+"\n", i, 2000+i%3000)
	}
	b.WriteString(`{"id":"strange","title":"Lamp","category":"Lamps","price":3000}` + "\n" + `{"id":"fine","title":"Piano","category":"Pianos","price":3000}` + "\n")
	b.WriteString(`{"id":"absurd","title":"Lamp","category":"Lamps","price":1e300}` + "\n")
	rows, report, err := read(t, []byte(b.String()), loaders.Options{})
	if err != nil || len(rows) != 403 || report.Flagged != 1 || report.Mended != 1 {
		t.Fatalf("%d rows, error %v, report %v", len(rows), err, report)
	}
	if p := report.Problems[0]; p.ID != "strange" || p.Outcome != loaders.Flagged {
		t.Errorf("flagged %v", p)
	}
	if p := report.Problems[1]; p.ID != "absurd" || p.Reason != "price absurd, dropped" || rows[402].Product.Price != 0 {
		t.Errorf("mended %v", p)
	}
}

// Ensure that a cancelled context and a reader that fails end the stream with their own error, and that rows are read once.
func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := loaders.NewReader(bytes.NewReader(jsonLines(100)), loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for _, err := range r.Rows(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want cancelled", err)
			}
			break
		}
		if n++; n == 10 {
			cancel()
		}
	}
	if n != 10 {
		t.Errorf("%d rows after cancelling at 10", n)
	}
	for _, err := range r.Rows(context.Background()) {
		if vitrine.CodeOf(err) != vitrine.Conflict {
			t.Errorf("second pass: %v", err)
		}
	}
	broken := errors.New("connection reset")
	r, err = loaders.NewReader(io.MultiReader(bytes.NewReader(jsonLines(1000)), failing{broken}), loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, _, err := drain(r)
	if len(rows) != 1000 || !strings.Contains(err.Error(), "row 1001 (line 1001): file is cut off: connection reset") {
		t.Errorf("%d rows, error %v", len(rows), err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Ensure that progress reaches the whole at the end and never passes it.
func TestProgress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl.gz")
	if err := os.WriteFile(path, zip(t, jsonLines(20_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	last := 0.0
	for row, err := range r.Rows(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		p := r.Progress()
		if f := p.Fraction(); f < last || f > 1 || p.Rows != int64(row.Number) {
			t.Fatalf("row %d: progress %+v after %v", row.Number, p, last)
		} else {
			last = f
		}
	}
	if last != 1 {
		t.Errorf("progress ends at %v", last)
	}
}

// Ensure that memory does not grow with the file: 100 MB of rows pass while the heap stays below 40 MB.
func TestConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("constant memory did not run: -short")
	}
	row := []byte(`{"id":"same","title":"A product","description":"` + strings.Repeat("many words ", 900) + `"}` + "\n")
	const rows, most = 10_000, 40 << 20
	r, err := loaders.NewReader(&repeating{row: row, left: rows * len(row)}, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var peak uint64
	n := 0
	for _, err := range r.Rows(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%2000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	if n != rows || peak > most {
		t.Errorf("%d rows of %d with a heap of %d MB, want less than %d", n, rows, peak>>20, most>>20)
	}
}

// repeating reads the same row over and over.
type repeating struct {
	row  []byte
	at   int
	left int
}

func (r *repeating) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.left)], r.row[r.at:])
	r.at = (r.at + n) % len(r.row)
	r.left -= n
	return n, nil
}

// Ensure that the real data sets load whole: every product kept, with the fields that searches need.
func TestRealData(t *testing.T) {
	for _, c := range []struct {
		path, layout                       string
		kept, priced, pictured, categories int
	}{
		{"electronics/products.jsonl.gz", "icecat", 19406, 19406, 19406, 1500},
		{"fashion/products.csv", "fashion", 40410, 0, 18843, 40410},
		{"catalogs/eshop/catalog_full.json", "eshop", 101, 101, 101, 101},
		{"catalogs/aws_retail/products.yaml", "aws_retail", 2465, 2465, 2465, 2465},
		{"catalogs/saleor/populatedb_data.json", "saleor", 32, 32, 20, 32},
		{"catalogs/magento/ConfigurableSampleData__fixtures__products.csv", "magento", 1994, 1994, 1800, 1994},
		{"catalogs/magento/CatalogSampleData__fixtures__SimpleProduct__products_gear_bags.csv", "magento_fixture", 14, 14, 0, 14},
	} {
		t.Run(c.layout, func(t *testing.T) {
			r, err := loaders.Open(realData(t, c.path), loaders.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			rows, report, err := drain(r)
			if err != nil {
				t.Fatal(err)
			}
			priced, pictured, categories := 0, 0, 0
			for _, row := range rows {
				checkProduct(t, row)
				if row.Product.Price > 0 {
					priced++
				}
				if len(row.Product.Images) > 0 {
					pictured++
				}
				if len(row.Product.Category) > 0 {
					categories++
				}
			}
			if len(rows) != c.kept || report.Rejected != 0 || report.Layout != c.layout {
				t.Errorf("%d rows as %s, want %d: %v", len(rows), report.Layout, c.kept, report)
			}
			if priced != c.priced || pictured < c.pictured || categories < c.categories {
				t.Errorf("%d priced, %d pictured, %d with category; want %d, %d, %d", priced, pictured, categories, c.priced, c.pictured, c.categories)
			}
		})
	}
}

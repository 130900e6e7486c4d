package loaders_test

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"vitrine"
	"vitrine/loaders"
)

type parquetProduct struct {
	ID       int64     `parquet:"id"`
	Title    string    `parquet:"title,dict"`
	Price    int64     `parquet:"price,decimal(2:18)"`
	Images   []string  `parquet:"images,list"`
	Released time.Time `parquet:"released,timestamp(microsecond)"`
	Weight   *float64  `parquet:"weight,optional"`
	Organic  bool      `parquet:"organic"`
	Maker    struct {
		Name string `parquet:"name"`
	} `parquet:"maker"`
}

func parquetFile(tb testing.TB, n int) []byte {
	tb.Helper()
	weight := 1.5
	rows := make([]parquetProduct, n)
	for i := range rows {
		rows[i] = parquetProduct{
			ID: int64(i + 1), Title: "Chair", Price: 12950, Images: []string{"a.jpg", "b.jpg"}[:1+i%2], Organic: i%2 == 0,
			Released: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC),
		}
		rows[i].Maker.Name = "Holm"
		if i%2 == 0 {
			rows[i].Weight = &weight
		}
	}
	var b bytes.Buffer
	if err := parquet.Write(&b, rows, parquet.MaxRowsPerRowGroup(100)); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Ensure that parquet types, lists, groups and nulls become product fields, from a file, a stream and a compressed stream.
func TestParquet(t *testing.T) {
	data := parquetFile(t, 1000)
	path := filepath.Join(t.TempDir(), "products.parquet")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, report, err := drain(r)
	if err != nil || len(rows) != 1000 || report.Format != "parquet" || r.Progress().Fraction() != 1 {
		t.Fatalf("%d rows, %v, error %v", len(rows), report, err)
	}
	want := &vitrine.Product{
		ID: "1", Title: "Chair", Price: 129.5, Images: []string{"a.jpg"}, Released: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC),
		Attributes: map[string]vitrine.Value{"organic": vitrine.Bool(true), "weight": vitrine.Number(1.5), "maker.name": vitrine.Text("Holm")},
	}
	if diff := cmp.Diff(want, rows[0].Product); diff != "" {
		t.Errorf("first product (-want +got):\n%s", diff)
	}
	if _, has := rows[1].Product.Attributes["weight"]; has || len(rows[1].Product.Images) != 2 {
		t.Errorf("second product %v", rows[1].Product)
	}
	for _, stream := range [][]byte{data, zip(t, data)} {
		if rows := load(t, stream, loaders.Options{}); len(rows) != 1000 {
			t.Errorf("%d rows from a stream, want 1000", len(rows))
		}
	}
	if _, _, err := read(t, data, loaders.Options{SpoolLimit: 100}); vitrine.CodeOf(err) != vitrine.TooLarge {
		t.Errorf("spool limit: %v", err)
	}
	damaged := bytes.Clone(data)
	for i := len(damaged) / 2; i < len(damaged)/2+600; i++ {
		damaged[i] = 0xa5
	}
	rows, report, err = read(t, damaged, loaders.Options{})
	if vitrine.CodeOf(err) != vitrine.Invalid || len(rows) < 100 || len(rows) >= 1000 || report.Kept != len(rows) {
		t.Errorf("damaged in the middle: %d rows, error %v", len(rows), err)
	}
	if _, _, err := read(t, data[:len(data)-20], loaders.Options{}); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("cut off: %v", err)
	}
}

// idx makes an IDX file of pictures of 2 × 2 pixels.
func idx(pictures [][]byte) []byte {
	b := []byte{0, 0, 8, 3}
	b = binary.BigEndian.AppendUint32(b, uint32(len(pictures)))
	b = binary.BigEndian.AppendUint32(b, 2)
	b = binary.BigEndian.AppendUint32(b, 2)
	return append(b, bytes.Join(pictures, nil)...)
}

// Ensure that IDX pictures get their labels from the file beside them, and go to the picture folder or into data: URLs.
func TestIDX(t *testing.T) {
	folder := t.TempDir()
	for name, data := range map[string][]byte{
		"t10k-images-idx3-ubyte":    idx([][]byte{{0, 255, 100, 0}, {1, 2, 3, 4}}),
		"t10k-labels-idx1-ubyte":    {0, 0, 8, 1, 0, 0, 0, 2, 9, 77},
		"train-images-idx3-ubyte":   idx([][]byte{{0, 0, 0, 0}}),
		"train-labels-idx1-ubyte":   {0, 0, 8, 1, 0, 0, 0, 2, 9, 7},
		"alone-images-idx3-ubyte":   idx([][]byte{{0, 0, 0, 0}}),
		"short-images-idx3-ubyte":   idx([][]byte{{0, 0, 0, 0}}),
		"short-labels-idx1-ubyte":   {0, 0, 8, 1, 0, 0, 0, 1},
		"nothing-images-idx3-ubyte": idx([][]byte{{0, 0, 0, 0}}),
		"nothing-labels-idx1-ubyte": []byte("labels"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pictures := filepath.Join(folder, "pictures")
	r, err := loaders.Open(filepath.Join(folder, "t10k-images-idx3-ubyte"), loaders.Options{PictureFolder: pictures})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, _, err := drain(r)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	want := &vitrine.Product{
		ID: "t10k-0", Title: "Ankle boot", Category: []string{"Ankle boot"}, Images: []string{"t10k-0.png"},
		Attributes: map[string]vitrine.Value{"class": vitrine.Text("Ankle boot")},
	}
	if diff := cmp.Diff(want, rows[0].Product); diff != "" {
		t.Errorf("first product (-want +got):\n%s", diff)
	}
	if rows[1].Product.Title != "class 77" {
		t.Errorf("title of an unnamed class: %q", rows[1].Product.Title)
	}
	file, err := os.Open(filepath.Join(pictures, "t10k-0.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.At(1, 0); got != (color.Gray{Y: 0}) {
		t.Errorf("pixel of value 255 is %v, want black on white", got)
	}
	for name, message := range map[string]string{"train": "2 labels for 1 pictures", "short": "file is cut off", "nothing": "no IDX file of labels"} {
		if _, err := loaders.Open(filepath.Join(folder, name+"-images-idx3-ubyte"), loaders.Options{}); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: error %v, want %q", name, err, message)
		}
	}
	r, err = loaders.Open(filepath.Join(folder, "alone-images-idx3-ubyte"), loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if rows, _, err = drain(r); err != nil || len(rows) != 1 || !strings.HasPrefix(rows[0].Product.Images[0], "data:image/png;base64,") {
		t.Errorf("without labels and folder: %v, error %v", rows, err)
	}
}

// Ensure that Fashion-MNIST, where Debian has put it, loads with its class names.
func TestFashionMNIST(t *testing.T) {
	path := "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("Fashion-MNIST did not run: %v", err)
	}
	r, err := loaders.Open(path, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, _, err := drain(r)
	if err != nil || len(rows) != 10_000 || rows[0].Product.Title != "Ankle boot" || rows[1].Product.Title != "Pullover" {
		t.Errorf("%d rows, error %v", len(rows), err)
	}
}

// Ensure that a mapping written in YAML names columns singly, in lists and as templates, and leaves the rest to the guess.
func TestMapping(t *testing.T) {
	var m loaders.Mapping
	text := `
id: Artikelnr
title: [Kurztext, Bezeichnung]
category: [Abteilung, Warengruppe]
price: Preis
price_scale: 0.01
decimal: ","
images: ["https://shop.example/{Artikelnr}.jpg", Bild]
list_separator: ";"
codes: EAN
brand: "-"
attributes: ["*"]
rename: {Farbe: colour}
ignore: [intern]
strip: [a_]
`
	if err := yaml.UnmarshalWithOptions([]byte(text), &m, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	data := "Artikelnr,Kurztext,Bezeichnung,Abteilung,Warengruppe,Preis,Bild,EAN,brand,Farbe,intern,a_Form,stock\n" +
		"7,,Hemd,Herren,Hemden,4995,x.jpg,1;2,Halm,rot;blau,geheim,eckig,3\n"
	rows := load(t, []byte(data), loaders.Options{Mapping: &m, Currency: "EUR"})
	if len(rows) != 1 {
		t.Fatalf("%d rows, want 1", len(rows))
	}
	stock := 3
	want := &vitrine.Product{
		ID: "7", Title: "Hemd", Category: []string{"Herren", "Hemden"}, Price: 49.95, Currency: "EUR", Stock: &stock,
		Images: []string{"https://shop.example/7.jpg", "x.jpg"}, Codes: []string{"1", "2"},
		Attributes: map[string]vitrine.Value{"colour": vitrine.Texts("rot", "blau"), "Form": vitrine.Text("eckig"), "brand": vitrine.Text("Halm")},
	}
	if diff := cmp.Diff(want, rows[0].Product); diff != "" {
		t.Errorf("product (-want +got):\n%s", diff)
	}
	if err := yaml.UnmarshalWithOptions([]byte("ids: a\n"), &m, yaml.Strict()); err == nil {
		t.Error("an unknown field of a mapping is taken")
	}
}

// Ensure that YAML elements with aliases are rejected, whatever they would expand to, and stars in texts are not.
func TestYAMLAliases(t *testing.T) {
	data := "- id: 1\n  title: Lamp *new*\n- id: 2\n  title: &t Bomb\n  a: &a [x, x]\n  b: [*a, *a]\n- id: 3\n  title: \"[*a]\"\n"
	rows, report, err := read(t, []byte(data), loaders.Options{})
	if err != nil || len(rows) != 2 || report.Problems[0].Detail != "aliases are not read" {
		t.Errorf("%d rows, error %v, report %v", len(rows), err, report)
	}
}

// fuzzReader feeds arbitrary bytes behind a start that selects the decoder, and checks what comes out.
func fuzzReader(f *testing.F, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, report, err := read(t, data, loaders.Options{RowLimit: 1 << 12})
		if err != nil && report.Format == "" {
			return
		}
		if len(rows) != report.Kept || report.Read != report.Kept+report.Rejected {
			t.Errorf("%d rows, report %v", len(rows), report)
		}
		last := 0
		for _, row := range rows {
			checkProduct(t, row)
			if row.Number <= last && report.Layout != "magento" && report.Layout != "saleor" {
				t.Errorf("row %d comes after row %d", row.Number, last)
			}
			last = row.Number
		}
	})
}

func FuzzJSONLines(f *testing.F) {
	fuzzReader(f, string(jsonLines(2)), `{"id":1,"title":"a","images":[{"url":"x"},[1,[2]]]}`+"\n{", "\xef\xbb\xbf{\"id\":\"\xff\",\"title\":\"\xfe\"}\n", `{"products":[{"id":1,"title":"a"}]}`, `{"id":1e999,"title":"\ud800","price":"-$5"}`, `{"model":"product.product","pk":1,"fields":{"name":"x"}}`)
}

func FuzzJSONArray(f *testing.F) {
	fuzzReader(f, `[{"id":1,"title":"a"},{"id":2,"title":"b}`+"\n,{\"id\":3,\"title\":\"c\"}]", `[1,"a",[],{}]`, `[{"id":1 "title":2}]`, `{"a":1,"rows":[{"id":1,"title":"a"}],"b":2}`, `[`, `[{"id":"\`)
}

func FuzzCSV(f *testing.F) {
	fuzzReader(f, "id,title\n1,a\n", "id;title;price\n1;\"a\n\"\"b\";4,95\n2;\"c\n3;d;\n", "id\ttitle\r\n1\t\"\r\n", "a,a,\n\"", "id,title\n1,27\" \"x\"\n\n\n2,\xff\n", "sku,product_type,categories,attribute_set_code,visibility\na,simple,b,c,Not Visible Individually\n")
}

func FuzzYAML(f *testing.F) {
	fuzzReader(f, "- id: 1\n  title: a\n", "- {id: 1, title: a}\n-\n- [x]\n- id: &a 1\n  title: *a\n", "---\n# c\n- id: 0x10\n  title: |\n    b\n")
}

func FuzzIDX(f *testing.F) {
	fuzzReader(f, string(idx([][]byte{{0, 1, 2, 3}, {4, 5, 6, 7}})), "\x00\x00\x08\x03\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x01ab")
}

func FuzzParquet(f *testing.F) {
	fuzzReader(f, string(parquetFile(f, 3)), "PAR1PAR1", "PAR1\x00\x00\x00\x00PAR1")
}

package catalog_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"vitrine"
	"vitrine/index/catalog"

	"github.com/google/go-cmp/cmp"
)

// full is a product with every field set.
func full() *vitrine.Product {
	stock := -3
	return &vitrine.Product{
		ID: "sku-1", Group: "g", Title: "Rotes Kleid 红色连衣裙", Description: "Line one.\nLine two.", Brand: "Ada",
		Category: []string{"Apparel", "Dress"}, Codes: []string{"A-1", "4006381333931"}, Price: 19.9, Currency: "EUR", Stock: &stock,
		Images: []string{"1.jpg", "https://shop.example/2.jpg"}, Clips: []string{"c.mp4"}, URL: "https://shop.example/p/1",
		Released: time.Date(2024, 2, 29, 8, 0, 0, 7, time.FixedZone("", 8*3600)),
		Attributes: map[string]vitrine.Value{
			"colour": vitrine.Text("red"), "sizes": vitrine.Texts("S", "", "L"), "none": vitrine.Texts(), "weight": vitrine.Number(-0.25),
			"new": vitrine.Bool(true), "used": vitrine.Bool(false),
		},
		Translations: map[string]vitrine.Translation{"zh": {Title: "红色", Description: "说明"}, "de": {Title: "Kleid"}},
	}
}

// Ensure a product comes back as it went in, and that equal products have equal bytes.
func TestProduct_RoundTrip(t *testing.T) {
	p := full()
	for i := range reflect.TypeOf(*p).NumField() {
		if reflect.ValueOf(*p).Field(i).IsZero() {
			t.Errorf("test product has no %s", reflect.TypeOf(*p).Field(i).Name)
		}
	}
	for _, p := range []*vitrine.Product{p, {}, {ID: "x", Title: "y"}} {
		data, err := catalog.AppendProduct(nil, p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := catalog.DecodeProduct(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, got); diff != "" {
			t.Errorf("product changed (-want +got):\n%s", diff)
		}
		again, err := catalog.AppendProduct(nil, got)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("bytes of %s differ after a round trip (%v)", p, err)
		}
	}
}

// Ensure a truncated product is an error or a shorter product, never a panic.
func TestProduct_Truncated(t *testing.T) {
	data, err := catalog.AppendProduct(nil, full())
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for n := range data {
		if _, err := catalog.DecodeProduct(data[:n]); err != nil {
			failed++
		}
	}
	if failed < len(data)*9/10 {
		t.Errorf("%d of %d truncations were noticed", failed, len(data))
	}
}

func FuzzDecodeProduct(f *testing.F) {
	data, err := catalog.AppendProduct(nil, full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := catalog.DecodeProduct(data)
		if err != nil {
			return
		}
		if _, err := catalog.AppendProduct(nil, p); err != nil {
			t.Errorf("decoded product does not encode: %v", err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	p := full()
	for i := range 40 {
		p.Attributes["attr_"+string(rune('a'+i%26))+string(rune('a'+i/26))] = vitrine.Text("value of some length")
	}
	row, err := catalog.AppendProduct(nil, p)
	if err != nil {
		b.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("row", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := catalog.DecodeProduct(row); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(row)), "bytes")
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var p vitrine.Product
			if err := json.Unmarshal(text, &p); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(text)), "bytes")
	})
}

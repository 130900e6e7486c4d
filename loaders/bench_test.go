package loaders_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"vitrine/loaders"
)

// BenchmarkRows measures products a second of each text format on rows of the size that the electronics set has, about 1.5 kB.
func BenchmarkRows(b *testing.B) {
	const rows = 2000
	var lines, table bytes.Buffer
	table.WriteString("id,title,description,brand,price")
	for j := range 30 {
		fmt.Fprintf(&table, ",property_number_%d", j)
	}
	table.WriteByte('\n')
	for i := range rows {
		fmt.Fprintf(&lines, `{"id":"%d","title":"Product %d of the usual kind","description":"Words and <b>more</b> words about it, & some more.","brand":"Maker","price":%d.95`, i, i, i%500)
		fmt.Fprintf(&table, `%d,Product %d of the usual kind,"Words and <b>more</b> words about it, & some more.",Maker,%d.95`, i, i, i%500)
		for j := range 30 {
			fmt.Fprintf(&lines, `,"property_number_%d":"some value of %d"`, j, i%7)
			fmt.Fprintf(&table, `,some value of %d`, i%7)
		}
		lines.WriteString("}\n")
		table.WriteByte('\n')
	}
	for _, c := range []struct {
		name string
		data []byte
	}{{"jsonl", lines.Bytes()}, {"csv", table.Bytes()}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.data)))
			for b.Loop() {
				if got := len(load(b, c.data, loaders.Options{})); got != rows {
					b.Fatalf("%d rows, want %d", got, rows)
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "products/s")
		})
	}
}

// BenchmarkElectronics measures products a second on the real Icecat file, decompression included.
func BenchmarkElectronics(b *testing.B) {
	path := realData(b, "electronics/products.jsonl.gz")
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		r, err := loaders.Open(path, loaders.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Rows(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
		r.Close()
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "products/s")
}

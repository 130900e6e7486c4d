package vector_test

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vitrine"
	"vitrine/index/vector/flat"
	"vitrine/index/vector/hnsw"
	"vitrine/index/vector/vectortest"
)

// fashionFolder is where the Debian package dataset-fashion-mnist puts its files.
const fashionFolder = "/usr/share/datasets/fashion-mnist"

// BenchmarkFashion measures hnsw on the 60,000 pictures of Fashion-MNIST as unit vectors of 784 dimensions: a sweep over EfSearch, and
// filters that allow 50 % to 0.1 %. The first 1,000 test pictures are the queries, flat tells the truth.
func BenchmarkFashion(b *testing.B) {
	const queries = 1000
	base := pictures(b, "train-images-idx3-ubyte.gz")
	asked := pictures(b, "t10k-images-idx3-ubyte.gz")[:queries]
	exact, err := flat.New(len(base[0]), flat.Options{})
	if err != nil {
		b.Fatal(err)
	}
	graph, err := hnsw.New(len(base[0]), hnsw.Options{})
	if err != nil {
		b.Fatal(err)
	}
	docs := vectortest.Docs(len(base))
	if err := exact.Add(docs, base); err != nil {
		b.Fatal(err)
	}
	start, used := time.Now(), processorTime(b)
	if err := graph.Add(docs, base); err != nil {
		b.Fatal(err)
	}
	b.Logf("hnsw built in %.1f s, processor time %.1f s", time.Since(start).Seconds(), (processorTime(b) - used).Seconds())

	truth := answers(b, exact, asked, nil)
	for _, ef := range []int{10, 20, 40, 80, 160, 320} {
		view, err := graph.WithEf(ef)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("all/ef=%d", ef), func(b *testing.B) { measure(b, view, asked, nil, truth) })
	}
	for _, every := range []int{2, 10, 100, 1000} {
		allowed := vitrine.NewDocSet(len(base))
		for i := 0; i < len(base); i += every {
			allowed.Add(docs[i])
		}
		truth := answers(b, exact, asked, allowed)
		b.Run(fmt.Sprintf("allowed=%g%%", 100/float64(every)), func(b *testing.B) { measure(b, graph, asked, allowed, truth) })
	}
}

// pictures reads an IDX file of unsigned bytes, one vector a picture.
func pictures(tb testing.TB, name string) [][]float32 {
	tb.Helper()
	f, err := os.Open(filepath.Join(fashionFolder, name))
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("Fashion-MNIST is absent, nothing was measured: install the Debian package dataset-fashion-mnist (%v)", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var head struct{ Magic, Count, Height, Width uint32 }
	if err := binary.Read(z, binary.BigEndian, &head); err != nil {
		tb.Fatal(err)
	}
	out := make([][]float32, head.Count)
	picture := make([]byte, head.Height*head.Width)
	for i := range out {
		if _, err := io.ReadFull(z, picture); err != nil {
			tb.Fatal(err)
		}
		out[i] = make([]float32, len(picture))
		for j, x := range picture {
			out[i][j] = float32(x)
		}
	}
	return out
}

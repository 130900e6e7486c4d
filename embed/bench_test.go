package embed_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vitrine/embed"
)

// dataFolder returns the folder of real data: $VITRINE_DATA, or ../shared/data beside the repository.
func dataFolder(tb testing.TB) string {
	tb.Helper()
	folder := os.Getenv("VITRINE_DATA")
	if folder == "" {
		folder = filepath.FromSlash("../../shared/data")
	}
	if _, err := os.Stat(folder); err != nil {
		tb.Skipf("not run, it needs the data folder ($VITRINE_DATA): %v", err)
	}
	return folder
}

// titles returns the first n titles of the electronics catalogue.
func titles(tb testing.TB, n int) []string {
	tb.Helper()
	file, err := os.Open(filepath.Join(dataFolder(tb), "electronics", "products.jsonl.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<24)
	var list []string
	for len(list) < n && lines.Scan() {
		var product struct {
			Title string `json:"title"`
		}
		if err := json.Unmarshal(lines.Bytes(), &product); err != nil {
			tb.Fatal(err)
		}
		list = append(list, product.Title)
	}
	return list
}

// photos returns the first n photo files of the fashion catalogue.
func photos(tb testing.TB, n int) [][]byte {
	tb.Helper()
	folder := filepath.Join(dataFolder(tb), "fashion")
	file, err := os.Open(filepath.Join(folder, "products.csv"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows := csv.NewReader(file)
	header, err := rows.Read()
	if err != nil {
		tb.Fatal(err)
	}
	column := 0
	for i, name := range header {
		if name == "image" {
			column = i
		}
	}
	var list [][]byte
	for len(list) < n {
		row, err := rows.Read()
		if err != nil {
			tb.Fatal(err)
		}
		if row[column] == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(row[column])))
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

// cpu returns the processor time that this process has used: on a busy machine it says more than the clock.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// perItem runs a benchmark over n items a round and reports items per second and processor time per item.
func perItem(b *testing.B, n int, round func()) {
	b.Helper()
	start := cpu(b)
	for b.Loop() {
		round()
	}
	items := float64(b.N * n)
	b.ReportMetric(items/b.Elapsed().Seconds(), "items/s")
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/items, "cpu-µs/item")
}

// BenchmarkTexts encodes real product titles in bulk; one worker is what bench/peer.py does.
func BenchmarkTexts(b *testing.B) {
	texts := titles(b, 256)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			e := open(b, embed.Options{Workers: workers})
			perItem(b, len(texts), func() {
				if _, err := e.Texts(b.Context(), texts); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkImages decodes and encodes real product photos in bulk; one worker is what bench/peer.py does.
func BenchmarkImages(b *testing.B) {
	files := photos(b, 64)
	for _, workers := range []int{1, 2} {
		for _, batch := range []int{1, 4, 8} {
			b.Run(fmt.Sprintf("workers=%d/batch=%d", workers, batch), func(b *testing.B) {
				e := open(b, embed.Options{Workers: workers, BatchImages: batch})
				perItem(b, len(files), func() {
					_, errs := e.Images(b.Context(), files)
					for _, err := range errs {
						if err != nil {
							b.Fatal(err)
						}
					}
				})
			})
		}
	}
}

// BenchmarkQuery encodes short queries that are not cached, from one client and from several at once.
func BenchmarkQuery(b *testing.B) {
	texts := []string{"red summer dress", "wireless noise cancelling headphones", "usb c hub", "hp 62xl ink", "running shoes for men", "lamp"}
	for _, clients := range []int{1, 8} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("clients=%d/threads=%d", clients, threads), func(b *testing.B) {
				e := open(b, embed.Options{Threads: threads, Cached: -1})
				const each = 16
				perItem(b, clients*each, func() {
					var next atomic.Int64
					var wait sync.WaitGroup
					for range clients {
						wait.Go(func() {
							for range each {
								if _, err := e.Text(b.Context(), texts[int(next.Add(1))%len(texts)]); err != nil {
									b.Error(err)
								}
							}
						})
					}
					wait.Wait()
				})
			})
		}
	}
}

package imaging_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// Ensure every reference picture, decoded, set upright, laid on white and resized, equals what Pillow made of it: the mean difference of a channel is far below
// the 2 of 255 levels that users are promised. embed/train/references.py made the references.
func TestFit_References(t *testing.T) {
	const most = 0.25
	config, err := os.ReadFile(filepath.FromSlash("../builtin/vitrine-mini-4/preprocessor_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	p := preprocessor(t, string(config))
	files, err := filepath.Glob(filepath.FromSlash("../testdata/pictures/*"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d reference pictures, %v, want at least 10", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := p.Fit(decode(t, data))
			want := readPNG(t, filepath.Join(filepath.FromSlash("../testdata/preprocessed"), name+".png"))
			if want.Bounds() != image.Rect(0, 0, got.Width, got.Height) {
				t.Fatalf("%d×%d, the reference has %v", got.Width, got.Height, want.Bounds())
			}
			sum := 0
			for i := 0; i < len(got.Pix); i += 3 {
				r, g, b, _ := want.At(i/3%got.Width, i/3/got.Width).RGBA()
				for j, v := range [3]uint32{r, g, b} {
					sum += max(int(got.Pix[i+j])-int(v>>8), int(v>>8)-int(got.Pix[i+j]))
				}
			}
			mean := float64(sum) / float64(len(got.Pix))
			t.Logf("mean difference %.4f", mean)
			if mean > most {
				t.Errorf("mean difference %.3f levels, at most %v allowed", mean, most)
			}
		})
	}
}

func readPNG(tb testing.TB, path string) image.Image {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

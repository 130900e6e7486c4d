package video_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed/video"
)

// webpFile reads a file that testdata/make.py made.
func webpFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// noPrograms makes sure that animated WebP needs none.
var noPrograms = video.Options{FFmpeg: "no-such-ffmpeg", FFprobe: "no-such-ffprobe"}

// Ensure that an animated WebP gives frames of every scene with their times, made smaller, without ffmpeg.
func TestEncoder_WebP(t *testing.T) {
	o := noPrograms
	o.Frames, o.Side = 4, 80
	clip, err := video.New(colours{}, o).Encode(t.Context(), webpFile(t, "scenes.webp"))
	if err != nil {
		t.Fatal(err)
	}
	var times []float64
	for _, f := range clip.Frames {
		times = append(times, f.Seconds)
		config, err := png.DecodeConfig(bytes.NewReader(f.Picture))
		if err != nil || config.Width != 80 || config.Height != 40 {
			t.Errorf("frame of %d×%d pixels: %v", config.Width, config.Height, err)
		}
	}
	if diff := cmp.Diff([]float64{0, 1, 3, 5}, times); diff != "" {
		t.Errorf("times of the frames (-want +got):\n%s", diff)
	}
	want := []float32{0.41, 0.41, 0.82}
	for i, x := range clip.Vectors[vitrine.SpaceJoint] {
		if math.Abs(float64(x-want[i])) > 0.03 {
			t.Errorf("vector %v, want about %v", clip.Vectors, want)
			break
		}
	}
}

// Ensure that frames which cover a part, blend and are cleared give the pictures that libwebp gives: exact without loss, within a few levels with.
func TestEncoder_WebPFrames(t *testing.T) {
	for name, most := range map[string]float64{"lossless": 0.01, "lossy": 3} {
		sheet, err := png.Decode(bytes.NewReader(webpFile(t, name+".png")))
		if err != nil {
			t.Fatal(err)
		}
		clip, err := video.New(colours{}, noPrograms).Encode(t.Context(), webpFile(t, name+".webp"))
		if err != nil || len(clip.Frames) != 8 {
			t.Fatalf("%s: %v, %v, want 8 frames", name, clip, err)
		}
		for i, f := range clip.Frames {
			frame, err := png.Decode(bytes.NewReader(f.Picture))
			if err != nil {
				t.Fatal(err)
			}
			if d := difference(frame, sheet, 48*i); d > most {
				t.Errorf("%s: frame %d differs by %.2f levels on the mean, want %v", name, i, d, most)
			}
		}
	}
}

// difference compares a frame on white with the part of the sheet that begins at a row.
func difference(frame, sheet image.Image, top int) float64 {
	onWhite := func(c color.Color) [3]float64 {
		r, g, b, a := c.RGBA()
		rest := 65535 - float64(a)
		return [3]float64{(float64(r) + rest) / 257, (float64(g) + rest) / 257, (float64(b) + rest) / 257}
	}
	sum, b := 0.0, frame.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			got, want := onWhite(frame.At(x, y)), onWhite(sheet.At(x, y+top))
			for i := range got {
				sum += math.Abs(got[i] - want[i])
			}
		}
	}
	return sum / float64(3*b.Dx()*b.Dy())
}

// edited returns a copy of a file with bytes of it changed.
func edited(data []byte, at int, with ...byte) []byte {
	data = bytes.Clone(data)
	copy(data[at:], with)
	return data
}

// Ensure that bad animated WebP is told by a message, and that one which breaks off counts as far as it goes.
func TestEncoder_BadWebP(t *testing.T) {
	whole := webpFile(t, "scenes.webp")
	first := bytes.Index(whole, []byte("ANMF"))
	second := first + 8 + int(binary.LittleEndian.Uint32(whole[first+4:]))
	short := noPrograms
	short.Longest = 7 * time.Second
	small := noPrograms
	small.Bytes = 100
	for name, test := range map[string]struct {
		data    []byte
		options video.Options
		code    vitrine.Code
		message string
	}{
		"no frames":         {whole[:first], noPrograms, vitrine.Invalid, "not one picture"},
		"half a frame":      {whole[:first+40], noPrograms, vitrine.Invalid, "not one picture"},
		"broken frame":      {edited(whole, first+32, make([]byte, 30)...), noPrograms, vitrine.Invalid, "not one picture"},
		"head only":         {whole[:30], noPrograms, vitrine.Invalid, "not one picture"},
		"huge canvas":       {edited(whole, 24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), noPrograms, vitrine.TooLarge, "16777216×16777216 pixels"},
		"beyond the canvas": {edited(whole, first+8, 0xff), noPrograms, vitrine.Invalid, "frame 1 reaches beyond the 160×80"},
		"another size":      {edited(whole, first+14, 9), noPrograms, vitrine.Invalid, "not one picture"},
		"too long":          {whole, short, vitrine.TooLarge, "8 s, at most 7 s"},
		"many bytes":        {whole, small, vitrine.TooLarge, "at most 100 are allowed"},
	} {
		_, err := video.New(colours{}, test.options).Encode(t.Context(), test.data)
		if vitrine.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s: %v (%s), want %s with %q", name, err, vitrine.CodeOf(err), test.code, test.message)
		}
	}
	clip, err := video.New(colours{}, noPrograms).Encode(t.Context(), whole[:second+20])
	if err != nil || len(clip.Frames) != 1 {
		t.Errorf("broken off in the second frame: %v, %v, want the first", clip, err)
	}
	if _, err := video.New(colours{}, noPrograms).Encode(t.Context(), webpFile(t, "still.webp")); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("a still without ffmpeg: %v, want Unavailable", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := video.New(colours{}, noPrograms).Encode(ctx, whole); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// Ensure that no animated WebP, however damaged, stops the program.
func FuzzEncoder_WebP(f *testing.F) {
	for _, name := range []string{"scenes.webp", "lossless.webp", "lossy.webp"} {
		f.Add(webpFile(f, name))
	}
	o := noPrograms
	o.Pixels, o.Longest = 1<<16, 10*time.Second
	e := video.New(colours{}, o)
	f.Fuzz(func(t *testing.T, data []byte) {
		clip, err := e.Encode(t.Context(), data)
		if err == nil && (len(clip.Frames) == 0 || len(clip.Frames) > 8) {
			t.Errorf("%d frames", len(clip.Frames))
		}
	})
}

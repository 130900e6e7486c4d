package video_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed/video"
)

// film lets ffmpeg make a file of its own test pictures and sounds.
func film(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("clips did not run: ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("ffmpeg", append(append([]string{"-nostdin", "-v", "error"}, args...), "-preset", "ultrafast", "-deadline", "realtime", path)...).CombinedOutput(); err != nil {
		t.Skipf("clip %s did not run, this ffmpeg cannot make it: %v\n%s", name, err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// scenes is a clip of red, green and blue for 1, 2 and 5 seconds.
func scenes(t *testing.T, name string) []byte {
	t.Helper()
	return film(
		t, name, "-f", "lavfi", "-i", "color=red:s=160x80:r=5:d=1", "-f", "lavfi", "-i", "color=lime:s=160x80:r=5:d=2",
		"-f", "lavfi", "-i", "color=blue:s=160x80:r=5:d=5", "-filter_complex", "concat=n=3",
	)
}

// colours encodes a picture as its mean colour.
type colours struct{}

func (colours) Images(_ context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	vectors, errs := make([]vitrine.Vectors, len(data)), make([]error, len(data))
	for i, file := range data {
		picture, _, err := image.Decode(bytes.NewReader(file))
		if err != nil {
			errs[i] = err
			continue
		}
		b := picture.Bounds()
		red, green, blue, _ := picture.At(b.Dx()/2, b.Dy()/2).RGBA()
		v := []float32{float32(red), float32(green), float32(blue)}
		length := math.Sqrt(float64(v[0]*v[0] + v[1]*v[1] + v[2]*v[2]))
		for j := range v {
			v[j] = float32(float64(v[j]) / length)
		}
		vectors[i] = vitrine.Vectors{vitrine.SpaceJoint: v}
	}
	return vectors, errs
}

// Ensure that every format gives frames of every scene, made smaller, with their times; that the vector is their mean, and that the best frames are one of
// each scene, the most typical first.
func TestEncoder_Scenes(t *testing.T) {
	for _, name := range []string{"clip.mp4", "clip.webm", "clip.gif", "clip.mov", "clip.mkv"} {
		t.Run(name, func(t *testing.T) {
			clip, err := video.New(colours{}, video.Options{Frames: 4, Side: 80}).Encode(t.Context(), scenes(t, name))
			if err != nil {
				t.Fatal(err)
			}
			var times []float64
			for _, f := range clip.Frames {
				times = append(times, math.Round(f.Seconds*10)/10)
				config, _, err := image.DecodeConfig(bytes.NewReader(f.Picture))
				if err != nil || config.Width != 80 || config.Height != 40 {
					t.Errorf("frame of %d×%d pixels: %v", config.Width, config.Height, err)
				}
			}
			if diff := cmp.Diff([]float64{0, 1, 3, 5}, times); diff != "" {
				t.Errorf("times of the frames (-want +got):\n%s", diff)
			}
			// One red, one green and two blue ones.
			want := []float32{0.41, 0.41, 0.82}
			for i, x := range clip.Vectors[vitrine.SpaceJoint] {
				if math.Abs(float64(x-want[i])) > 0.03 {
					t.Errorf("vector %v, want about %v", clip.Vectors, want)
					break
				}
			}
			if len(clip.Best) != 4 || clip.Best[0] < 2 || min(clip.Best[1], clip.Best[2]) != 0 || max(clip.Best[1], clip.Best[2]) != 1 {
				t.Errorf("best frames %v, want a blue one, then red and green in any order", clip.Best)
			}
		})
	}
}

// Ensure that a clip of one frame has one, that a recording without a known duration is spread over all the same, and that many scenes do not pass the limit.
func TestEncoder_Frames(t *testing.T) {
	tests := map[string]struct {
		data []byte
		want int
	}{
		"one frame":  {film(t, "one.mp4", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", "1"), 1},
		"live":       {film(t, "live.webm", "-f", "lavfi", "-i", "testsrc=s=64x64:d=10:r=5", "-live", "1"), 4},
		"flickering": {film(t, "flicker.mp4", "-f", "lavfi", "-i", "color=black:s=16x16:d=20:r=5,geq=lum=255*mod(N\\,2):cb=128:cr=128"), 4},
	}
	for name, test := range tests {
		clip, err := video.New(colours{}, video.Options{Frames: 4}).Encode(t.Context(), test.data)
		if err != nil || len(clip.Frames) != test.want || len(clip.Best) != test.want {
			t.Errorf("%s: %v, %v, want %d frames", name, clip, err, test.want)
		} else if last := clip.Frames[test.want-1].Seconds; test.want > 1 && last < 6 {
			t.Errorf("%s: the last frame is of %v s", name, last)
		}
	}
}

// Ensure that a clip which breaks off counts as far as it goes.
func TestEncoder_BrokenOff(t *testing.T) {
	data := scenes(t, "clip.gif")
	clip, err := video.New(colours{}, video.Options{}).Encode(t.Context(), data[:len(data)/2])
	if err != nil || len(clip.Frames) == 0 {
		t.Errorf("half a GIF: %v, %v", clip, err)
	}
}

// Ensure that bad input is told from faults, by a message that says what is wrong and names no file of this machine.
func TestEncoder_BadInput(t *testing.T) {
	whole := scenes(t, "clip.mp4")
	long := film(t, "long.mp4", "-f", "lavfi", "-i", "color=red:s=16x16:r=1/10:d=7200")
	tests := map[string]struct {
		data    []byte
		options video.Options
		code    vitrine.Code
		message string
	}{
		"empty":         {nil, video.Options{}, vitrine.Invalid, "empty"},
		"words":         {[]byte("no clip at all"), video.Options{}, vitrine.Invalid, "text/plain"},
		"picture":       {film(t, "p.png", "-f", "lavfi", "-i", "testsrc", "-frames:v", "1"), video.Options{}, vitrine.Invalid, "image/png"},
		"sound":         {film(t, "s.mp3", "-f", "lavfi", "-i", "sine=d=1"), video.Options{}, vitrine.Invalid, "audio/mpeg"},
		"sound in MP4":  {film(t, "s.mp4", "-f", "lavfi", "-i", "sine=d=1"), video.Options{}, vitrine.Invalid, "no video stream"},
		"two hours":     {long, video.Options{}, vitrine.TooLarge, "7200 s, at most 120 s"},
		"cut short":     {whole[:len(whole)/2], video.Options{}, vitrine.Invalid, "cannot be read"},
		"head only":     {whole[:32], video.Options{}, vitrine.Invalid, "cannot be read"},
		"noise":         {append([]byte("\x00\x00\x00\x20ftypisom"), bytes.Repeat([]byte{7}, 5000)...), video.Options{}, vitrine.Invalid, "cannot be read"},
		"many bytes":    {whole, video.Options{Bytes: 100}, vitrine.TooLarge, "at most 100 are allowed"},
		"many pixels":   {whole, video.Options{Pixels: 160*80 - 1}, vitrine.TooLarge, "160×80"},
		"little time":   {whole, video.Options{Timeout: time.Millisecond}, vitrine.Unavailable, "limit is 1ms"},
		"no ffmpeg":     {whole, video.Options{FFmpeg: "no-such-ffmpeg"}, vitrine.Unavailable, "no-such-ffmpeg is not installed"},
		"no ffprobe":    {whole, video.Options{FFprobe: "/no/such/ffprobe"}, vitrine.Unavailable, "ffprobe is not installed"},
		"no tower left": {whole, video.Options{}, vitrine.Unavailable, "no tower"},
	}
	for name, test := range tests {
		var images video.Images = colours{}
		if name == "no tower left" {
			images = blind{}
		}
		_, err := video.New(images, test.options).Encode(t.Context(), test.data)
		if vitrine.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.message) || strings.Contains(err.Error(), os.TempDir()) {
			t.Errorf("%s: %v (%s), want %s with %q", name, err, vitrine.CodeOf(err), test.code, test.message)
		}
	}
}

// Ensure that nothing stays behind in the folder for temporary files, whatever comes of a clip.
func TestEncoder_LeavesNothing(t *testing.T) {
	whole := scenes(t, "clip.mp4")
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	e := video.New(colours{}, video.Options{})
	for _, data := range [][]byte{whole, whole[:200]} {
		_, err := e.Encode(t.Context(), data)
		left, readErr := os.ReadDir(dir)
		if readErr != nil || len(left) != 0 {
			t.Errorf("after %v: %v stay, %v", err, left, readErr)
		}
	}
}

// blind is a model without eyes.
type blind struct{}

func (blind) Images(_ context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	errs := make([]error, len(data))
	for i := range errs {
		errs[i] = vitrine.Errorf(vitrine.Unavailable, "no tower")
	}
	return make([]vitrine.Vectors, len(data)), errs
}

// Ensure that a caller who gives up is not kept waiting.
func TestEncoder_Cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := video.New(colours{}, video.Options{}).Encode(ctx, scenes(t, "clip.mp4")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

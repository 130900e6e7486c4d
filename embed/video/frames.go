package video

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vitrine"
)

// Frame is a picture of a clip.
type Frame struct {
	// Seconds is when it is shown, from the start of the clip.
	Seconds float64
	// Picture is a PNG file.
	Picture []byte
}

const timesName = "times"

// frames takes key frames in one run: the first, one wherever a scene begins, and one where none was taken for an even share of the clip. Scenes that begin
// sooner than a quarter of that share after the last frame are passed over, which bounds the number; of what is left, frames evenly spread over the list stay,
// so that there are more of them where more happens.
func (f *file) frames(ctx context.Context, s shape) ([]Frame, error) {
	share := max(s.seconds/float64(f.o.Frames), 0.001)
	filter := fmt.Sprintf(
		"select='isnan(prev_selected_t)+gte(t-prev_selected_t,%[1]f)+gt(scene,%[2]f)*gte(t-prev_selected_t,%[3]f)',metadata=print:file=%[4]s,"+
			"scale=w='min(%[5]d,iw)':h='min(%[5]d,ih)':force_original_aspect_ratio=decrease",
		share, f.o.Scene, share/4, timesName, f.o.Side,
	)
	args := f.input("-nostdin", "-v", "error")
	args = append(args,
		"-map", "0:V:0", "-t", strconv.FormatFloat(f.o.Longest.Seconds(), 'f', 3, 64), "-threads", "1", "-vf", filter, "-vsync", "vfr",
		"-frames:v", strconv.Itoa(4*f.o.Frames+1), "-compression_level", "1", "%04d.png")
	if _, err := f.run(ctx, f.o.FFmpeg, args...); err != nil {
		return nil, err
	}
	times, err := f.times()
	if err != nil {
		return nil, err
	}
	var frames []Frame
	for i := range min(len(times), f.o.Frames) {
		n := i * max(len(times), f.o.Frames) / f.o.Frames
		picture, err := os.ReadFile(filepath.Join(f.dir, fmt.Sprintf("%04d.png", n+1)))
		if err != nil {
			return nil, err
		}
		frames = append(frames, Frame{Seconds: times[n], Picture: picture})
	}
	if len(frames) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "not one picture of it can be read")
	}
	return frames, nil
}

// times reads when the frames are shown, in their order, from lines as "frame:3 pts:72 pts_time:2.4".
func (f *file) times() ([]float64, error) {
	list, err := os.Open(filepath.Join(f.dir, timesName))
	if err != nil {
		return nil, err
	}
	defer list.Close() //nolint:errcheck // read only
	written, err := filepath.Glob(filepath.Join(f.dir, "*.png"))
	if err != nil {
		return nil, err
	}
	var times []float64
	for lines := bufio.NewScanner(list); lines.Scan() && len(times) < len(written); {
		if _, at, ok := strings.Cut(lines.Text(), "pts_time:"); ok {
			t, err := strconv.ParseFloat(strings.TrimSpace(at), 64)
			if err != nil {
				return nil, err
			}
			times = append(times, t)
		}
	}
	return times, nil
}

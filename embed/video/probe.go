package video

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"vitrine"
)

// shape is what has to be known of a clip before its frames are taken.
type shape struct {
	width, height int
	seconds       float64
}

// probe asks ffprobe for the shape of a clip and checks it against the limits.
func (f *file) probe(ctx context.Context) (shape, error) {
	var found struct {
		Streams []struct{ Width, Height int }
		Format  struct{ Duration string }
	}
	out, err := f.run(ctx, f.o.FFprobe, f.input("-v", "error", "-select_streams", "V:0", "-show_entries", "stream=width,height:format=duration", "-of", "json")...)
	if err != nil {
		return shape{}, err
	}
	if err := json.Unmarshal(out, &found); err != nil {
		return shape{}, vitrine.Errorf(vitrine.Internal, "ffprobe: %w", err)
	}
	if len(found.Streams) == 0 {
		return shape{}, vitrine.Errorf(vitrine.Invalid, "the file has no video stream")
	}
	s := shape{width: found.Streams[0].Width, height: found.Streams[0].Height}
	// An unknown duration, as of what browsers record, is no number.
	if s.seconds, err = strconv.ParseFloat(found.Format.Duration, 64); err != nil {
		if s.seconds, err = f.lastFrame(ctx); err != nil {
			return shape{}, err
		}
	}
	longest := f.o.Longest.Seconds()
	switch {
	case s.width <= 0 || s.height <= 0:
		return shape{}, vitrine.Errorf(vitrine.Invalid, "its pictures are of no size that ffmpeg can tell")
	case s.width > f.o.Pixels/s.height:
		return shape{}, vitrine.Errorf(vitrine.TooLarge, "%d×%d pixels, at most %d in all are allowed", s.width, s.height, f.o.Pixels)
	case s.seconds > longest:
		return shape{}, vitrine.Errorf(vitrine.TooLarge, "%.0f s, at most %.0f s are allowed", s.seconds, longest)
	}
	return s, nil
}

// lastFrame is the time of the last picture of a clip, as far as one second beyond the longest, from the packets alone.
func (f *file) lastFrame(ctx context.Context) (float64, error) {
	reach := strconv.FormatFloat(f.o.Longest.Seconds()+1, 'f', 3, 64)
	out, err := f.run(ctx, f.o.FFprobe, f.input("-v", "error", "-select_streams", "V:0", "-read_intervals", "%+"+reach, "-show_entries", "packet=pts_time", "-of", "csv=p=0")...)
	if err != nil {
		return 0, err
	}
	last := 0.0
	for line := range strings.Lines(string(out)) {
		if t, err := strconv.ParseFloat(strings.Trim(line, ", \r\n"), 64); err == nil {
			last = max(last, t)
		}
	}
	return last, nil
}

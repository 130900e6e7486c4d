package video

import (
	"runtime"
	"time"
)

// Options bound what is read of a clip; the zero value is usable.
type Options struct {
	// FFmpeg and FFprobe are the programs; default "ffmpeg" and "ffprobe" on the path.
	FFmpeg  string
	FFprobe string
	// Bytes is the largest file; default 64 MiB.
	Bytes int
	// Longest is the longest clip; default 2 min. Longer ones are films rather than clips, and decoding them takes as long as it takes.
	Longest time.Duration
	// Pixels is the largest picture of the clip, width × height; default 9,000,000, which 4K is below.
	Pixels int
	// Frames is how many key frames are embedded at most; default 8. Sensible: 4 to 16. Too few miss scenes; each costs a run of the picture tower.
	Frames int
	// Side is the longer side in pixels that frames are made smaller to; default 480, above what picture towers look at.
	Side int
	// Scene is the share of change between two frames, from 0 to 1, from which a new scene begins; default 0.3. Sensible: 0.2 to 0.5.
	Scene float64
	// Timeout is for ffmpeg and the vectors of one clip together; default 8 s.
	Timeout time.Duration
	// Concurrent is how many clips are read at once, others wait; default one per core.
	Concurrent int
}

func (o Options) withDefaults() Options {
	if o.FFmpeg == "" {
		o.FFmpeg = "ffmpeg"
	}
	if o.FFprobe == "" {
		o.FFprobe = "ffprobe"
	}
	for field, value := range map[*int]int{
		&o.Bytes: 64 << 20, &o.Pixels: 9_000_000, &o.Frames: 8, &o.Side: 480, &o.Concurrent: runtime.GOMAXPROCS(0),
	} {
		if *field == 0 {
			*field = value
		}
	}
	if o.Longest == 0 {
		o.Longest = 2 * time.Minute
	}
	if o.Scene == 0 {
		o.Scene = 0.3
	}
	if o.Timeout == 0 {
		o.Timeout = 8 * time.Second
	}
	return o
}

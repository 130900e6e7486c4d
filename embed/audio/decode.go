package audio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"vitrine"
)

// Options say what comes out, and how much may go in.
type Options struct {
	// Rate is the number of samples a second; default 16,000.
	Rate int
	// Longest is the longest recording; default 30 s. A longer one is TooLarge.
	Longest time.Duration
	// FFmpeg is the program for what is no WAV; default "ffmpeg", looked for in the path.
	FFmpeg string
}

func (o Options) withDefaults() Options {
	if o.Rate <= 0 {
		o.Rate = 16_000
	}
	if o.Longest <= 0 {
		o.Longest = 30 * time.Second
	}
	if o.FFmpeg == "" {
		o.FFmpeg = "ffmpeg"
	}
	return o
}

// Decode gives the samples of a recording, at most as many as Longest allows. Content that is none, is broken off or has no sound is Invalid, a recording that is
// too long TooLarge; Unavailable means that it takes ffmpeg, which is not there.
func Decode(ctx context.Context, data []byte, o Options) ([]float32, error) {
	o = o.withDefaults()
	if len(data) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "audio: is empty")
	}
	most := int(o.Longest.Seconds() * float64(o.Rate))
	var samples []float32
	var err error
	if isWAV(data) {
		samples, err = readWAV(data, o)
	} else {
		samples, err = o.convert(ctx, data)
	}
	switch {
	case err != nil:
		return nil, err
	case len(samples) == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "audio: no sound in it")
	case len(samples) > most:
		return nil, o.tooLong()
	}
	return samples, nil
}

func (o Options) tooLong() error {
	return vitrine.Errorf(vitrine.TooLarge, "audio: longer than %v", o.Longest)
}

// convert has ffmpeg decode a recording. It reads a file, as some containers are read from their end, and may open nothing else.
func (o Options) convert(ctx context.Context, data []byte) ([]float32, error) {
	program, err := exec.LookPath(o.FFmpeg)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "audio: is no WAV, and %q, which reads the other formats, is not installed", o.FFmpeg)
	}
	file, err := os.CreateTemp("", "vitrine-audio-*")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "audio: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "audio: %w", err)
	}
	// A second more than allowed shows that it is too long.
	limit := strconv.FormatFloat(o.Longest.Seconds()+1, 'f', 3, 64)
	cmd := exec.CommandContext(ctx, program, "-v", "error", "-nostdin", "-protocol_whitelist", "file", "-i", file.Name(), //nolint:gosec // a program that the operator names
		"-vn", "-ac", "1", "-ar", strconv.Itoa(o.Rate), "-t", limit, "-f", "f32le", "pipe:1")
	var problem bytes.Buffer
	cmd.Stderr = &problem
	raw, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && len(raw) == 0 {
		said, _, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(problem.String(), file.Name(), "it")), "\n")
		return nil, vitrine.Errorf(vitrine.Invalid, "audio: ffmpeg cannot read it: %s", said)
	}
	samples := make([]float32, len(raw)/4)
	for i := range samples {
		samples[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return samples, nil
}

// Silent reports whether no stretch of 20 ms of samples is as loud as a whisper beside the microphone, -50 dB of full scale.
func Silent(samples []float32, rate int) bool {
	const quiet = 0.00316
	frame := max(rate/50, 1)
	for from := 0; from < len(samples); from += frame {
		part := samples[from:min(from+frame, len(samples))]
		var sum float64
		for _, v := range part {
			sum += float64(v) * float64(v)
		}
		if math.Sqrt(sum/float64(len(part))) > quiet {
			return false
		}
	}
	return true
}

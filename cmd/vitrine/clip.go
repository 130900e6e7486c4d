package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed"
	"vitrine/embed/video"
	"vitrine/loaders/pictures"
)

// clips reads the clips of queries and products.
type clips struct {
	*video.Encoder
	fetcher *pictures.Fetcher
}

// openClips returns nil without an encoder.
func openClips(c *configs.Config, encoder *embed.Encoder) (*clips, error) {
	if encoder == nil {
		return nil, nil
	}
	o := pictureOptions(c)
	o.Bytes, o.Timeout, o.Noun, o.Check = int64(c.Clip.Bytes), c.Clip.Timeout, "clip", video.Check
	fetcher, err := pictures.New(o)
	if err != nil {
		return nil, err
	}
	return &clips{video.New(encoder, clipOptions(c)), fetcher}, nil
}

func clipOptions(c *configs.Config) video.Options {
	return video.Options{
		FFmpeg: c.Clip.FFmpeg, FFprobe: c.Clip.FFprobe, Bytes: int(c.Clip.Bytes), Longest: c.Clip.Longest, Pixels: c.Clip.Pixels,
		Frames: c.Clip.Frames, Scene: c.Clip.Scene, Timeout: c.Clip.Timeout,
	}
}

func (c *clips) close() { c.fetcher.Close() }

// productClips are clips by reference.
type productClips struct{ *clips }

// Clip implements [index.Clips].
func (p productClips) Clip(ctx context.Context, ref string) (vitrine.Vectors, error) {
	data, err := p.fetcher.Fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	return p.clips.Clip(ctx, data)
}

// clipFrame is a key frame as `vitrine clip` lists it.
type clipFrame struct {
	Seconds float64 `json:"seconds"`
	// Rank is the frame's place among the best, from 1.
	Rank int    `json:"rank"`
	File string `json:"file,omitempty"`
}

// clipReport is what `vitrine clip` prints.
type clipReport struct {
	Frames  []clipFrame     `json:"frames"`
	Vectors vitrine.Vectors `json:"vectors"`
}

func newClip(s *settings) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "clip FILE",
		Short: "Show the key frames that stand for a clip",
		Long: "Reads a clip (MP4, WebM, GIF) as searching and indexing do, and lists its key frames: when each is shown, and its place among the best, the most\n" +
			"typical first, then what differs most. With --json the vectors of the clip are there too.",
		Example: "  vitrine clip shoe.mp4 --frames shots",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			config, err := s.config()
			if err != nil {
				return err
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return vitrine.Errorf(vitrine.NotFound, "clip: %w", err)
			}
			encoder, err := openEncoder(config)
			if err != nil {
				return err
			}
			defer func() { err = joinClose(err, encoder.Close) }()
			clip, err := video.New(encoder, clipOptions(config)).Encode(cmd.Context(), data)
			if err != nil {
				return err
			}
			report, err := clipFrames(clip, dir)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				for _, f := range report.Frames {
					cmd.Printf("%7.2f s  %d  %s\n", f.Seconds, f.Rank, f.File)
				}
			})
		},
	}
	cmd.Flags().StringVar(&dir, "frames", "", "folder to write the key frames to, as PNG files")
	return cmd
}

// clipFrames lists the frames of a clip and writes them to dir, unless that is "".
func clipFrames(clip *video.Clip, dir string) (*clipReport, error) {
	report := &clipReport{Frames: make([]clipFrame, len(clip.Frames)), Vectors: clip.Vectors}
	for i, f := range clip.Frames {
		report.Frames[i].Seconds = math.Round(f.Seconds*1000) / 1000
	}
	for rank, i := range clip.Best {
		report.Frames[i].Rank = rank + 1
	}
	if dir == "" {
		return report, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "--frames: %w", err)
	}
	for i, f := range clip.Frames {
		report.Frames[i].File = filepath.Join(dir, fmt.Sprintf("%02d.png", i+1))
		if err := os.WriteFile(report.Frames[i].File, f.Picture, 0o600); err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "--frames: %w", err)
		}
	}
	return report, nil
}

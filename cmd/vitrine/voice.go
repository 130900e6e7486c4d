package main

import (
	"context"
	"log/slog"
	"os/exec"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed"
)

// openRecogniser loads the speech model that the settings name, nil when it is not installed. Without ONNX Runtime there is none either, as the log says.
func openRecogniser(c *configs.Config) (*embed.Recogniser, error) {
	v := c.Voice
	if v.Model == "" {
		return nil, nil
	}
	m, err := embed.Models{Dir: c.Models.Dir}.Find(v.Model)
	if vitrine.CodeOf(err) == vitrine.NotFound && v.Model == configs.Default().Voice.Model {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := embed.OpenRecogniser(m, embed.RecogniserOptions{
		Library: c.Models.Library, Threads: c.Models.Threads, Beams: v.Beams, Strange: v.Strange, Tempos: v.Tempos, Longest: v.Longest, FFmpeg: v.FFmpeg,
	})
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		slog.Warn("voice is not understood", "reason", err)
		return nil, nil
	}
	return r, err
}

// hearsBrowsers reports whether recordings of a browser, which are no WAV, are understood.
func (e *engine) hearsBrowsers() bool {
	_, err := exec.LookPath(e.config.Voice.FFmpeg)
	return err == nil && e.recogniser != nil
}

// hear turns the recording of a query into its text, expecting words of the index; nil for a query without one.
func (e *engine) hear(ctx context.Context, name string, q *vitrine.Query) (*vitrine.Heard, error) {
	switch {
	case len(q.Audio) == 0:
		return nil, nil
	case q.Text != "":
		return nil, vitrine.Errorf(vitrine.Invalid, "field audio: replaces text; give one of them")
	case e.recogniser == nil:
		return nil, vitrine.Errorf(vitrine.Unavailable, "field audio: no speech model; `make voice` installs %s", configs.Default().Voice.Model)
	}
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return nil, err
	}
	defer release()
	heard, err := e.recogniser.Hear(ctx, q.Audio, g.Keyword().Vocabulary())
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "field audio: %w", err)
	}
	if heard.Text == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "field audio: nothing is said in it")
	}
	q.Text, q.Audio = heard.Text, nil
	return heard, nil
}

package configs

import "time"

// Voice says how recordings are understood.
type Voice struct {
	// Model is a speech model in models.dir; empty understands none.
	Model string `yaml:"model"`
	// Beams is the number of texts that are followed side by side.
	Beams int `yaml:"beams"`
	// Strange is what a word costs that the catalogue does not have, as a negative log-probability; negative nothing.
	Strange float64 `yaml:"strange"`
	// Tempos are how fast a recording is played to the model; the texts of all of them vote.
	Tempos []float64 `yaml:"tempos"`
	// Longest is the longest recording.
	Longest time.Duration `yaml:"longest"`
	// FFmpeg is the program that reads what is no WAV.
	FFmpeg string `yaml:"ffmpeg"`
}

func defaultVoice() Voice {
	return Voice{Model: "moonshine-base", Beams: 6, Strange: 8, Tempos: []float64{1, 0.88}, Longest: 30 * time.Second, FFmpeg: "ffmpeg"}
}

func (v *Voice) validate(check check) {
	check(v.Beams >= 1 && v.Beams <= 16, "voice.beams", v.Beams, "1 … 16")
	check(v.Strange <= 100 && v.Strange != 0, "voice.strange", v.Strange, "above 0, at most 100; or negative for none")
	check(len(v.Tempos) > 0 && len(v.Tempos) <= 4, "voice.tempos", v.Tempos, "1 … 4 numbers")
	for _, tempo := range v.Tempos {
		check(tempo >= 0.5 && tempo <= 2, "voice.tempos", tempo, "0.5 … 2")
	}
	check(v.Longest > 0 && v.Longest <= 10*time.Minute, "voice.longest", v.Longest, "above 0, at most 10m")
	check(v.FFmpeg != "", "voice.ffmpeg", v.FFmpeg, "a program")
}

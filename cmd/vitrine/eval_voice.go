package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/embed/audio"
	"vitrine/retrieve/relevance"
)

// voiceReport is the JSON of `eval voice`.
type voiceReport struct {
	Engine  string `json:"engine"`
	Queries int    `json:"queries"`
	voiceFigures
	// Conditions are the figures by voice and noise; a noise of "clean" is none, other ones are the distance to it in dB.
	Conditions []voiceCondition `json:"conditions"`
}

type voiceCondition struct {
	Voice string `json:"voice"`
	Noise string `json:"noise"`
	voiceFigures
}

// voiceFigures compare spoken queries with typed ones.
type voiceFigures struct {
	Spoken int `json:"spoken"`
	// WER is the word error rate: words added, left out and changed, over those of the queries.
	WER float64 `json:"wer"`
	// Overlap is the mean share of the first ten answers to the typed query that the spoken one gets; Overlapping is the share of queries of 0.8 and more.
	Overlap     float64 `json:"overlap@10"`
	Overlapping float64 `json:"overlapping"`
	// P50 and P95 are the times of listening, without the search.
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
}

// evalVoice speaks queries.
type evalVoice struct {
	products, queries, espeak string
	voices, noises            []string
}

func newEvalVoice(s *settings) *cobra.Command {
	var v evalVoice
	cmd := &cobra.Command{
		Use:   "voice",
		Short: "Measure spoken queries against typed ones",
		Long: "Has espeak-ng speak each query in several voices, with noise, searches for it by the recording and by its text, and compares the first ten answers. Without\n" +
			"--products the index of the data folder is asked.",
		Example: "  vitrine eval voice --queries fixtures/queries/spoken.txt --data fashion.db --voices en-us,en-gb --noise clean,20",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := v.run(cmd.Context(), s)
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printVoice(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&v.queries, "queries", "", "file with a query a line")
	flags.StringVar(&v.products, "products", "", "catalogue file, for an index of its own")
	flags.StringVar(&v.espeak, "espeak", "espeak-ng", "program that speaks")
	flags.StringSliceVar(&v.voices, "voices", []string{"en-us", "en-gb", "en-us+f3"}, "voices of that program")
	flags.StringSliceVar(&v.noises, "noise", []string{"clean", "20", "10"}, "how far white noise lies below the voice, in dB, and clean")
	if err := cmd.MarkFlagRequired("queries"); err != nil {
		cmd.PrintErrln(err)
	}
	return cmd
}

func (v *evalVoice) run(ctx context.Context, s *settings) (report *voiceReport, err error) {
	if _, err := exec.LookPath(v.espeak); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "--espeak %s: is not installed", v.espeak)
	}
	queries, err := readLines(v.queries)
	if err != nil {
		return nil, err
	}
	var e *engine
	if v.products == "" {
		if e, _, err = s.open(ctx); err != nil {
			return nil, err
		}
		defer func() { err = joinClose(err, e.close) }()
	} else {
		var closer func() error
		if e, _, closer, err = temporaryIndex(ctx, s, v.products); err != nil {
			return nil, err
		}
		defer func() { err = joinClose(err, closer) }()
	}
	if e.recogniser == nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "no speech model: `make voice` installs one")
	}
	report = &voiceReport{Engine: e.config.Voice.Model, Queries: len(queries), Conditions: []voiceCondition{}}
	typed := make([][]string, len(queries))
	for i, q := range queries {
		run, err := ask(ctx, e, vitrine.Query{Text: q})
		if err != nil {
			return nil, err
		}
		typed[i] = run.ids
	}
	bar := newProgress("spoken queries", int64(len(queries)*len(v.voices)*len(v.noises)))
	defer bar.end()
	var all voiceTally
	for _, voice := range v.voices {
		for _, noise := range v.noises {
			var t voiceTally
			for i, q := range queries {
				if err := v.listen(ctx, e, voice, noise, q, typed[i], &t); err != nil {
					return nil, vitrine.Errorf(vitrine.CodeOf(err), "query %q, voice %s, noise %s: %w", q, voice, noise, err)
				}
				bar.set("spoken queries", int64(len(all.times)+len(t.times)), int64(len(queries)*len(v.voices)*len(v.noises)))
			}
			report.Conditions = append(report.Conditions, voiceCondition{voice, noise, t.figures()})
			all.join(&t)
		}
	}
	report.voiceFigures = all.figures()
	return report, nil
}

// voiceTally gathers what voiceFigures are made of.
type voiceTally struct {
	errors, words  int
	overlap, times []float64
}

func (t *voiceTally) join(o *voiceTally) {
	t.errors, t.words = t.errors+o.errors, t.words+o.words
	t.overlap, t.times = append(t.overlap, o.overlap...), append(t.times, o.times...)
}

func (t *voiceTally) figures() voiceFigures {
	const much = 0.8
	f := voiceFigures{Spoken: len(t.times), WER: float64(t.errors) / float64(max(t.words, 1)), Overlap: relevance.Mean(t.overlap)}
	f.P50, f.P95 = relevance.Percentile(t.times, 50), relevance.Percentile(t.times, 95)
	for _, o := range t.overlap {
		if o >= much-1e-9 {
			f.Overlapping += 1 / float64(len(t.overlap))
		}
	}
	return f
}

// listen speaks a query and searches by the recording; one that is not understood at all gets no answers.
func (v *evalVoice) listen(ctx context.Context, e *engine, voice, noise, text string, typed []string, t *voiceTally) error {
	recording, err := v.speak(ctx, voice, noise, text)
	if err != nil {
		return err
	}
	q := vitrine.Query{Audio: recording}
	heard, err := e.hear(ctx, e.config.Index.Name, &q)
	if vitrine.CodeOf(err) == vitrine.Invalid {
		heard, err = &vitrine.Heard{}, nil
	}
	if err != nil {
		return err
	}
	var spoken []string
	if heard.Text != "" {
		run, err := ask(ctx, e, q)
		if err != nil {
			return err
		}
		spoken = run.ids
	}
	common := 0
	for _, id := range typed {
		if slices.Contains(spoken, id) {
			common++
		}
	}
	share := 1.0
	if len(typed) > 0 {
		share = float64(common) / float64(len(typed))
	}
	want := spokenWords(text)
	t.errors, t.words = t.errors+wordEdits(want, spokenWords(heard.Text)), t.words+len(want)
	t.overlap, t.times = append(t.overlap, share), append(t.times, heard.TookMS)
	return nil
}

// speak has a text spoken and covers it with noise.
func (v *evalVoice) speak(ctx context.Context, voice, noise, text string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "vitrine-voice-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "%w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "spoken.wav")
	cmd := exec.CommandContext(ctx, v.espeak, "-v", voice, "-w", file, "--", text) //nolint:gosec // a program that the operator names
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "%s: %w: %s", v.espeak, err, said)
	}
	recording, err := os.ReadFile(file) //nolint:gosec // in a folder of our own
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "%w", err)
	}
	if noise == "clean" {
		return recording, nil
	}
	below, err := strconv.ParseFloat(noise, 64)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "--noise %q is neither clean nor a number of dB", noise)
	}
	const rate = 16_000
	samples, err := audio.Decode(ctx, recording, audio.Options{Rate: rate})
	if err != nil {
		return nil, err
	}
	var power float64
	for _, s := range samples {
		power += float64(s) * float64(s) / float64(len(samples))
	}
	level := math.Sqrt(power) * math.Pow(10, -below/20)
	random := rand.New(rand.NewPCG(1, uint64(len(samples)))) //nolint:gosec // reproducible on purpose
	for i := range samples {
		samples[i] += float32(random.NormFloat64() * level)
	}
	return audio.WAV(samples, rate), nil
}

// spokenWords are the words of a text as they sound: no case, no hyphens.
func spokenWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(text, "’", "'")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
}

// wordEdits is the Levenshtein distance of two lists of words.
func wordEdits(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			next := before
			if a[i] != b[j] {
				next = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// readLines returns the lines of a file that are not empty.
func readLines(path string) ([]string, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "queries: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "queries %s: is empty", path)
	}
	return lines, nil
}

func printVoice(cmd *cobra.Command, r *voiceReport) {
	cmd.Printf("%d queries heard by %s\n%-12s %-6s %7s %7s %10s %7s %8s %8s\n", r.Queries, r.Engine, "voice", "noise", "spoken", "WER", "overlap@10", ">= 0.8", "p50 ms", "p95 ms")
	row := func(voice, noise string, f *voiceFigures) {
		cmd.Printf("%-12s %-6s %7d %7.3f %10.3f %7.3f %8.0f %8.0f\n", voice, noise, f.Spoken, f.WER, f.Overlap, f.Overlapping, f.P50, f.P95)
	}
	for i := range r.Conditions {
		c := &r.Conditions[i]
		row(c.Voice, c.Noise, &c.voiceFigures)
	}
	row("all", fmt.Sprint(len(r.Conditions)), &r.voiceFigures)
}

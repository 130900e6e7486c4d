package embed_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/audio"
)

// recogniser opens the speech model that `make voice` installs.
func recogniser(t *testing.T) *embed.Recogniser {
	t.Helper()
	m, err := embed.OpenModel("../models/moonshine-base")
	if vitrine.CodeOf(err) == vitrine.NotFound {
		t.Skip("models/moonshine-base is not installed (make voice): speech is not tested")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(); err != nil {
		t.Fatal(err)
	}
	r, err := embed.OpenRecogniser(m, embed.RecogniserOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// words is a lexicon of some words, all as rare.
type words []string

func (w words) LeastRarity(beginning string) float64 {
	for _, word := range w {
		if strings.HasPrefix(word, beginning) {
			return 0.2
		}
	}
	return 1
}

func (w words) Rarity(word string, _ ...string) float64 {
	if slices.Contains(w, word) {
		return 0.2
	}
	return 1
}

// Ensure that a spoken sentence is understood, and that silence says nothing.
func TestRecogniser(t *testing.T) {
	r := recogniser(t)
	silence, err := r.Hear(t.Context(), audio.WAV(make([]float32, 16000), 16000), nil)
	if err != nil || silence.Text != "" || silence.Seconds != 1 {
		t.Errorf("silence: %+v, %v", silence, err)
	}
	if _, err := r.Hear(t.Context(), audio.WAV(make([]float32, 31*16000), 16000), nil); vitrine.CodeOf(err) != vitrine.TooLarge {
		t.Errorf("31 s: %v", err)
	}
	espeak, err := exec.LookPath("espeak-ng")
	if err != nil {
		t.Skip("espeak-ng is not installed: spoken words are not tested")
	}
	file := filepath.Join(t.TempDir(), "spoken.wav")
	if out, err := exec.CommandContext(t.Context(), espeak, "-v", "en-us", "-w", file, "black running shoes for men").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	recording, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]embed.Lexicon{"no lexicon": nil, "lexicon": words{"black", "running", "shoes", "men"}} {
		heard, err := r.Hear(t.Context(), recording, l)
		if err != nil || !strings.EqualFold(heard.Text, "black running shoes for men") || heard.Confidence < 0.3 || heard.Confidence > 1 {
			t.Errorf("%s: %+v, %v", name, heard, err)
		}
	}
}

// Ensure that a model which does not hear is refused.
func TestOpenRecogniserInvalid(t *testing.T) {
	m, err := embed.Models{}.Find("vitrine-mini-4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := embed.OpenRecogniser(m, embed.RecogniserOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("%v", err)
	}
}

package embed

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"vitrine"
	"vitrine/embed/audio"
	"vitrine/embed/onnx"
)

// SpeechTower says how a model turns sound into words: an encoder of samples, float32 [batch, samples], and a decoder that says one token after another,
// in the layout of Hugging Face's merged decoders (input_ids, encoder_hidden_states, past_key_values.*, use_cache_branch; logits, present.*).
type SpeechTower struct {
	Encoder string `yaml:"encoder"`
	Decoder string `yaml:"decoder"`
	// Tokenizer is a tokenizer.json, of which the vocabulary counts.
	Tokenizer string `yaml:"tokenizer"`
	// Rate is the number of samples a second.
	Rate int `yaml:"rate"`
	// Start and End are the tokens before the first and after the last of a text.
	Start int64 `yaml:"start"`
	End   int64 `yaml:"end"`
	// TokensPerSecond bounds the text: nobody speaks faster.
	TokensPerSecond float64 `yaml:"tokens_per_second"`
}

// RecogniserOptions are the settings of a [Recogniser]; a zero field means its default.
type RecogniserOptions struct {
	// Library is the ONNX Runtime library; default as for [Options].
	Library string
	// Threads is the number of threads of a run; default 1.
	Threads int
	// Beams is the number of texts that are followed side by side, 1 … 16; default 6. More hear a little better and take longer.
	Beams int
	// Tempos are how fast the recording is played to the model, 0.5 … 2, 1 as it was spoken; several hear better, and each takes its time; default 1 and 0.88.
	Tempos []float64
	// Strange is what a word that the lexicon does not have costs, as a negative log-probability, and a rare one a part of; default 8, negative nothing.
	// Too high: what the shop does not sell is heard as something that it does.
	Strange float64
	// Longest is the longest recording; default 30 s.
	Longest time.Duration
	// FFmpeg reads what is no WAV; default "ffmpeg".
	FFmpeg string
}

// Recogniser hears what is said in a recording. It is safe for concurrent use.
type Recogniser struct {
	name             string
	options          RecogniserOptions
	tower            SpeechTower
	pieces           pieces
	runtime          *onnx.Runtime
	encoder, decoder *onnx.Session
	// past are the decoder's inputs of what was said before, in order, and shapes theirs.
	past []onnx.Port
}

// speechParts are the checked files of a speech model.
type speechParts struct {
	pieces           pieces
	encoder, decoder []byte
	past             []onnx.Port
}

// speechParts reads and checks the files of the speech tower.
func (m *Model) speechParts() (p speechParts, err error) {
	data, err := m.read(m.Speech.Tokenizer)
	if err != nil {
		return p, err
	}
	if p.pieces, err = readPieces(data); err != nil {
		return p, wrapf(err, "model %s: file %s", m.Name, m.Speech.Tokenizer)
	}
	if p.encoder, err = m.read(m.Speech.Encoder); err != nil {
		return p, err
	}
	if p.decoder, err = m.read(m.Speech.Decoder); err != nil {
		return p, err
	}
	s, err := onnx.ReadSignature(p.decoder)
	if err == nil {
		for _, name := range []string{"input_ids", "encoder_hidden_states", "use_cache_branch"} {
			if _, err = s.Input(name); err != nil {
				break
			}
		}
	}
	if err != nil {
		return p, wrapf(err, "model %s: file %s", m.Name, m.Speech.Decoder)
	}
	for _, port := range s.Inputs {
		if !strings.HasPrefix(port.Name, pastPrefix) {
			continue
		}
		if len(port.Shape) != 4 || port.Shape[1] < 1 || port.Shape[3] < 1 {
			return p, vitrine.Errorf(vitrine.Invalid, "model %s: file %s: input %s is not [batch, heads, length, size]", m.Name, m.Speech.Decoder, port)
		}
		p.past = append(p.past, port)
	}
	return p, nil
}

const (
	pastPrefix    = "past_key_values"
	presentPrefix = "present"
)

// OpenRecogniser loads the speech tower of a model. It reports Invalid for a model without one or with damaged files, and Unavailable when the
// runtime's library is missing.
func OpenRecogniser(m *Model, o RecogniserOptions) (*Recogniser, error) {
	if m.Speech == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model %s: hears nothing: its manifest has no speech", m.Name)
	}
	p, err := m.speechParts()
	if err != nil {
		return nil, err
	}
	o.Beams = min(max(cmp.Or(o.Beams, 6), 1), 16)
	if len(o.Tempos) == 0 {
		o.Tempos = []float64{1, 0.88}
	}
	o.Strange = max(cmp.Or(o.Strange, 8), 0)
	r := &Recogniser{name: m.Name, options: o, tower: *m.Speech, pieces: p.pieces, past: p.past}
	if r.runtime, err = onnx.Open(o.Library); err != nil {
		return nil, err
	}
	threads := cmp.Or(o.Threads, 1)
	if r.encoder, err = m.session(r.runtime, m.Speech.Encoder, p.encoder, onnx.SessionOptions{Threads: threads}); err != nil {
		return nil, errors.Join(err, r.runtime.Close())
	}
	ports := onnx.SessionOptions{Threads: threads, Inputs: []string{"input_ids", "encoder_hidden_states", "use_cache_branch"}, Outputs: []string{"logits"}}
	for _, port := range p.past {
		ports.Inputs = append(ports.Inputs, port.Name)
		ports.Outputs = append(ports.Outputs, presentPrefix+strings.TrimPrefix(port.Name, pastPrefix))
	}
	if r.decoder, err = m.session(r.runtime, m.Speech.Decoder, p.decoder, ports); err != nil {
		return nil, errors.Join(err, r.encoder.Close(), r.runtime.Close())
	}
	return r, nil
}

// Close frees the model.
func (r *Recogniser) Close() error {
	return errors.Join(r.encoder.Close(), r.decoder.Close(), r.runtime.Close())
}

// Hear returns what is said in an encoded recording, with other ways to understand it, the likeliest first; no text when there is only silence. Errors are those
// of [audio.Decode]. A lexicon, which may be nil, says which words to expect.
func (r *Recogniser) Hear(ctx context.Context, recording []byte, l Lexicon) (*vitrine.Heard, error) {
	start := time.Now()
	samples, err := audio.Decode(ctx, recording, audio.Options{Rate: r.tower.Rate, Longest: r.options.Longest, FFmpeg: r.options.FFmpeg})
	if err != nil {
		return nil, err
	}
	heard := &vitrine.Heard{Model: r.name, Seconds: float64(len(samples)) / float64(r.tower.Rate)}
	if !audio.Silent(samples, r.tower.Rate) {
		beams, err := r.decode(ctx, samples, newLexicon(l, r.options.Strange))
		if err != nil {
			return nil, wrapf(err, "model %s", r.name)
		}
		r.tell(heard, beams)
	}
	heard.TookMS = float64(time.Since(start).Microseconds()) / 1e3
	return heard, nil
}

// pad puts half a second of silence before and behind, without which short recordings are misheard.
func pad(samples []float32, rate int) []float32 {
	padded := make([]float32, len(samples)+rate)
	copy(padded[rate/2:], samples)
	return padded
}

// tell turns beams into texts, each once.
func (r *Recogniser) tell(heard *vitrine.Heard, beams []beam) {
	for _, b := range beams {
		text := strings.TrimFunc(r.pieces.text(b.tokens), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
		same := func(a vitrine.HeardText) bool { return strings.EqualFold(a.Text, text) }
		if text == "" || slices.ContainsFunc(heard.Alternatives, same) {
			continue
		}
		heard.Alternatives = append(heard.Alternatives, vitrine.HeardText{Text: text, Confidence: math.Exp(b.mean())})
	}
	if len(heard.Alternatives) > 0 {
		heard.HeardText = heard.Alternatives[0]
		heard.Alternatives = heard.Alternatives[1:]
	}
}

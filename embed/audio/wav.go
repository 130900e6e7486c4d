package audio

import (
	"bytes"
	"encoding/binary"
	"math"

	"vitrine"
)

// Formats of samples in WAV files.
const (
	formatPCM        = 1
	formatFloat      = 3
	formatExtensible = 0xfffe
)

func isWAV(data []byte) bool {
	return len(data) >= 12 && bytes.Equal(data[:4], []byte("RIFF")) && bytes.Equal(data[8:12], []byte("WAVE"))
}

// wave is what the header of a WAV file says.
type wave struct{ format, channels, rate, bits int }

// readWAV reads RIFF WAVE: PCM of 8, 16, 24 or 32 bits, and floats of 32 or 64. A file that breaks off gives what there is.
func readWAV(data []byte, o Options) ([]float32, error) {
	var w wave
	for at := 12; at+8 <= len(data); {
		name, size := string(data[at:at+4]), int(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		body = body[:min(size, len(body))]
		switch name {
		case "fmt ":
			var err error
			if w, err = readFormat(body); err != nil {
				return nil, err
			}
		case "data":
			if w.channels == 0 {
				return nil, vitrine.Errorf(vitrine.Invalid, "audio: WAV data before its format")
			}
			frames := len(body) / (w.channels * w.bits / 8)
			if float64(frames) > (o.Longest.Seconds()+1)*float64(w.rate) {
				return nil, o.tooLong()
			}
			return Resample(w.samples(body, frames), w.rate, o.Rate), nil
		}
		at += 8 + size + size%2
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "audio: WAV without data")
}

func readFormat(body []byte) (w wave, err error) {
	if len(body) < 16 {
		return w, vitrine.Errorf(vitrine.Invalid, "audio: WAV format of %d bytes", len(body))
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint16(body[at:])) }
	w = wave{format: word(0), channels: word(2), rate: int(binary.LittleEndian.Uint32(body[4:])), bits: word(14)}
	if w.format == formatExtensible && len(body) >= 26 {
		w.format = word(24)
	}
	known := w.format == formatPCM && (w.bits == 8 || w.bits == 16 || w.bits == 24 || w.bits == 32) || w.format == formatFloat && (w.bits == 32 || w.bits == 64)
	switch {
	case !known:
		return w, vitrine.Errorf(vitrine.Invalid, "audio: WAV format %d of %d bits is not supported", w.format, w.bits)
	case w.channels < 1 || w.channels > 64:
		return w, vitrine.Errorf(vitrine.Invalid, "audio: WAV of %d channels", w.channels)
	case w.rate < 1000 || w.rate > 768_000:
		return w, vitrine.Errorf(vitrine.Invalid, "audio: WAV of %d samples a second", w.rate)
	}
	return w, nil
}

// samples are the means over the channels; what is not finite becomes silence.
func (w *wave) samples(body []byte, frames int) []float32 {
	out := make([]float32, frames)
	size := w.bits / 8
	for i := range out {
		var sum float64
		for c := range w.channels {
			sum += w.value(body[(i*w.channels+c)*size:])
		}
		if v := sum / float64(w.channels); !math.IsNaN(v) && !math.IsInf(v, 0) {
			out[i] = float32(min(max(v, -1), 1))
		}
	}
	return out
}

func (w *wave) value(b []byte) float64 {
	switch {
	case w.format == formatFloat && w.bits == 64:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case w.format == formatFloat:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case w.bits == 8:
		return (float64(b[0]) - 128) / 128
	case w.bits == 16:
		return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) //nolint:gosec // two's complement
	case w.bits == 24:
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31) //nolint:gosec // as above
	}
	return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) //nolint:gosec // as above
}

// Resample changes the rate by band-limited interpolation: a sinc under a Hann window, with the cut-off at half of the lower rate
// (Smith, "Digital audio resampling", 1984).
func Resample(in []float32, from, to int) []float32 {
	if from == to || len(in) == 0 {
		return in
	}
	const zeros = 16
	step := float64(from) / float64(to)
	cutoff := min(1, 1/step)
	reach := zeros / cutoff
	out := make([]float32, int(float64(len(in))/step))
	for i := range out {
		centre := float64(i) * step
		var sum, weights float64
		for j := max(0, int(math.Ceil(centre-reach))); j <= min(len(in)-1, int(centre+reach)); j++ {
			x := (float64(j) - centre) * cutoff
			w := 0.5 + 0.5*math.Cos(math.Pi*x/zeros)
			if x != 0 {
				w *= math.Sin(math.Pi*x) / (math.Pi * x)
			}
			sum += w * float64(in[j])
			weights += w
		}
		out[i] = float32(sum / weights)
	}
	return out
}

// WAV gives samples, cut to -1 … 1, as a WAV file of 16 bits.
func WAV(samples []float32, rate int) []byte {
	const header, size = 44, 2
	b := make([]byte, 0, header+size*len(samples))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(header-8+size*len(samples))) //nolint:gosec // recordings are short
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, formatPCM)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))      //nolint:gosec // as above
	b = binary.LittleEndian.AppendUint32(b, uint32(size*rate)) //nolint:gosec // as above
	b = binary.LittleEndian.AppendUint16(b, size)
	b = binary.LittleEndian.AppendUint16(b, 8*size)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(size*len(samples))) //nolint:gosec // as above
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(float64(min(max(v, -1), 1))*32767)))) //nolint:gosec // two's complement
	}
	return b
}

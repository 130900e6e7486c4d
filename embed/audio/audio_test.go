package audio_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/embed/audio"
)

// tone is a second of a 440 Hz sine at half of full scale, as WAV.
func tone(format, bits, rate, channels int) []byte {
	var body bytes.Buffer
	put := func(v any) { _ = binary.Write(&body, binary.LittleEndian, v) }
	for i := range rate {
		v := math.Sin(2*math.Pi*440*float64(i)/float64(rate)) / 2
		for range channels {
			switch {
			case format == 3 && bits == 64:
				put(v)
			case format == 3:
				put(float32(v))
			case bits == 8:
				put(uint8(128 + 127*v))
			case bits == 16:
				put(int16(32767 * v))
			case bits == 24:
				n := int32(8388607 * v)
				put([]byte{byte(n), byte(n >> 8), byte(n >> 16)})
			default:
				put(int32(2147483647 * v))
			}
		}
	}
	return wav(format, bits, rate, channels, body.Bytes())
}

func wav(format, bits, rate, channels int, body []byte) []byte {
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	b.WriteString("RIFF")
	put(uint32(36 + len(body)))
	b.WriteString("WAVEfmt ")
	put(uint32(16))
	put([]uint16{uint16(format), uint16(channels)})
	put([]uint32{uint32(rate), uint32(rate * channels * bits / 8)})
	put([]uint16{uint16(channels * bits / 8), uint16(bits)})
	b.WriteString("data")
	put(uint32(len(body)))
	b.Write(body)
	return b.Bytes()
}

// Ensure that every kind of sample, rate and number of channels gives the same tone at 16 kHz.
func TestDecode(t *testing.T) {
	for _, w := range []struct{ format, bits, rate, channels int }{
		{1, 8, 16000, 1}, {1, 16, 16000, 2}, {1, 24, 44100, 1}, {1, 32, 48000, 2}, {3, 32, 22050, 1}, {3, 64, 8000, 1},
	} {
		got, err := audio.Decode(t.Context(), tone(w.format, w.bits, w.rate, w.channels), audio.Options{})
		if err != nil {
			t.Fatalf("%+v: %v", w, err)
		}
		if len(got) < 15990 || len(got) > 16000 {
			t.Errorf("%+v: %d samples of a second", w, len(got))
		}
		worst := 0.0
		for i := 200; i < len(got)-200; i++ { // ends have less to interpolate from
			worst = max(worst, math.Abs(float64(got[i])-math.Sin(2*math.Pi*440*float64(i)/16000)/2))
		}
		if worst > 0.015 {
			t.Errorf("%+v: differs from the tone by up to %.3f", w, worst)
		}
	}
}

// Ensure that what lies above half of the new rate does not come back as a lower tone.
func TestDecodeFoldsNothing(t *testing.T) {
	samples := make([]byte, 0, 96000)
	for i := range 48000 {
		v := int16(16000 * math.Sin(2*math.Pi*15000*float64(i)/48000))
		samples = binary.LittleEndian.AppendUint16(samples, uint16(v))
	}
	got, err := audio.Decode(t.Context(), wav(1, 16, 48000, 1, samples), audio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !audio.Silent(got[200:len(got)-200], 16000) {
		t.Error("15 kHz is heard at 16,000 samples a second")
	}
}

// Ensure that ffmpeg reads what is no WAV.
func TestDecodeOther(t *testing.T) {
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: formats other than WAV are not tested")
	}
	for _, format := range []string{"mp3", "ogg", "webm", "flac"} {
		cmd := exec.CommandContext(t.Context(), program, "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=1:sample_rate=48000", "-f", format, "pipe:1")
		data, err := cmd.Output()
		if err != nil {
			t.Logf("this ffmpeg cannot write %s", format)
			continue
		}
		got, err := audio.Decode(t.Context(), data, audio.Options{})
		if err != nil || len(got) < 15000 || len(got) > 18000 || audio.Silent(got, 16000) {
			t.Errorf("%s: %d samples, %v", format, len(got), err)
		}
		if _, err := audio.Decode(t.Context(), data, audio.Options{Longest: 500 * time.Millisecond}); vitrine.CodeOf(err) != vitrine.TooLarge {
			t.Errorf("%s of a second, half of one allowed: %v", format, err)
		}
	}
}

// Ensure that what is no recording, broken, too long or without sound is refused for what it is.
func TestDecodeInvalid(t *testing.T) {
	good := tone(1, 16, 16000, 1)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		data    []byte
		options audio.Options
		code    vitrine.Code
		want    string
	}{
		"empty":         {nil, audio.Options{}, vitrine.Invalid, "empty"},
		"header alone":  {good[:12], audio.Options{}, vitrine.Invalid, "without data"},
		"no samples":    {wav(1, 16, 16000, 1, nil), audio.Options{}, vitrine.Invalid, "no sound"},
		"too long":      {good, audio.Options{Longest: 100 * time.Millisecond}, vitrine.TooLarge, "100ms"},
		"two hours":     {wav(1, 8, 1000, 1, make([]byte, 7_200_000)), audio.Options{}, vitrine.TooLarge, "30s"},
		"no channels":   {wav(1, 16, 16000, 0, nil), audio.Options{}, vitrine.Invalid, "channels"},
		"no rate":       {wav(1, 16, 0, 1, nil), audio.Options{}, vitrine.Invalid, "samples a second"},
		"compressed":    {wav(2, 4, 16000, 1, nil), audio.Options{}, vitrine.Invalid, "format 2"},
		"no ffmpeg":     {[]byte("ID3"), audio.Options{FFmpeg: "no-such-program"}, vitrine.Unavailable, "not installed"},
		"short format":  {append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x02\x00\x00\x00"), 1, 0), audio.Options{}, vitrine.Invalid, "2 bytes"},
		"data at first": {append([]byte("RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00"), 1, 0), audio.Options{}, vitrine.Invalid, "before its format"},
	} {
		if _, err := audio.Decode(t.Context(), test.data, test.options); vitrine.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s about %q", name, err, test.code, test.want)
		}
	}
	if got, err := audio.Decode(t.Context(), good[:len(good)/2], audio.Options{}); err != nil || len(got) < 7000 {
		t.Errorf("half of a recording: %d samples, %v", len(got), err)
	}
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		if _, err := audio.Decode(t.Context(), []byte("<html>no sound</html>"), audio.Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("a page: %v", err)
		}
		if _, err := audio.Decode(cancelled, []byte("ID3"), audio.Options{}); err == nil {
			t.Error("cancelled: no error")
		}
	}
}

// Ensure that silence and a hum below a whisper are silent, and a tone is not.
func TestSilent(t *testing.T) {
	hum := make([]float32, 16000)
	for i := range hum {
		hum[i] = 0.002 * float32(i%2*2-1)
	}
	if !audio.Silent(nil, 16000) || !audio.Silent(make([]float32, 16000), 16000) || !audio.Silent(hum, 16000) {
		t.Error("silence is heard")
	}
	loud := append(hum, 0.5, -0.5, 0.5, -0.5)
	if audio.Silent(loud, 16000) {
		t.Error("a knock is not heard")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(tone(1, 16, 1000, 1))
	f.Add(tone(3, 32, 1000, 2))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, err := audio.Decode(t.Context(), data, audio.Options{FFmpeg: "no-such-program", Longest: time.Second})
		if err != nil && vitrine.CodeOf(err) == vitrine.Internal {
			t.Fatal(err)
		}
		for _, v := range samples {
			if !(v >= -8 && v <= 8) {
				t.Fatalf("sample %v", v)
			}
		}
	})
}

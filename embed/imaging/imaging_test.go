package imaging_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"vitrine"
	"vitrine/embed/imaging"
)

// quadrants is a picture of 4×2 pixels: red, green, blue and white in squares of 2×1.
func quadrants() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	colours := []color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}, {0, 0, 255, 255}, {255, 255, 255, 255}}
	for y := range 2 {
		for x := range 4 {
			m.SetNRGBA(x, y, colours[2*y+x/2])
		}
	}
	return m
}

func encodePNG(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func decode(tb testing.TB, data []byte) *imaging.Picture {
	tb.Helper()
	p, err := imaging.Decode(data, imaging.Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// draw writes a picture as a letter per pixel: R, G, B and W; a line per row.
func draw(p *imaging.Picture) string {
	letters := map[[3]uint8]byte{{255, 0, 0}: 'R', {0, 255, 0}: 'G', {0, 0, 255}: 'B', {255, 255, 255}: 'W', {0, 0, 0}: 'K'}
	var out strings.Builder
	for i := 0; i < len(p.Pix); i += 3 {
		if i > 0 && i/3%p.Width == 0 {
			out.WriteByte('\n')
		}
		letter, ok := letters[[3]uint8(p.Pix[i:i+3])]
		if !ok {
			letter = '?'
		}
		out.WriteByte(letter)
	}
	return out.String()
}

// Ensure each lossless format gives the exact pixels, whatever the colour model.
func TestDecode_Formats(t *testing.T) {
	source := quadrants()
	paletted := image.NewPaletted(source.Rect, color.Palette{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.White})
	deep := image.NewNRGBA64(source.Rect)
	opaque := image.NewRGBA(source.Rect)
	for y := range 2 {
		for x := range 4 {
			paletted.Set(x, y, source.At(x, y))
			deep.Set(x, y, source.At(x, y))
			opaque.Set(x, y, source.At(x, y))
		}
	}
	deep.SetNRGBA64(3, 1, color.NRGBA64{0xffff, 0xffff, 0xff00, 0xffff})
	var gifFile, bmpFile, tiffFile bytes.Buffer
	if err := gif.Encode(&gifFile, paletted, nil); err != nil {
		t.Fatal(err)
	}
	if err := bmp.Encode(&bmpFile, opaque); err != nil {
		t.Fatal(err)
	}
	if err := tiff.Encode(&tiffFile, source, nil); err != nil {
		t.Fatal(err)
	}
	const want = "RRGG\nBBWW"
	for name, data := range map[string][]byte{
		"png": encodePNG(t, source), "png palette": encodePNG(t, paletted), "png 16 bit": encodePNG(t, deep),
		"gif": gifFile.Bytes(), "bmp": bmpFile.Bytes(), "tiff": tiffFile.Bytes(),
	} {
		if got := draw(decode(t, data)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// Ensure transparent pixels lie on white, half-transparent ones are blended, and a GIF frame that covers a part has white around it.
func TestDecode_OnWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	m.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 0})
	m.SetNRGBA(1, 0, color.NRGBA{0, 0, 0, 128})
	m.SetNRGBA(2, 0, color.NRGBA{0, 0, 255, 255})
	if diff := cmp.Diff([]uint8{255, 255, 255, 127, 127, 127, 0, 0, 255}, decode(t, encodePNG(t, m)).Pix); diff != "" {
		t.Errorf("transparency (-want +got):\n%s", diff)
	}
	frame := image.NewPaletted(image.Rect(1, 1, 3, 2), color.Palette{color.NRGBA{0, 255, 0, 255}})
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 4, Height: 3}}); err != nil {
		t.Fatal(err)
	}
	if got, want := draw(decode(t, file.Bytes())), "WWWW\nWGGW\nWWWW"; got != want {
		t.Errorf("GIF frame:\n%s\nwant\n%s", got, want)
	}
}

// withEXIF puts an orientation into a PNG, in a chunk after the header.
func withEXIF(file []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	exif := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		exif = []byte("MM\x00*")
	}
	exif = order.AppendUint32(exif, 8)
	exif = order.AppendUint16(exif, 1)
	for _, v := range []uint16{0x0112, 3} {
		exif = order.AppendUint16(exif, v)
	}
	exif = order.AppendUint32(exif, 1)
	exif = order.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(exif)))
	chunk = append(chunk, "eXIf"...)
	chunk = append(chunk, exif...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 8 + 25
	return append(append(append([]byte{}, file[:header]...), chunk...), file[header:]...)
}

// Ensure all eight EXIF orientations are undone, in either byte order, and a value outside them is ignored.
func TestDecode_Orientation(t *testing.T) {
	for orientation, want := range []string{
		0: "RRGG\nBBWW", 1: "RRGG\nBBWW", 2: "GGRR\nWWBB", 3: "WWBB\nGGRR", 4: "BBWW\nRRGG",
		5: "RB\nRB\nGW\nGW", 6: "BR\nBR\nWG\nWG", 7: "WG\nWG\nBR\nBR", 8: "GW\nGW\nRB\nRB", 9: "RRGG\nBBWW",
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			file := withEXIF(encodePNG(t, quadrants()), order, uint16(orientation))
			if got := draw(decode(t, file)); got != want {
				t.Errorf("orientation %d, %s:\n%s\nwant\n%s", orientation, order, got, want)
			}
		}
	}
}

// hugePNG is the start of a PNG that claims a size.
func hugePNG(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	header = append(binary.BigEndian.AppendUint32(header, height), 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(file, header...), crc32.ChecksumIEEE(header))
}

// Ensure what is no picture, or too large a one, is refused with the right code before its pixels take memory; a single pixel is fine.
func TestDecode_BadInput(t *testing.T) {
	var photo bytes.Buffer
	large := image.NewNRGBA(image.Rect(0, 0, 200, 200))
	for i := range large.Pix {
		large.Pix[i] = uint8(i * i >> 3)
	}
	if err := jpeg.Encode(&photo, large, nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		data []byte
		code vitrine.Code
		want string
	}{
		{"empty", nil, vitrine.Invalid, "empty"},
		{"text", []byte("just a text file named photo.png\n"), vitrine.Invalid, "text/plain"},
		{"truncated JPEG", photo.Bytes()[:photo.Len()/2], vitrine.Invalid, "broken JPEG"},
		{"JPEG header only", photo.Bytes()[:20], vitrine.Invalid, "broken JPEG header"},
		{"truncated PNG", encodePNG(t, large)[:500], vitrine.Invalid, "broken PNG"},
		{"30,000 × 30,000", hugePNG(30_000, 30_000), vitrine.TooLarge, "30000×30000 pixels, at most 16384 a side"},
		{"many pixels", hugePNG(16_000, 16_000), vitrine.TooLarge, "at most 40000000 in all"},
		{"overflowing size", hugePNG(1<<31-1, 1<<31-1), "", ""},
		{"no pixels", hugePNG(0, 7), vitrine.Invalid, "PNG"},
		{"many bytes", bytes.Repeat([]byte{0xff}, 20<<20+1), vitrine.TooLarge, "at most 20971520"},
	} {
		_, err := imaging.Decode(tt.data, imaging.Limits{})
		if err == nil || tt.code != "" && vitrine.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v (%s), want %s with %q", tt.name, err, vitrine.CodeOf(err), tt.code, tt.want)
		}
	}
	one := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	one.SetNRGBA(0, 0, color.NRGBA{9, 8, 7, 255})
	if diff := cmp.Diff([]uint8{9, 8, 7}, decode(t, encodePNG(t, one)).Pix); diff != "" {
		t.Errorf("one pixel (-want +got):\n%s", diff)
	}
	if _, err := imaging.Decode(encodePNG(t, large), imaging.Limits{Side: 199}); vitrine.CodeOf(err) != vitrine.TooLarge {
		t.Errorf("own limit: %v, want TooLarge", err)
	}
}

func preprocessor(tb testing.TB, config string) *imaging.Preprocessor {
	tb.Helper()
	p, err := imaging.LoadPreprocessor([]byte(config))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// Ensure the settings of a preprocessor_config.json act as Hugging Face's do: shortest edge, squeeze, centre crop, black around what is too small.
func TestPreprocessor_Fit(t *testing.T) {
	const box = `"do_resize": true, "resample": 4`
	for _, tt := range []struct{ name, config, want string }{
		{"squeeze", `{` + box + `, "size": {"height": 2, "width": 2}}`, "RG\nBW"},
		{"shortest edge and crop", `{` + box + `, "size": {"shortest_edge": 2}, "do_center_crop": true, "crop_size": {"height": 2, "width": 2}}`, "RG\nBW"},
		{"bare numbers", `{` + box + `, "size": 4, "do_center_crop": true, "crop_size": 4}`, "RRGG\nRRGG\nBBWW\nBBWW"},
		{"crop only", `{"do_center_crop": true, "crop_size": {"height": 1, "width": 2}}`, "RG"},
		{"padding", `{"do_center_crop": true, "crop_size": {"height": 3, "width": 6}}`, "KKKKKK\nKRRGGK\nKBBWWK"},
	} {
		p := preprocessor(t, tt.config)
		fitted := p.Fit(decode(t, encodePNG(t, quadrants())))
		if got := draw(fitted); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
		if width, height := p.Size(); fitted.Width != width || fitted.Height != height {
			t.Errorf("%s: %d×%d, Size says %d×%d", tt.name, fitted.Width, fitted.Height, width, height)
		}
	}
}

// Ensure extreme proportions cost no more than the part that is kept.
func TestPreprocessor_FitExtreme(t *testing.T) {
	p := preprocessor(t, `{"do_resize": true, "size": {"shortest_edge": 224}, "do_center_crop": true, "crop_size": 224}`)
	for _, size := range [][2]int{{1, 1}, {1, 16_000}, {16_000, 1}, {3, 2}} {
		m := image.NewGray(image.Rect(0, 0, size[0], size[1]))
		for i := range m.Pix {
			m.Pix[i] = 77
		}
		fitted := p.Fit(decode(t, encodePNG(t, m)))
		for i, v := range fitted.Pix {
			if v != 77 {
				t.Fatalf("%v: value %d at %d of an even picture of 77", size, v, i)
			}
		}
	}
}

// Ensure the tensor holds the planes in order with the numbers of the formula: (value × factor − mean) / std.
func TestPreprocessor_Fill(t *testing.T) {
	p := preprocessor(t, `{"do_center_crop": true, "crop_size": {"height": 1, "width": 2}, "do_rescale": true, "rescale_factor": 0.5,
		"do_normalize": true, "image_mean": [1, 2, 3], "image_std": [1, 2, 4]}`)
	got := make([]float32, 6)
	p.Fill(got, &imaging.Picture{Width: 2, Height: 1, Pix: []uint8{10, 20, 30, 0, 4, 6}})
	if diff := cmp.Diff([]float32{4, -1, 4, 0, 3, 0}, got); diff != "" {
		t.Errorf("tensor (-want +got):\n%s", diff)
	}
}

// Ensure settings that cannot be followed are refused by name.
func TestLoadPreprocessor_Refused(t *testing.T) {
	for _, tt := range []struct{ config, want string }{
		{`{`, "unexpected end"},
		{`{"do_resize": true, "resample": 0, "size": 4}`, "resample 0"},
		{`{"do_resize": true, "size": {"longest_edge": 4}}`, "longest_edge"},
		{`{"do_resize": true, "size": {"shortest_edge": 4}}`, "one size"},
		{`{}`, "one size"},
		{`{"do_center_crop": true, "crop_size": "large"}`, "crop_size"},
		{`{"do_center_crop": true, "crop_size": 4, "do_normalize": true, "image_mean": [0]}`, "3 numbers"},
		{`{"do_center_crop": true, "crop_size": 4, "do_normalize": true, "image_mean": [0, 0, 0], "image_std": [1, 0, 1]}`, "zero"},
	} {
		_, err := imaging.LoadPreprocessor([]byte(tt.config))
		if err == nil || vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want Invalid with %q", tt.config, err, tt.want)
		}
	}
}

// Ensure no bytes make decoding panic or give a picture whose size contradicts itself.
func FuzzDecode(f *testing.F) {
	f.Add(encodePNG(f, quadrants()))
	f.Add(withEXIF(encodePNG(f, quadrants()), binary.BigEndian, 6))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08"))
	f.Add([]byte("RIFF\x20\x00\x00\x00WEBPEXIF\x08\x00\x00\x00II*\x00\x08\x00\x00\x00"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00"))
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, quadrants(), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(photo.Bytes())
	p := preprocessor(f, `{"do_resize": true, "size": {"shortest_edge": 8}, "do_center_crop": true, "crop_size": 8}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		picture, err := imaging.Decode(data, imaging.Limits{Pixels: 1 << 16, Side: 1 << 10})
		if err != nil {
			return
		}
		if len(picture.Pix) != 3*picture.Width*picture.Height || len(picture.Pix) == 0 {
			t.Fatalf("%d values for %d×%d", len(picture.Pix), picture.Width, picture.Height)
		}
		p.Fit(picture)
	})
}

func BenchmarkFit(b *testing.B) {
	p := preprocessor(b, `{"do_resize": true, "size": {"height": 260, "width": 260}}`)
	for _, side := range []int{80, 224, 1000} {
		m := image.NewNRGBA(image.Rect(0, 0, side, side))
		for i := range m.Pix {
			m.Pix[i] = uint8(i * 7)
		}
		picture := decode(b, encodePNG(b, m))
		b.Run(fmt.Sprintf("side=%d", side), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Fit(picture)
			}
		})
	}
}

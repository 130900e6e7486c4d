package imaging

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"vitrine"
)

// Limits bound what [Decode] takes, checked before any pixel is decoded. Zero fields mean the defaults.
type Limits struct {
	// Bytes is the largest file, 20 MiB by default.
	Bytes int
	// Pixels is the largest product of width and height, 40 million by default. A pixel takes up to 12 bytes while it is decoded,
	// times the pictures decoded at once; too high a value shows as memory that grows with one upload.
	Pixels int
	// Side is the greatest width or height, 16,384 by default.
	Side int
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 20 << 20
	}
	if l.Pixels <= 0 {
		l.Pixels = 40_000_000
	}
	if l.Side <= 0 {
		l.Side = 16_384
	}
	return l
}

// format is one kind of picture file.
type format struct {
	name   string
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// orientation reads the EXIF orientation, 1 when there is none; nil when the format carries none.
	orientation func([]byte) int
}

// formats lists what Decode knows; a question mark in a magic stands for any byte.
func formats() []format {
	return []format{
		{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, jpegOrientation},
		{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, pngOrientation},
		{"WebP", "RIFF????WEBP", webp.DecodeConfig, webp.Decode, webpOrientation},
		{"GIF", "GIF8?a", gif.DecodeConfig, gif.Decode, nil},
		{"BMP", "BM", bmp.DecodeConfig, bmp.Decode, nil},
		{"TIFF", "II*\x00", tiff.DecodeConfig, tiff.Decode, tiffOrientation},
		{"TIFF", "MM\x00*", tiff.DecodeConfig, tiff.Decode, tiffOrientation},
	}
}

func (f *format) matches(data []byte) bool {
	if len(data) < len(f.magic) {
		return false
	}
	for i := range len(f.magic) {
		if f.magic[i] != '?' && f.magic[i] != data[i] {
			return false
		}
	}
	return true
}

// Decode reads the file of a picture: its first frame, upright, on white where it is transparent. It reports TooLarge when a limit is passed and
// Invalid for anything that is no whole picture of a known format.
func Decode(data []byte, l Limits) (*Picture, error) {
	l = l.withDefaults()
	if len(data) > l.Bytes {
		return nil, vitrine.Errorf(vitrine.TooLarge, "picture: %d bytes, at most %d are allowed", len(data), l.Bytes)
	}
	for _, f := range formats() {
		if f.matches(data) {
			return f.read(data, l)
		}
	}
	if len(data) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "picture: the file is empty")
	}
	return nil, vitrine.Errorf(vitrine.Invalid, "picture: the content is %s, not JPEG, PNG, WebP, GIF, BMP or TIFF", http.DetectContentType(data))
}

func (f *format) read(data []byte, l Limits) (*Picture, error) {
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "picture: broken %s header: %w", f.name, err)
	}
	width, height := config.Width, config.Height
	switch {
	case width <= 0 || height <= 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "picture: %s of %d×%d pixels", f.name, width, height)
	case width > l.Side || height > l.Side:
		return nil, vitrine.Errorf(vitrine.TooLarge, "picture: %d×%d pixels, at most %d a side are allowed", width, height, l.Side)
	case width > l.Pixels/height:
		return nil, vitrine.Errorf(vitrine.TooLarge, "picture: %d×%d pixels, at most %d in all are allowed", width, height, l.Pixels)
	}
	decoded, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "picture: broken %s: %w", f.name, err)
	}
	p := newPicture(width, height)
	switch decoded := decoded.(type) {
	case *image.YCbCr:
		p.fromYCbCr(decoded, f.name == "WebP")
	default:
		p.draw(decoded)
	}
	if f.orientation != nil {
		p = p.upright(f.orientation(data))
	}
	return p, nil
}

package video

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/draw"
	"image/png"
	"math"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"vitrine"
	"vitrine/embed/imaging"
)

// animation is an animated WebP, which few releases of ffmpeg read: stills that are drawn one after the other into a canvas.
type animation struct {
	width, height int
	stills        []still
	// end is how long it takes in milliseconds.
	end float64
}

// still is one frame: where in the canvas and when it is drawn, what it does to what is there before, and its chunks.
type still struct {
	area image.Rectangle
	// start is in milliseconds.
	start         float64
	cover, remove bool
	chunks        []byte
}

// chunk cuts the first chunk off a RIFF list. There is none where the file breaks off inside it.
func chunk(list []byte) (name string, content, rest []byte, ok bool) {
	if len(list) < 8 {
		return "", nil, nil, false
	}
	size := int(binary.LittleEndian.Uint32(list[4:]))
	content = list[8:]
	if size > len(content) {
		return "", nil, nil, false
	}
	// A byte fills up to an even length.
	rest = content[min(size+size%2, len(content)):]
	return string(list[:4]), content[:size], rest, true
}

// animated reports whether data is a WebP whose head says that it moves.
func animated(data []byte) bool {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return false
	}
	name, head, _, ok := chunk(data[12:])
	return ok && name == "VP8X" && len(head) >= 10 && head[0]&2 != 0
}

// uint24 reads a number of three bytes, the lowest first.
func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// readAnimation finds the frames of an animated WebP, checks them against the limits, and decodes none.
func readAnimation(o *Options, data []byte) (*animation, error) {
	if len(data) > o.Bytes {
		return nil, vitrine.Errorf(vitrine.TooLarge, "%d bytes, at most %d are allowed", len(data), o.Bytes)
	}
	_, head, list, _ := chunk(data[12:])
	a := &animation{width: uint24(head[4:]) + 1, height: uint24(head[7:]) + 1}
	if a.width > o.Pixels/a.height {
		return nil, vitrine.Errorf(vitrine.TooLarge, "%d×%d pixels, at most %d in all are allowed", a.width, a.height, o.Pixels)
	}
	for {
		name, content, rest, ok := chunk(list)
		if !ok {
			break
		}
		list = rest
		if name != "ANMF" || len(content) < 16 {
			continue
		}
		left, top := 2*uint24(content), 2*uint24(content[3:])
		s := still{
			area: image.Rect(left, top, left+uint24(content[6:])+1, top+uint24(content[9:])+1), start: a.end,
			remove: content[15]&1 != 0, cover: content[15]&2 != 0, chunks: content[16:],
		}
		if !s.area.In(image.Rect(0, 0, a.width, a.height)) {
			return nil, vitrine.Errorf(vitrine.Invalid, "frame %d reaches beyond the %d×%d pixels of the clip", len(a.stills)+1, a.width, a.height)
		}
		a.end += float64(uint24(content[12:]))
		a.stills = append(a.stills, s)
	}
	if longest := o.Longest.Seconds(); a.end/1000 > longest {
		return nil, vitrine.Errorf(vitrine.TooLarge, "%.0f s, at most %.0f s are allowed", a.end/1000, longest)
	}
	return a, nil
}

// frames takes key frames by the rule that ffmpeg is given for other clips. A frame that cannot be decoded ends the clip there.
func (a *animation) frames(ctx context.Context, o *Options) ([]Frame, error) {
	canvas := image.NewNRGBA(image.Rect(0, 0, a.width, a.height))
	share, last := max(a.end/float64(o.Frames), 1), math.Inf(-1)
	var frames []Frame
	var before []uint8
	for i := range a.stills {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := &a.stills[i]
		if i > 0 && a.stills[i-1].remove {
			draw.Draw(canvas, a.stills[i-1].area, image.Transparent, image.Point{}, draw.Src)
		}
		if s.draw(canvas) != nil {
			break
		}
		small := thumbnail(canvas)
		since := s.start - last
		if since >= share || since >= share/4 && change(before, small) > o.Scene {
			picture, err := shrunk(canvas, o.Side)
			if err != nil {
				return nil, err
			}
			frames, last = append(frames, Frame{Seconds: s.start / 1000, Picture: picture}), s.start
		}
		before = small
	}
	if len(frames) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "not one picture of it can be read")
	}
	return spreadOut(frames, o.Frames), nil
}

// draw decodes the frame into its part of the canvas.
func (s *still) draw(canvas *image.NRGBA) error {
	file := s.file()
	config, err := webp.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return err
	}
	if config.Width != s.area.Dx() || config.Height != s.area.Dy() {
		return vitrine.Errorf(vitrine.Invalid, "a frame of %d×%d pixels says that it has %v", config.Width, config.Height, s.area.Size())
	}
	if name, _, _, _ := chunk(s.chunks); name == "VP8 " {
		// No transparency: package imaging knows the colours of WebP better.
		p, err := imaging.Decode(file, imaging.Limits{Bytes: len(file), Pixels: config.Width * config.Height, Side: max(config.Width, config.Height)})
		if err != nil {
			return err
		}
		for y := range p.Height {
			row := canvas.Pix[canvas.PixOffset(s.area.Min.X, s.area.Min.Y+y):]
			for x := range p.Width {
				copy(row[4*x:4*x+3], p.Pix[3*(y*p.Width+x):])
				row[4*x+3] = 0xff
			}
		}
		return nil
	}
	picture, err := webp.Decode(bytes.NewReader(file))
	if err != nil {
		return err
	}
	how := draw.Over
	if s.cover {
		how = draw.Src
	}
	draw.Draw(canvas, s.area, picture, picture.Bounds().Min, how)
	return nil
}

// file makes a WebP of the frame's chunks alone.
func (s *still) file() []byte {
	body := []byte("WEBP")
	if name, _, _, _ := chunk(s.chunks); name == "ALPH" {
		width, height := s.area.Dx()-1, s.area.Dy()-1
		body = append(body, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		body = append(body, byte(width), byte(width>>8), byte(width>>16), byte(height), byte(height>>8), byte(height>>16)) //nolint:gosec // three bytes each, as they were read
	}
	body = append(body, s.chunks...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...) //nolint:gosec // a part of a file below 4 GB
}

// thumbnailSide is the width and height that frames are compared at.
const thumbnailSide = 16

func thumbnail(canvas *image.NRGBA) []uint8 {
	small := image.NewRGBA(image.Rect(0, 0, thumbnailSide, thumbnailSide))
	xdraw.ApproxBiLinear.Scale(small, small.Bounds(), canvas, canvas.Bounds(), draw.Src, nil)
	return small.Pix
}

// change is the mean difference of two thumbnails' colours as a share of the greatest; 1 without a first one.
func change(a, b []uint8) float64 {
	if a == nil {
		return 1
	}
	sum := 0.0
	for i := range b {
		if i%4 != 3 {
			sum += math.Abs(float64(a[i]) - float64(b[i]))
		}
	}
	return sum / (255 * 3 * thumbnailSide * thumbnailSide)
}

// shrunk writes the canvas as PNG with no side longer than the limit.
func shrunk(canvas *image.NRGBA, side int) ([]byte, error) {
	var picture image.Image = canvas
	if b := canvas.Bounds(); max(b.Dx(), b.Dy()) > side {
		longer := max(b.Dx(), b.Dy())
		small := image.NewNRGBA(image.Rect(0, 0, max(1, b.Dx()*side/longer), max(1, b.Dy()*side/longer)))
		xdraw.BiLinear.Scale(small, small.Bounds(), canvas, b, draw.Src, nil)
		picture = small
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, picture); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "key frame: %w", err)
	}
	return out.Bytes(), nil
}

// spreadOut keeps at most n frames, evenly spread over the list.
func spreadOut(frames []Frame, n int) []Frame {
	kept := make([]Frame, min(len(frames), n))
	for i := range kept {
		kept[i] = frames[i*max(len(frames), n)/n]
	}
	return kept
}

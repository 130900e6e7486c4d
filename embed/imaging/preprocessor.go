package imaging

import (
	"encoding/json"
	"image"

	"vitrine"
)

// Preprocessor fits pictures to a model's input. It is safe for concurrent use.
type Preprocessor struct {
	// shortest, when set, is the wanted length of the shorter side; otherwise the picture is resized to width×height without regard to its proportions.
	shortest, width, height int
	resize                  bool
	kernel                  kernel
	// crop is the size of the centre to keep; zero keeps all.
	cropWidth, cropHeight int
	// levels maps a byte of each channel to the model's number.
	levels [3][256]float32
}

// edges is a size as Hugging Face writes it: an object, or a bare number.
type edges struct {
	Shortest int `json:"shortest_edge"`
	Height   int `json:"height"`
	Width    int `json:"width"`
}

func (e *edges) read(raw json.RawMessage, bare func(int) edges) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var n int
	if json.Unmarshal(raw, &n) == nil {
		*e = bare(n)
		return nil
	}
	return json.Unmarshal(raw, e)
}

// LoadPreprocessor reads a preprocessor_config.json. It reports Invalid for broken JSON, a resampling filter other than Lanczos, bilinear, bicubic and box,
// or settings that don't lead to pictures of one size.
func LoadPreprocessor(data []byte) (*Preprocessor, error) {
	file := struct {
		DoResize      bool            `json:"do_resize"`
		Size          json.RawMessage `json:"size"`
		Resample      int             `json:"resample"`
		DoCenterCrop  bool            `json:"do_center_crop"`
		CropSize      json.RawMessage `json:"crop_size"`
		DoRescale     *bool           `json:"do_rescale"`
		RescaleFactor float64         `json:"rescale_factor"`
		DoNormalize   bool            `json:"do_normalize"`
		Mean          []float64       `json:"image_mean"`
		Std           []float64       `json:"image_std"`
	}{Resample: 3, RescaleFactor: 1.0 / 255}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "preprocessor: %w", err)
	}
	p := &Preprocessor{resize: file.DoResize}
	var size, crop edges
	// A bare number is the shorter side where the centre is cut out, and else both sides.
	if err := size.read(file.Size, func(n int) edges {
		if file.DoCenterCrop {
			return edges{Shortest: n}
		}
		return edges{Width: n, Height: n}
	}); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "preprocessor: size: %w", err)
	}
	if err := crop.read(file.CropSize, func(n int) edges { return edges{Width: n, Height: n} }); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "preprocessor: crop_size: %w", err)
	}
	if file.DoResize {
		p.shortest, p.width, p.height = size.Shortest, size.Width, size.Height
		var known bool
		if p.kernel, known = kernels()[file.Resample]; !known {
			return nil, vitrine.Errorf(vitrine.Invalid, "preprocessor: resample %d is not supported: 1 Lanczos, 2 bilinear, 3 bicubic, 4 box", file.Resample)
		}
		if !sensible(p.shortest) && (!sensible(p.width) || !sensible(p.height)) {
			return nil, vitrine.Errorf(vitrine.Invalid, "preprocessor: size %s: want shortest_edge, or height and width", file.Size)
		}
	}
	if file.DoCenterCrop {
		p.cropWidth, p.cropHeight = crop.Width, crop.Height
	}
	if width, height := p.Size(); !sensible(width) || !sensible(height) {
		return nil, vitrine.Errorf(vitrine.Invalid, "preprocessor: neither size nor crop_size gives pictures one size")
	}
	factor := file.RescaleFactor
	if file.DoRescale != nil && !*file.DoRescale {
		factor = 1
	}
	return p, p.setLevels(factor, file.DoNormalize, file.Mean, file.Std)
}

// sensible reports whether n can be the side of a model's input.
func sensible(n int) bool { return n > 0 && n <= 1<<13 }

func (p *Preprocessor) setLevels(factor float64, normalise bool, mean, std []float64) error {
	if normalise && (len(mean) != 3 || len(std) != 3) {
		return vitrine.Errorf(vitrine.Invalid, "preprocessor: image_mean and image_std need 3 numbers each")
	}
	for channel := range p.levels {
		for v := range p.levels[channel] {
			level := float64(v) * factor
			if normalise {
				if std[channel] == 0 {
					return vitrine.Errorf(vitrine.Invalid, "preprocessor: image_std holds a zero")
				}
				level = (level - mean[channel]) / std[channel]
			}
			p.levels[channel][v] = float32(level)
		}
	}
	return nil
}

// Size returns the width and height of every picture that [Preprocessor.Fit] returns.
func (p *Preprocessor) Size() (width, height int) {
	switch {
	case p.cropWidth > 0 && p.cropHeight > 0:
		return p.cropWidth, p.cropHeight
	case p.resize && p.shortest == 0:
		return p.width, p.height
	}
	return 0, 0
}

// Fit resizes and crops a picture to the model's size. Where the resized picture is smaller than the crop, black is added around it.
func (p *Preprocessor) Fit(picture *Picture) *Picture {
	scaledWidth, scaledHeight := picture.Width, picture.Height
	if p.resize {
		scaledWidth, scaledHeight = p.scaled(picture)
	}
	width, height := p.Size()
	// The frame is the part to keep, in the coordinates of the scaled picture; it may reach beyond it.
	left, top := floorHalf(scaledWidth-width), floorHalf(scaledHeight-height)
	frame := image.Rect(left, top, left+width, top+height)
	window := frame.Intersect(image.Rect(0, 0, scaledWidth, scaledHeight))
	part := picture.resize(p.kernelOrBox(), scaledWidth, scaledHeight, window)
	if window == frame {
		return part
	}
	padded := newPicture(width, height)
	for y := range part.Height {
		copy(padded.row(y + window.Min.Y - frame.Min.Y)[3*(window.Min.X-frame.Min.X):], part.row(y))
	}
	return padded
}

// kernelOrBox returns a kernel to crop with when there is nothing to resize.
func (p *Preprocessor) kernelOrBox() kernel {
	if p.resize {
		return p.kernel
	}
	return kernels()[4]
}

// scaled returns the size to resize a picture to; with a shortest edge the other one is rounded down, and bounded for extreme proportions.
func (p *Preprocessor) scaled(picture *Picture) (width, height int) {
	if p.shortest == 0 {
		return p.width, p.height
	}
	if picture.Width <= picture.Height {
		return p.shortest, p.shortest * picture.Height / picture.Width
	}
	return p.shortest * picture.Width / picture.Height, p.shortest
}

func floorHalf(n int) int { return n >> 1 }

// Fill writes a picture that [Preprocessor.Fit] returned into an input tensor of three planes, red, green and blue, each of width times height numbers.
func (p *Preprocessor) Fill(dst []float32, fitted *Picture) {
	plane := fitted.Width * fitted.Height
	red, green, blue := dst[:plane], dst[plane:2*plane], dst[2*plane:3*plane]
	pixels := fitted.Pix[:3*plane]
	for i := range red {
		red[i] = p.levels[0][pixels[3*i]]
		green[i] = p.levels[1][pixels[3*i+1]]
		blue[i] = p.levels[2][pixels[3*i+2]]
	}
}

package adapt

import (
	"bytes"
	"encoding/binary"
	"math"

	"vitrine"
)

// Adapter changes vectors of the joint space, those of texts and those of pictures each by a matrix of their own. It is safe for concurrent use.
type Adapter struct {
	// Dimension is how many numbers a vector has.
	Dimension int
	// Texts and Pictures are the residual matrices A, Dimension × Dimension, row-major: number j of a vector gains v[i]·A[i][j]. All zero changes nothing.
	Texts, Pictures []float32
}

// magic opens a file and numbers its format: then the dimension and both matrices follow, little-endian.
const magic = "VITADPT1"

const (
	maxDimension = 1 << 12
	header       = len(magic) + 4
)

// New returns the adapter that changes nothing.
func New(dimension int) *Adapter {
	return &Adapter{Dimension: dimension, Texts: make([]float32, dimension*dimension), Pictures: make([]float32, dimension*dimension)}
}

// Text returns the adapted unit vector of a text, Picture that of a picture; v has Dimension numbers and stays as it is.
func (a *Adapter) Text(v []float32) []float32 { return apply(a.Texts, v) }

// Picture is explained at [Adapter.Text].
func (a *Adapter) Picture(v []float32) []float32 { return apply(a.Pictures, v) }

func apply(matrix, v []float32) []float32 {
	out := append([]float32(nil), v...)
	for i, x := range v {
		row := matrix[i*len(v) : (i+1)*len(v)]
		row = row[:len(out)]
		for j := range out {
			out[j] += x * row[j]
		}
	}
	if normalise(out) == 0 {
		return v
	}
	return out
}

// normalise scales a vector to length 1 and returns its length before; one without a direction stays as it is.
func normalise(v []float32) float32 {
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if !(square > 0) || math.IsInf(square, 0) {
		return 0
	}
	length := float32(math.Sqrt(square))
	for i := range v {
		v[i] /= length
	}
	return length
}

// Encode returns the adapter as the content of a file.
func (a *Adapter) Encode() []byte {
	data := append(make([]byte, 0, header+8*len(a.Texts)), magic...)
	data = binary.LittleEndian.AppendUint32(data, uint32(a.Dimension)) //nolint:gosec // a dimension, at most maxDimension
	for _, matrix := range [][]float32{a.Texts, a.Pictures} {
		for _, x := range matrix {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
		}
	}
	return data
}

// Decode reads what [Adapter.Encode] wrote. Other bytes are Invalid, and so is a number that is not finite.
func Decode(data []byte) (*Adapter, error) {
	if len(data) < header || !bytes.HasPrefix(data, []byte(magic)) {
		return nil, vitrine.Errorf(vitrine.Invalid, "adapter: doesn't begin with %s and a dimension", magic)
	}
	dimension := int(binary.LittleEndian.Uint32(data[len(magic):]))
	if dimension < 1 || dimension > maxDimension {
		return nil, vitrine.Errorf(vitrine.Invalid, "adapter: dimension %d, want 1 to %d", dimension, maxDimension)
	}
	if want := header + 8*dimension*dimension; len(data) != want {
		return nil, vitrine.Errorf(vitrine.Invalid, "adapter: %d bytes, want %d for dimension %d", len(data), want, dimension)
	}
	a := New(dimension)
	at := header
	for _, matrix := range [][]float32{a.Texts, a.Pictures} {
		for i := range matrix {
			x := math.Float32frombits(binary.LittleEndian.Uint32(data[at:]))
			if at += 4; math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return nil, vitrine.Errorf(vitrine.Invalid, "adapter: number %d is not finite", i)
			}
			matrix[i] = x
		}
	}
	return a, nil
}

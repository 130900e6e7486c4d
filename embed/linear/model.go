package linear

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"

	"vitrine"
)

// Model holds the weights of every class for every feature, or those of one regressor. It is safe for concurrent use.
type Model struct {
	dim, classes int
	bias         float32
	weights      []float32 // of feature f and class c at f·classes+c; the constant feature comes last
}

func newModel(dim, classes int, bias float64) *Model {
	return &Model{dim: dim, classes: classes, bias: float32(bias), weights: make([]float32, (dim+1)*classes)}
}

// set takes the weights of one class.
func (m *Model) set(class int, w []float64) {
	for f, v := range w {
		m.weights[f*m.classes+class] = float32(v)
	}
}

// Dim is the number of features.
func (m *Model) Dim() int { return m.dim }

// Classes is the number of classes: 1 of a regressor.
func (m *Model) Classes() int { return m.classes }

// Weight of a feature for a class.
func (m *Model) Weight(feature, class int) float32 { return m.weights[feature*m.classes+class] }

// Sum gives a model whose scores are the sums of those of two. Models of different features, classes or constants are Invalid.
func Sum(a, b *Model) (*Model, error) {
	if a.dim != b.dim || a.classes != b.classes || a.bias != b.bias {
		return nil, vitrine.Errorf(vitrine.Invalid, "%d and %d features, %d and %d classes", a.dim, b.dim, a.classes, b.classes)
	}
	out := &Model{dim: a.dim, classes: a.classes, bias: a.bias, weights: make([]float32, len(a.weights))}
	for i, w := range a.weights {
		out.weights[i] = w + b.weights[i]
	}
	return out, nil
}

// First gives the model without the features from dim on, for whoever folds those into something else. A dim that is negative or beyond the
// model's is Invalid.
func (m *Model) First(dim int) (*Model, error) {
	if dim < 0 || dim > m.dim {
		return nil, vitrine.Errorf(vitrine.Invalid, "the first %d of %d features", dim, m.dim)
	}
	out := &Model{dim: dim, classes: m.classes, bias: m.bias}
	out.weights = append(append(out.weights, m.weights[:dim*m.classes]...), m.weights[m.dim*m.classes:]...)
	return out, nil
}

// Scores gives the decision value of each class for row, in dst if that has room. Positions beyond the model's dimension
// are ignored.
func (m *Model) Scores(row Row, dst []float32) []float32 {
	if cap(dst) < m.classes {
		dst = make([]float32, m.classes)
	}
	dst = dst[:m.classes]
	for c, w := range m.weights[m.dim*m.classes:] {
		dst[c] = m.bias * w
	}
	for i, at := range row.Index {
		if int(at) >= m.dim {
			break
		}
		v := row.Value[i]
		of := m.weights[int(at)*m.classes:][:len(dst)]
		for c := range dst {
			dst[c] += v * of[c]
		}
	}
	return dst
}

// Best gives the class of the highest score, the first of equals.
func Best(scores []float32) int {
	best := 0
	for c, s := range scores {
		if s > scores[best] {
			best = c
		}
	}
	return best
}

// magic opens a model's bytes: a name and the version of the format.
var magic = [4]byte{'V', 'L', 'N', 1}

// encodings of the weights.
const (
	float32s uint32 = iota
	int8s           // one scale for each class
)

// MarshalBinary gives the model as bytes, weights as float32, little-endian.
func (m *Model) MarshalBinary() ([]byte, error) {
	b := bytes.NewBuffer(m.header(float32s))
	err := binary.Write(b, binary.LittleEndian, m.weights)
	return b.Bytes(), err
}

// Quantized gives the model as bytes with weights as int8, a fourth of the size: each class's weights are rounded to
// 1/127 of its largest.
func (m *Model) Quantized() ([]byte, error) {
	scales := make([]float32, m.classes)
	for i, w := range m.weights {
		scales[i%m.classes] = max(scales[i%m.classes], float32(math.Abs(float64(w)))/127)
	}
	codes := make([]int8, len(m.weights))
	for i, w := range m.weights {
		if s := scales[i%m.classes]; s > 0 {
			codes[i] = int8(math.Round(float64(w / s)))
		}
	}
	b := bytes.NewBuffer(m.header(int8s))
	if err := binary.Write(b, binary.LittleEndian, scales); err != nil {
		return nil, err
	}
	err := binary.Write(b, binary.LittleEndian, codes)
	return b.Bytes(), err
}

func (m *Model) header(encoding uint32) []byte {
	b := append([]byte(nil), magic[:]...)
	b = binary.LittleEndian.AppendUint32(b, encoding)
	b = binary.LittleEndian.AppendUint32(b, uint32(m.dim))     //nolint:gosec // dimensions are far below 2³¹
	b = binary.LittleEndian.AppendUint32(b, uint32(m.classes)) //nolint:gosec // as above
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(m.bias))
}

// UnmarshalBinary reads what [Model.MarshalBinary] or [Model.Quantized] gave. Other bytes are Invalid.
func (m *Model) UnmarshalBinary(data []byte) error {
	const header = 20
	if len(data) < header || !bytes.Equal(data[:4], magic[:]) {
		return vitrine.Errorf(vitrine.Invalid, "linear model: not the bytes of one")
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	encoding, dim, classes := word(4), uint64(word(8)), uint64(word(12))
	n, body := (dim+1)*classes, uint64(len(data)-header) //nolint:gosec // not negative
	want := 4 * n
	if encoding == int8s {
		want = n + 4*classes
	}
	if encoding > int8s || classes == 0 || n/classes != dim+1 || n > 1<<34 || body != want {
		return vitrine.Errorf(vitrine.Invalid, "linear model: %d bytes for %d features, %d classes", body, dim, classes)
	}
	r := bytes.NewReader(data[header:])
	out := Model{dim: int(dim), classes: int(classes), bias: math.Float32frombits(word(16)), weights: make([]float32, n)} //nolint:gosec // bounded above
	if err := out.read(r, encoding); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "linear model: %w", err)
	}
	*m = out
	return nil
}

func (m *Model) read(r io.Reader, encoding uint32) error {
	if encoding == float32s {
		return binary.Read(r, binary.LittleEndian, m.weights)
	}
	scales, codes := make([]float32, m.classes), make([]int8, len(m.weights))
	if err := binary.Read(r, binary.LittleEndian, scales); err != nil {
		return err
	}
	if err := binary.Read(r, binary.LittleEndian, codes); err != nil {
		return err
	}
	for i, c := range codes {
		m.weights[i] = float32(c) * scales[i%m.classes]
	}
	return nil
}

package foreign

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"vitrine"
	"vitrine/embed/onnx"
	"vitrine/rerank/train"
)

// model is a session with what its manifest says. It is immutable.
type model struct {
	manifest       *Manifest
	text, data     []byte
	session        *onnx.Session
	columns, width int64
	// places are where the features of the model stand in a row of the server.
	places []int
}

// Open reads a model for a server with the given features. It reports NotFound when a file is missing, Invalid for a manifest or a model that does not fit,
// and Unavailable when the library of ONNX Runtime is missing.
func Open(ctx context.Context, folder string, features []string, library string) (*train.Model, error) {
	manifest, text, data, err := read(folder, features)
	if err != nil {
		return nil, err
	}
	m := &model{manifest: manifest, text: text, data: data, width: int64(len(features)), columns: int64(len(manifest.Features))}
	for _, f := range manifest.Features {
		m.places = append(m.places, slices.Index(features, f))
	}
	o, err := ports(manifest, data)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "ranking model %s: %w", manifest.Name, err)
	}
	r, err := onnx.Open(library)
	if err != nil {
		return nil, err
	}
	if m.session, err = r.Session(data, o); err != nil {
		_ = r.Close()
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "ranking model %s: %w", manifest.Name, err)
	}
	runtime.AddCleanup(m, func(open [2]interface{ Close() error }) {
		_, _ = open[0].Close(), open[1].Close()
	}, [2]interface{ Close() error }{m.session, r})
	// A row of zeros shows at once whether the shapes fit.
	if _, err := m.probabilities(ctx, make([]float32, len(features))); err != nil {
		return nil, err
	}
	return &train.Model{Kind: train.Foreign, Features: features, Foreign: m}, nil
}

// ports chooses the input and the output of a model.
func ports(m *Manifest, data []byte) (o onnx.SessionOptions, err error) {
	s, err := onnx.ReadSignature(data)
	if err != nil {
		return o, err
	}
	input, output := m.Input, m.Output
	if input == "" && len(s.Inputs) == 1 {
		input = s.Inputs[0].Name
	}
	if output == "" && len(s.Outputs) == 1 {
		output = s.Outputs[0].Name
	}
	if _, err := s.Input(input); err != nil {
		return o, err
	}
	out, err := s.Output(output)
	if err != nil {
		return o, err
	}
	if out.Kind != onnx.Float32 {
		return o, vitrine.Errorf(vitrine.Invalid, "output %q is no float32 tensor; export classifiers with zipmap=False", output)
	}
	return onnx.SessionOptions{Inputs: []string{input}, Outputs: []string{output}}, nil
}

// Probabilities asks the model for rows of the server's features.
func (m *model) Probabilities(rows []float32) ([]float32, error) {
	return m.probabilities(context.Background(), rows)
}

func (m *model) probabilities(ctx context.Context, rows []float32) ([]float32, error) {
	n := int64(len(rows)) / m.width
	x := make([]float32, 0, n*m.columns)
	for i := range n {
		row := rows[i*m.width : (i+1)*m.width]
		for _, at := range m.places {
			v := row[at]
			if v != v && m.manifest.Missing != nil {
				v = *m.manifest.Missing
			}
			x = append(x, v)
		}
	}
	out, err := m.session.Run(ctx, onnx.Tensor{Shape: []int64{n, m.columns}, Floats: x})
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "ranking model %s: %w", m.manifest.Name, err)
	}
	said := out[0].Floats
	classes := int64(len(said)) / max(n, 1)
	if int64(len(said)) != n*classes || n > 0 && classes != 1 && classes != 2 {
		return nil, vitrine.Errorf(vitrine.Invalid, "ranking model %s: output of shape %v for %d rows", m.manifest.Name, out[0].Shape, n)
	}
	p := make([]float32, n)
	for i := range p {
		v := float64(said[int64(i+1)*classes-1]) // the positive class comes last
		if m.manifest.Gives == givesScore {
			v = 1 / (1 + math.Exp(-v))
		}
		if !(v >= 0 && v <= 1) {
			return nil, vitrine.Errorf(vitrine.Invalid, "ranking model %s: row %d: %v is no probability", m.manifest.Name, i, v)
		}
		p[i] = float32(v)
	}
	return p, nil
}

// Save writes the manifest and the model.
func (m *model) Save(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "ranking model: %w", err)
	}
	for name, data := range map[string][]byte{m.manifest.Model: m.data, ManifestFile: m.text} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "ranking model: %w", err)
		}
	}
	return nil
}

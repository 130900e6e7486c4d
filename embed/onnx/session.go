package onnx

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"vitrine"
)

// SessionOptions say how a model runs. The zero value suits a server.
type SessionOptions struct {
	// Inputs and Outputs name the tensors in the order that Run takes and returns them; empty means all, in the model's order.
	Inputs, Outputs []string
	// Threads is how many threads one run uses: 1 to the number of cores. 1, the default, gives the highest throughput when several runs
	// go on at once; more shortens a single large run. Too many threads for the cores shows as runs that slow each other down.
	Threads int
	// Spin keeps idle threads of a session busy-waiting between runs, only of use with Threads above 1: slightly shorter runs, at the price of cores
	// that look fully used and of slower neighbours.
	Spin bool
	// Folder is where the weights lie that the model keeps in files of their own; empty when it has none.
	Folder string
	// NoOptimise skips the optimisation of the graph: the session starts sooner and runs slower; meant for checks.
	NoOptimise bool
}

// Session is one loaded model. Run may be called concurrently.
type Session struct {
	session         *ort.DynamicAdvancedSession
	inputs, outputs []Port
	// running is held for reading by runs and for writing by Close.
	running sync.RWMutex
}

// Session loads a model from its bytes. It reports Invalid when the data is no ONNX model, when a named input or output is not in it, or
// when an input is none of float32, int64 and bool.
func (r *Runtime) Session(model []byte, o SessionOptions) (*Session, error) {
	return r.load(model, o, func(inputs, outputs []string, options *ort.SessionOptions) (*ort.DynamicAdvancedSession, error) {
		return ort.NewDynamicAdvancedSessionWithONNXData(model, inputs, outputs, options)
	})
}

// SessionFromFile loads a model file, with the weights that lie beside it when the model keeps them in external files; errors as for Session.
func (r *Runtime) SessionFromFile(path string, o SessionOptions) (*Session, error) {
	model, err := os.ReadFile(path) //nolint:gosec // the caller names the model to load
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "model file: %w", err)
	}
	return r.load(model, o, func(inputs, outputs []string, options *ort.SessionOptions) (*ort.DynamicAdvancedSession, error) {
		return ort.NewDynamicAdvancedSession(path, inputs, outputs, options)
	})
}

type loader func(inputs, outputs []string, options *ort.SessionOptions) (*ort.DynamicAdvancedSession, error)

func (r *Runtime) load(model []byte, o SessionOptions, load loader) (*Session, error) {
	signature, err := ReadSignature(model)
	if err != nil {
		return nil, err
	}
	s := &Session{}
	if s.inputs, err = choose(signature.Inputs, o.Inputs, signature.Input); err != nil {
		return nil, err
	}
	if s.outputs, err = choose(signature.Outputs, o.Outputs, signature.Output); err != nil {
		return nil, err
	}
	for _, p := range s.inputs {
		if p.Kind != Float32 && p.Kind != Int64 && p.Kind != Bool {
			return nil, vitrine.Errorf(vitrine.Invalid, "input %s: only float32, int64 and bool are supported", p)
		}
	}
	options, err := sessionOptions(o)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "session options: %w", err)
	}
	defer func() { _ = options.Destroy() }()
	if s.session, err = load(names(s.inputs), names(s.outputs), options); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "ONNX model: %w", err)
	}
	return s, nil
}

func choose(all []Port, wanted []string, named func(string) (Port, error)) ([]Port, error) {
	if len(wanted) == 0 {
		return all, nil
	}
	ports := make([]Port, len(wanted))
	for i, name := range wanted {
		var err error
		if ports[i], err = named(name); err != nil {
			return nil, err
		}
	}
	return ports, nil
}

func names(ports []Port) []string {
	list := make([]string, len(ports))
	for i, p := range ports {
		list[i] = p.Name
	}
	return list
}

func sessionOptions(o SessionOptions) (*ort.SessionOptions, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	spin := "0"
	if o.Spin {
		spin = "1"
	}
	level := ort.GraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll)
	if o.NoOptimise {
		level = ort.GraphOptimizationLevelDisableAll
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(max(1, o.Threads)),
		options.SetInterOpNumThreads(1),
		options.SetExecutionMode(ort.ExecutionModeSequential),
		options.SetGraphOptimizationLevel(level),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", spin),
	)
	if err == nil && o.Folder != "" {
		err = options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", o.Folder)
	}
	if err != nil {
		_ = options.Destroy()
		return nil, err
	}
	return options, nil
}

// Inputs returns what Run takes, in order.
func (s *Session) Inputs() []Port { return slices.Clone(s.inputs) }

// Outputs returns what Run gives, in order.
func (s *Session) Outputs() []Port { return slices.Clone(s.outputs) }

// Run computes the outputs for the inputs, each in the session's order. A context that ends stops the run at the next operator, and its
// error is returned. Inputs that do not fit the model are Invalid; a closed session is Unavailable.
func (s *Session) Run(ctx context.Context, inputs ...Tensor) ([]Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.check(inputs); err != nil {
		return nil, err
	}
	s.running.RLock()
	defer s.running.RUnlock()
	if s.session == nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "model session: is closed")
	}
	in := make([]ort.Value, len(inputs))
	defer func() { destroy(in) }()
	for i := range inputs {
		value, err := inputs[i].value()
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "input %s: %w", s.inputs[i].Name, err)
		}
		in[i] = value
	}
	out := make([]ort.Value, len(s.outputs))
	defer func() { destroy(out) }()
	if err := s.run(ctx, in, out); err != nil {
		return nil, err
	}
	results := make([]Tensor, len(out))
	for i, value := range out {
		var err error
		if results[i], err = fromValue(value); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// run is the call itself, with a watch on the context when that can end.
func (s *Session) run(ctx context.Context, in, out []ort.Value) error {
	if ctx.Done() == nil {
		if err := s.session.Run(in, out); err != nil {
			return vitrine.Errorf(vitrine.Internal, "model run: %w", err)
		}
		return nil
	}
	options, err := ort.NewRunOptions()
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "run options: %w", err)
	}
	defer func() { _ = options.Destroy() }()
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(terminated)
		_ = options.Terminate()
	})
	err = s.session.RunWithOptions(in, out, options)
	if !stop() {
		<-terminated
		if err != nil {
			return ctx.Err()
		}
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "model run: %w", err)
	}
	return nil
}

// check holds the inputs against the model's signature, so that a mistake is named in our terms.
func (s *Session) check(inputs []Tensor) error {
	if len(inputs) != len(s.inputs) {
		return vitrine.Errorf(vitrine.Invalid, "model run: %d inputs, the model takes %d", len(inputs), len(s.inputs))
	}
	for i := range inputs {
		t, p := &inputs[i], s.inputs[i]
		if t.kind() != p.Kind {
			return vitrine.Errorf(vitrine.Invalid, "input %s: got %s, the model takes %s", p.Name, t.kind(), p.Kind)
		}
		fits := p.Shape == nil || len(p.Shape) == len(t.Shape)
		size := 1
		for d, n := range t.Shape {
			fits = fits && n > 0 && (p.Shape == nil || p.Shape[d] < 0 || p.Shape[d] == n)
			size *= int(n)
		}
		if !fits {
			return vitrine.Errorf(vitrine.Invalid, "input %s: shape %v, the model takes %v", p.Name, t.Shape, p.Shape)
		}
		if got := len(t.Floats) + len(t.Ints) + len(t.Bools); got != size {
			return vitrine.Errorf(vitrine.Invalid, "input %s: %d values for shape %v", p.Name, got, t.Shape)
		}
	}
	return nil
}

func destroy(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			_ = v.Destroy()
		}
	}
}

// Close frees the model once the runs under way have ended. Closing twice is harmless.
func (s *Session) Close() error {
	s.running.Lock()
	defer s.running.Unlock()
	if s.session == nil {
		return nil
	}
	err := s.session.Destroy()
	s.session = nil
	return err
}

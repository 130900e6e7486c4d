package onnx

import (
	"errors"
	"sync"

	ort "github.com/yalue/onnxruntime_go"

	"vitrine"
)

// environment is the process-wide state of ONNX Runtime, which the C library itself keeps in globals; handles counts who uses it.
var environment struct {
	sync.Mutex
	handles int
	library string
}

// Runtime is a handle on the process-wide ONNX Runtime environment; it is safe for concurrent use.
type Runtime struct {
	library string
	once    sync.Once
}

// Open starts ONNX Runtime, or joins the one that is running. An empty library means the one that [FindLibrary] finds. It reports Unavailable
// when there is none or it does not load, and Conflict when another library is running. Close every handle.
func Open(library string) (*Runtime, error) {
	environment.Lock()
	defer environment.Unlock()
	if environment.handles > 0 {
		if library != "" && library != environment.library {
			return nil, vitrine.Errorf(vitrine.Conflict, "ONNX Runtime library %s: %s is already running in this process", library, environment.library)
		}
		environment.handles++
		return &Runtime{library: environment.library}, nil
	}
	path, err := FindLibrary(library)
	if err != nil {
		return nil, err
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "ONNX Runtime library %s: %w", path, err)
	}
	// Newer releases report use to their maker unless told not to.
	if err := ort.DisableTelemetry(); err != nil {
		return nil, errors.Join(vitrine.Errorf(vitrine.Unavailable, "ONNX Runtime library %s: %w", path, err), ort.DestroyEnvironment())
	}
	environment.handles, environment.library = 1, path
	return &Runtime{library: path}, nil
}

// Library returns the path of the shared library in use.
func (r *Runtime) Library() string { return r.library }

// Version returns ONNX Runtime's own version, as in "1.24.2".
func (r *Runtime) Version() string { return ort.GetVersion() }

// Close gives the handle back; the last one to close stops the environment. Sessions must be closed before their runtime. Closing twice is harmless.
func (r *Runtime) Close() error {
	var err error
	r.once.Do(func() {
		environment.Lock()
		defer environment.Unlock()
		if environment.handles--; environment.handles == 0 {
			err = ort.DestroyEnvironment()
		}
	})
	return err
}

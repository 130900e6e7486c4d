package onnx_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/embed/onnx"
)

func open(tb testing.TB) *onnx.Runtime {
	tb.Helper()
	r, err := onnx.Open("")
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		tb.Skipf("not run, it needs ONNX Runtime: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r
}

func session(tb testing.TB, r *onnx.Runtime, model []byte) *onnx.Session {
	tb.Helper()
	s, err := r.Session(model, onnx.SessionOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Ensure a model runs with its own order of inputs and outputs, and with a chosen one, from bytes and from a file.
func TestSession_Run(t *testing.T) {
	r := open(t)
	a := onnx.Tensor{Shape: []int64{2, 3}, Floats: []float32{1, 2, 3, 4, 5, 6}}
	b := onnx.Tensor{Shape: []int64{2, 3}, Floats: []float32{10, 20, 30, 40, 50, 60}}
	n := onnx.Tensor{Shape: []int64{1}, Ints: []int64{7}}
	sum := onnx.Tensor{Shape: []int64{2, 3}, Floats: []float32{11, 22, 33, 44, 55, 66}}

	s := session(t, r, adder())
	got, err := s.Run(t.Context(), a, b, n)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]onnx.Tensor{sum, n}, got); diff != "" {
		t.Errorf("own order (-want +got):\n%s", diff)
	}

	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, adder(), 0o600); err != nil {
		t.Fatal(err)
	}
	chosen, err := r.SessionFromFile(path, onnx.SessionOptions{Inputs: []string{"n", "b", "a"}, Outputs: []string{"same", "sum"}, Threads: 2, Spin: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err = chosen.Run(context.Background(), n, b, a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]onnx.Tensor{n, sum}, got); diff != "" {
		t.Errorf("chosen order (-want +got):\n%s", diff)
	}
	if err := errors.Join(chosen.Close(), chosen.Close()); err != nil {
		t.Error(err)
	}
	if _, err := chosen.Run(t.Context(), n, b, a); vitrine.CodeOf(err) != vitrine.Unavailable {
		t.Errorf("run after close: %v, want Unavailable", err)
	}
}

// Ensure inputs that don't fit the model are refused with the name of the input.
func TestSession_RunInvalid(t *testing.T) {
	s := session(t, open(t), adder())
	good := onnx.Tensor{Shape: []int64{1, 3}, Floats: []float32{1, 2, 3}}
	n := onnx.Tensor{Shape: []int64{1}, Ints: []int64{7}}
	for _, tt := range []struct {
		name   string
		inputs []onnx.Tensor
		want   string
	}{
		{"too few", []onnx.Tensor{good}, "1 inputs, the model takes 3"},
		{"kind", []onnx.Tensor{good, n, n}, "input b: got int64, the model takes float32"},
		{"rank", []onnx.Tensor{good, {Shape: []int64{3}, Floats: []float32{1, 2, 3}}, n}, "input b: shape [3]"},
		{"dimension", []onnx.Tensor{good, {Shape: []int64{1, 2}, Floats: []float32{1, 2}}, n}, "input b: shape [1 2]"},
		{"empty", []onnx.Tensor{good, {Shape: []int64{0, 3}}, n}, "input b: shape [0 3]"},
		{"values", []onnx.Tensor{good, {Shape: []int64{1, 3}, Floats: []float32{1, 2}}, n}, "input b: 2 values"},
	} {
		_, err := s.Run(t.Context(), tt.inputs...)
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want Invalid with %q", tt.name, err, tt.want)
		}
	}
}

// Ensure a file that is no model, or lacks what is asked of it, is refused when it is loaded.
func TestSession_LoadInvalid(t *testing.T) {
	r := open(t)
	half := buildModel([]port{{"x", 10, []int{-1}}}, []port{{"y", 10, []int{-1}}}, node{"Identity", []string{"x"}, []string{"y"}})
	for _, tt := range []struct {
		name    string
		model   []byte
		options onnx.SessionOptions
		want    string
	}{
		{"empty", nil, onnx.SessionOptions{}, "no graph"},
		{"text", []byte("a text file named model.onnx"), onnx.SessionOptions{}, "ONNX model"},
		{"cut off", adder()[:60], onnx.SessionOptions{}, "ONNX model"},
		{"no such operator", buildModel(nil, []port{{"y", 1, nil}}, node{"Odd", nil, []string{"y"}}), onnx.SessionOptions{}, "Odd"},
		{"input", adder(), onnx.SessionOptions{Inputs: []string{"x"}}, `input "x": not in the model, which has a, b, n`},
		{"output", adder(), onnx.SessionOptions{Outputs: []string{"y"}}, `output "y": not in the model, which has sum, same`},
		{"float16", half, onnx.SessionOptions{}, "element type 10"},
	} {
		s, err := r.Session(tt.model, tt.options)
		if err == nil {
			t.Error(tt.name, "loaded", s.Close())
			continue
		}
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want Invalid with %q", tt.name, err, tt.want)
		}
	}
	if _, err := r.SessionFromFile(filepath.Join(t.TempDir(), "none.onnx"), onnx.SessionOptions{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("missing file: %v, want Invalid", err)
	}
}

// Ensure a context that ends stops a long run between two operators, and one that has ended prevents it.
func TestSession_RunCancelled(t *testing.T) {
	const side, products = 700, 200
	nodes := make([]node, products)
	for i := range nodes {
		nodes[i] = node{"MatMul", []string{fmt.Sprint("x", i), "x0"}, []string{fmt.Sprint("x", i+1)}}
	}
	last := fmt.Sprint("x", products)
	s := session(t, open(t), buildModel([]port{{"x0", 1, []int{side, side}}}, []port{{last, 1, []int{side, side}}}, nodes...))
	in := onnx.Tensor{Shape: []int64{side, side}, Floats: make([]float32, side*side)}

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Run(ctx, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cut off: %v, want DeadlineExceeded", err)
	}
	if _, err := s.Run(ctx, in); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: %v, want DeadlineExceeded", err)
	}
}

// Ensure many runs of one session at once give each its own answer.
func TestSession_RunConcurrent(t *testing.T) {
	s := session(t, open(t), adder())
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			for i := range 200 {
				v := float32(1000*g + i)
				x := onnx.Tensor{Shape: []int64{1, 3}, Floats: []float32{v, v, v}}
				out, err := s.Run(t.Context(), x, x, onnx.Tensor{Shape: []int64{1}, Ints: []int64{int64(i)}})
				if err != nil || out[0].Floats[2] != 2*v || out[1].Ints[0] != int64(i) {
					t.Errorf("run %d of %d: %v, %v", i, g, out, err)
					return
				}
			}
		})
	}
	wait.Wait()
}

// Ensure the environment is shared and counted: a second handle joins, another library is refused, and after the last close it opens again.
func TestOpen_Shared(t *testing.T) {
	first := open(t)
	second, err := onnx.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Open("other.so"); vitrine.CodeOf(err) != vitrine.Conflict {
		t.Errorf("another library: %v, want Conflict", err)
	}
	if first.Library() != second.Library() || !strings.HasPrefix(second.Version(), "1.") {
		t.Errorf("library %q and %q, version %q", first.Library(), second.Library(), second.Version())
	}
	if err := errors.Join(second.Close(), second.Close(), first.Close()); err != nil {
		t.Fatal(err)
	}
	again := open(t)
	session(t, again, adder())
}

// Ensure a setting that leads nowhere is an error that names it, a folder is searched for the newest fit library, and one that is too old is passed over.
func TestFindLibrary(t *testing.T) {
	pattern := "libonnxruntime.so.%s"
	if runtime.GOOS == "darwin" {
		pattern = "libonnxruntime.%s.dylib"
	}
	folder := t.TempDir()
	touch := func(version string) string {
		path := filepath.Join(folder, fmt.Sprintf(pattern, version))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	touch("1.9.0")
	if _, err := onnx.FindLibrary(folder); vitrine.CodeOf(err) != vitrine.Unavailable || !strings.Contains(err.Error(), folder) {
		t.Errorf("only an old one: %v, want Unavailable with the folder", err)
	}
	touch("1.24.2")
	newest := touch("1.100.0")
	if got, err := onnx.FindLibrary(folder); err != nil || got != newest {
		t.Errorf("folder: %q, %v, want %q", got, err, newest)
	}
	t.Setenv(onnx.LibraryVariable, newest)
	if got, err := onnx.FindLibrary(""); err != nil || got != newest {
		t.Errorf("variable: %q, %v, want %q", got, err, newest)
	}
	t.Setenv(onnx.LibraryVariable, filepath.Join(folder, "missing"))
	if _, err := onnx.FindLibrary(""); vitrine.CodeOf(err) != vitrine.Unavailable || !strings.Contains(err.Error(), onnx.LibraryVariable) {
		t.Errorf("variable to nowhere: %v, want Unavailable with %s", err, onnx.LibraryVariable)
	}
}

// Ensure the signature of a model is read from its bytes, open dimensions as -1.
func TestReadSignature(t *testing.T) {
	got, err := onnx.ReadSignature(adder())
	if err != nil {
		t.Fatal(err)
	}
	want := &onnx.Signature{
		Inputs:  []onnx.Port{{Name: "a", Kind: onnx.Float32, Shape: []int64{-1, 3}}, {Name: "b", Kind: onnx.Float32, Shape: []int64{-1, 3}}, {Name: "n", Kind: onnx.Int64, Shape: []int64{-1}}},
		Outputs: []onnx.Port{{Name: "sum", Kind: onnx.Float32, Shape: []int64{-1, 3}}, {Name: "same", Kind: onnx.Int64, Shape: []int64{-1}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
}

// Ensure no bytes make the reader of signatures panic.
func FuzzReadSignature(f *testing.F) {
	f.Add(adder())
	f.Add(adder()[:80])
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := onnx.ReadSignature(data)
		if err == nil && len(s.Outputs) == 0 {
			t.Error("no error and no outputs")
		}
	})
}

// Package onnx is the one owner of ONNX Runtime: it finds the shared library, opens the process-wide environment, and runs models.
//
// Main types: [Runtime] (a counted handle on the environment), [Session] (one loaded model, run concurrently), [Tensor] (what goes in
// and comes out) and [Signature] (the inputs and outputs that a model file declares, read without the runtime). [FindLibrary] says which
// shared library would be used and where it looked.
//
// # Caveats
//
// ONNX Runtime has one environment per process, so the library that the first [Open] names is the one that all later calls share; a
// different explicit library is refused until every handle is closed. Tensors are float32 or int64 only, on the CPU.
// A run that was cut off by its context has used its time: the operator under way is finished first.
package onnx

package catalog

import "github.com/cockroachdb/pebble/v2/vfs"

// The codec, for round trips and fuzzing.
var (
	AppendProduct = appendProduct
	DecodeProduct = decodeProduct
)

// WithFS makes a store use another file system, one that fails on purpose.
func (o Options) WithFS(fs vfs.FS) Options {
	o.fs = fs
	return o
}

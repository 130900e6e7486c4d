package embed

import (
	"runtime"

	"vitrine/embed/imaging"
)

// Options say which models an [Encoder] runs and how. The zero value runs the shipped model on all cores.
type Options struct {
	// Models is where model names are looked up.
	Models Models
	// Text and Joint name the models of the two spaces, as [Models.Find] reads them; empty means the shipped model. Where both are the same, one pass gives
	// both vectors.
	Text, Joint string
	// Library is the ONNX Runtime shared library, empty to search for it as [onnx.FindLibrary] does.
	Library string
	// Threads is how many threads one run of a model uses, 1 by default: bulk work and queries keep the cores busy by running side by side, which wastes
	// less. Up to the number of cores shortens single queries on an idle machine (measured in README.md).
	Threads int
	// Spin keeps the extra threads of Threads above 1 busy-waiting between runs: a little faster, at the price of cores that look fully used and of slower neighbours.
	Spin bool
	// Workers is how many runs go on at once, for bulk work and for queries each; the number of cores by default. More than cores/Threads makes every
	// run slower and uses memory; fewer leaves cores for other programs.
	Workers int
	// BatchTexts and BatchTokens bound one run over texts, 32 texts and 256 tokens by default (8 to 64; 128 to 1,024). Small batches waste calls, large
	// ones wait longer behind each other and fall out of the processor's cache.
	BatchTexts, BatchTokens int
	// BatchImages bounds one run over pictures, 4 by default (1 to 16). Each takes a few MB while it runs.
	BatchImages int
	// Cached is how many query texts keep their vectors, 4,096 by default at about 3 kB each; negative for none.
	Cached int
	// Pictures bounds the pictures that are decoded.
	Pictures imaging.Limits
}

func (o Options) withDefaults() Options {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&o.Threads, 1)
	set(&o.Workers, runtime.GOMAXPROCS(0))
	set(&o.BatchTexts, 32)
	set(&o.BatchTokens, 256)
	set(&o.BatchImages, 4)
	set(&o.Cached, 4096)
	o.Threads, o.Workers = max(o.Threads, 1), max(o.Workers, 1)
	o.BatchTexts, o.BatchImages = max(o.BatchTexts, 1), max(o.BatchImages, 1)
	return o
}

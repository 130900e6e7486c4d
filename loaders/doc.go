// Package loaders reads a catalogue file and yields clean products: whatever format the shop exports, however broken single rows are.
//
// Main types: [Reader], got from [Open] or [NewReader], streams [Row] values; [Options] and [Mapping] say how columns become product
// fields; [Report] says what was read, kept, mended, rejected and why. Format and compression are found from the content, never from
// the file's name. The sub-package pictures fetches what a product's Images refer to.
//
//	r, err := loaders.Open("products.jsonl.gz", loaders.Options{})
//	if err != nil { … }
//	defer r.Close()
//	for row, err := range r.Rows(ctx) {
//		if err != nil { … } // the stream ended early; the rows before are good
//		use(row.Product)
//	}
//	fmt.Println(r.Report())
//
// # Caveats
//
// Memory does not grow with the file but for 8 bytes and map overhead (about 20 in all) per product id, kept to count duplicates.
// A Saleor dump is joined in memory up to [Options.JoinLimit] records. Parquet from a stream is first spooled to a temporary file.
// Duplicates are yielded, not dropped: the index replaces, so the last one wins.
// A [Reader] is for one goroutine, except Progress and Report, which any goroutine may call at any time.
package loaders

// Package index owns the indexes of a server: named aliases, each pointing at one generation, which is a catalogue store, a keyword index
// and one vector engine per space. It builds generations, keeps them consistent, swaps them under live searches and rolls them back.
//
// Main types: [Indexes], got from [Open]; [Generation], which a search holds from [Indexes.Acquire] to release; [Report], [Problem] and
// [Progress], which say what became of the products. Folder layout, formats and life cycle are described in README.md beside this file.
//
// # Caveats
//
// One process per root folder, held by a lock file. Writes to one index come one after another; searches never wait for them.
// A product is searchable when [Indexes.Put] returns, but a search that runs meanwhile may see it in one part of the generation and not yet in another.
// A picture that changed behind an unchanged reference keeps its old vector until [ReindexOptions].Fresh.
// A generation whose model differs from the running encoder serves without that space until the next reindex; [Info].Notes says so.
package index

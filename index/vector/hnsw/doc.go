// Package hnsw is Vitrine's own graph engine for nearest vectors: a Hierarchical Navigable Small World graph after Malkov and Yashunin
// (IEEE TPAMI 42(4), 2020; arXiv:1603.09320). Every vector is a node linked to a few near and diverse others; a search walks greedily
// through sparse upper levels and then widely through the lowest one, which holds all nodes.
//
// Main type: [Index], a [vitrine/index/vector.Engine], tuned by [Options].
//
// Links live in flat arrays, a list being a run of exactly as many cache lines as it needs; a search takes no lock: link words are read
// and written atomically, rows never move, and whatever mixture of an old and a new list a reader sees, every entry in it is a node.
// Walks compare vectors of one byte an element ([SQ8]) and rank the best of them exactly.
// See README.md for the file format, the filter strategy and measured recall and speed.
//
// # Caveats
//
// Answers are approximate: raise [Options.EfSearch] where recall falls short. Deleted nodes stay as way-marks until a writer repairs the
// graph, for which it may be busy for as long as inserting them took. Equal input gives an equal graph only with one worker. An index that
// was opened from a file must be closed, and must not be used in any other process that commits to it.
package hnsw

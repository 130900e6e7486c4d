// Package keyword says which products contain the words of a query, how well they fit, and what their filterable values are.
//
// It keeps a durable inverted index in bleve's scorch store and answers from it with an executor of its own: true BM25F over
// weighted fields with real token lengths, corrections of misspelt words, completion of the last one, synonyms, filters and facets read from term dictionaries,
// suggestions and highlighting.
//
// Main types: [Index] with its [Options], [Weights], [Typos] and [Completions], and [Entry], one product to put.
//
// # Caveats
//
// An Index lives in one folder that one process has open. Readers see a snapshot, writers are serialised; an update is durable and
// visible when Update returns, but one that is larger than Options.BatchSize may be seen batch by batch before, its sequence number with the last.
// A goroutine of its own reads the columns of merged segments; until it is done, searches take the view before.
// Changing the analysis needs a rebuild; weights, k1, b, stop words and the minimum match are applied at query time and may differ at each open.
// Facets and ranges keep a column per field in memory, within Options.CacheBytes; a facet over a field whose values are all different, as "title", costs as much
// memory as its values. Two products that are put with the same number are one product. Control characters in values count as spaces.
// Corrections and completions come from words of titles, brands and categories alone; a word that is right but only in descriptions is found, not corrected to.
// Synonyms are kept in memory. Two words of a query that are synonyms of each other both score.
// Thai, Lao and Khmer are not segmented: a run of their letters is one word.
package keyword

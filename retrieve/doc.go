// Package retrieve answers queries: it turns a query by words, picture or example products into vectors, asks the keyword and vector
// legs side by side, fuses what they propose, has the best reranked and diversified, and returns one page with facets, highlights and,
// when asked, the reasons.
//
// Main types: [Retriever] with [Retriever.Search] and [Retriever.Similar], made by [New] from [Parts] and [Options]; [Fusion] with
// [ReciprocalRank], [RelativeScore] and [DistributionBased]. The parts are interfaces declared here and met by other packages.
//
// Nothing optional can fail a search: a part that is missing, broken or too slow is named in Results.Degraded and the rest answers. Only a
// query that is itself at fault, and one that no leg could answer, is an error.
//
// # Caveats
//
// A Retriever belongs to one generation of an index. A leg that ignores its context may outlive the search that gave up on it: call
// [Retriever.Wait] before the generation is closed. Scores are comparable within one answer only. Pages are consistent with each other as
// long as the generation does not change between them.
package retrieve

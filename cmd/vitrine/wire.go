package main

import (
	"vitrine/api"
	"vitrine/embed"
	"vitrine/embed/video"
	"vitrine/index"
	"vitrine/index/keyword"
	"vitrine/insight/opinion"
	"vitrine/loaders/pictures"
	"vitrine/rerank"
	"vitrine/rerank/learned"
	"vitrine/rerank/profile"
	"vitrine/rerank/registry"
	"vitrine/rerank/rules"
	"vitrine/retrieve"
	"vitrine/retrieve/answers"
	"vitrine/retrieve/recommend"
	"vitrine/retrieve/understand"
	"vitrine/store"
	"vitrine/store/intake"
)

// Which concrete type meets which interface.
var (
	_ index.Embedder = (*embed.Encoder)(nil)
	_ index.Pictures = (*pictures.Fetcher)(nil)

	_ retrieve.Lexical   = (*keyword.Index)(nil)
	_ retrieve.Columns   = (*keyword.Index)(nil)
	_ retrieve.Speller   = (*keyword.Index)(nil)
	_ retrieve.Rules     = (*rules.Set)(nil)
	_ retrieve.Vectors   = (*index.Generation)(nil)
	_ retrieve.Catalogue = (*index.Generation)(nil)
	_ retrieve.Embedder  = (*embed.Encoder)(nil)
	_ retrieve.Reranker  = (*rerank.Linear)(nil)
	_ retrieve.Reranker  = (*learned.Ranker)(nil)
	_ retrieve.Profiles  = (*shoppers)(nil)

	_ recommend.Events  = store.Events(nil)
	_ retrieve.Pictures = (*pictures.Fetcher)(nil)
	_ retrieve.Clips    = (*clips)(nil)
	_ index.Clips       = productClips{}
	_ video.Images      = (*embed.Encoder)(nil)

	_ retrieve.Judge       = (*embed.CrossEncoder)(nil)
	_ retrieve.Interpreter = (*understand.Reader)(nil)
	_ understand.Catalogue = (*index.Generation)(nil)
	_ understand.Embedder  = (*embed.Encoder)(nil)

	_ api.Searcher    = (*engine)(nil)
	_ api.Searcher    = (*experiments)(nil)
	_ api.Catalogue   = (*engine)(nil)
	_ api.Admin       = (*engine)(nil)
	_ api.Backups     = (*backups)(nil)
	_ api.Pictures    = (*engine)(nil)
	_ api.Events      = (*shoppers)(nil)
	_ api.Shoppers    = (*shoppers)(nil)
	_ api.Recommender = (*engine)(nil)
	_ api.Merchandise = (*engine)(nil)
	_ api.Synonyms    = (*engine)(nil)
	_ api.Names       = (*engine)(nil)
	_ api.Settings    = (*engine)(nil)
	_ api.Findings    = (*engine)(nil)
	_ api.Events      = (*shoppers)(nil)
	_ api.Shoppers    = (*shoppers)(nil)

	_ api.HelpDesk    = (*answers.Desk)(nil)
	_ api.Bank        = (*answers.Desk)(nil)
	_ api.BankReview  = (*answers.Desk)(nil)
	_ answers.Shop    = (*engine)(nil)
	_ answers.Encoder = (*embed.Encoder)(nil)

	_ opinion.Embedder  = (*embed.Encoder)(nil)
	_ api.Opinions      = (*opinion.Monitor)(nil)
	_ api.OpinionAlerts = (*opinion.Monitor)(nil)

	_ profile.Catalogue = shelf{}
	_ intake.Products   = shelf{}
	_ api.Rankers       = (*rankers)(nil)

	_ learned.Models     = (*registry.Registry)(nil)
	_ learned.Candidates = (*rankers)(nil)
	_ learned.Catalogue  = (*rankers)(nil)
)

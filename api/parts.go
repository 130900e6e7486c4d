package api

import (
	"context"
	"os"
	"time"

	"vitrine"
)

// Searcher answers queries; safe for concurrent use. An unknown index or product is [vitrine.NotFound], a malformed query or an
// unknown field [vitrine.Invalid] or [vitrine.TooLarge].
type Searcher interface {
	// Search answers q from the named index, best hit first.
	Search(ctx context.Context, index string, q vitrine.Query) (*vitrine.Results, error)
	// Similar answers with products like the given one, without it; of q it heeds Filter, PageSize, Diversity and Explain, where zero means
	// the engine's default.
	Similar(ctx context.Context, index, id string, q vitrine.Query) (*vitrine.Results, error)
	// Suggest completes prefix with at most k suggestions, best first.
	Suggest(ctx context.Context, index, prefix string, k int) ([]vitrine.Suggestion, error)
}

// Catalogue reads and writes the products of an index; safe for concurrent use.
type Catalogue interface {
	// Product returns one product, or [vitrine.NotFound].
	Product(ctx context.Context, index, id string) (*vitrine.Product, error)
	// Write applies changes in their order. What has an outcome without an error is durable, and found by the next search, on return.
	// With an error none of them counts as stored.
	Write(ctx context.Context, index string, changes []vitrine.Change) ([]vitrine.Outcome, error)
	// Delete removes products, skips unknown ids, and returns how many it removed. Unless version is "", each must have it: [vitrine.Conflict].
	Delete(ctx context.Context, index string, ids []string, version string) (int, error)
	// DeleteWhere removes the products that the filter holds for and returns how many.
	DeleteWhere(ctx context.Context, index string, f *vitrine.Filter) (int, error)
}

// Admin manages whole indexes; safe for concurrent use.
type Admin interface {
	// Reindex builds the next generation of the index from src and swaps it in, creating the index when it is new. Until the swap,
	// and after an error or a cancelled ctx, searches see the generation before. Progress may be called from any goroutine.
	Reindex(ctx context.Context, index string, src Source, progress func(Progress)) (*Report, error)
	// Rollback makes the generation before the live one live again; [vitrine.Conflict] when there is none.
	Rollback(ctx context.Context, index string) (*IndexInfo, error)
	// Indexes lists the indexes by name.
	Indexes(ctx context.Context) ([]IndexInfo, error)
}

// Names makes and removes indexes and their aliases; safe for concurrent use.
type Names interface {
	// Aliases lists the aliases by name.
	Aliases(ctx context.Context) ([]Alias, error)
	// ChangeAliases points aliases at indexes and removes those that are pointed at "", all at one instant and durably, or none.
	// [vitrine.Invalid], [vitrine.NotFound] and [vitrine.Conflict] name the alias or index at fault.
	ChangeAliases(ctx context.Context, changes map[string]string) error
	// Resolve returns the index that an alias leads to; any other name as it is.
	Resolve(name string) string
	// CreateIndex makes an empty index; [vitrine.Conflict] when the name is taken.
	CreateIndex(ctx context.Context, name string) (*IndexInfo, error)
	// DropIndex removes an index with all its generations; [vitrine.Conflict] while aliases lead to it.
	DropIndex(ctx context.Context, name string) error
}

// Alias is another name of an index.
type Alias struct {
	Alias string `json:"alias"`
	Index string `json:"index" doc:"Index that it leads to."`
	Error string `json:"error,omitempty" doc:"Why it leads nowhere."`
}

// Merchandise keeps the rules and boosts of indexes; safe for concurrent use. An unknown index is [vitrine.NotFound].
type Merchandise interface {
	// RuleBook returns the rules and boosts of an index, which the caller must not change.
	RuleBook(ctx context.Context, index string) (*vitrine.RuleBook, error)
	// ChangeRules keeps what change makes of the present book, durably and from the next search on; no other change comes between. An error of change
	// leaves the book as it was, and a malformed book is [vitrine.Invalid].
	ChangeRules(ctx context.Context, index string, change func(*vitrine.RuleBook) (*vitrine.RuleBook, error)) error
	// PreviewRules answers q as the rules are and as they would be with the draft, at a time, zero for now; without a draft, without rules and as they are.
	PreviewRules(ctx context.Context, index string, q vitrine.Query, draft *vitrine.Rule, at time.Time) (before, after *vitrine.Results, err error)
}

// Pictures serves the pictures of products; safe for concurrent use.
type Pictures interface {
	// Picture returns the encoded nth picture of a product, from 0; [vitrine.NotFound] when there is none.
	Picture(ctx context.Context, index, id string, n int) ([]byte, error)
}

// Source is a catalogue to read, and how. The caller of [Admin.Reindex] closes the file.
type Source struct {
	// Name is the file's name for messages; its format is told by its content.
	Name string
	// File is nil for a feed, which is downloaded from URL.
	File *os.File
	URL  string
	// Force passes the gates that hold a new generation back.
	Force bool
	// Fresh reads a feed and embeds products even if they have not changed.
	Fresh bool
}

// Progress is the state of a reindex under way.
type Progress struct {
	// Stage names what is happening, as in "embed".
	Stage string
	// Done and Total count products; a Total of 0 is not known yet.
	Done, Total int64
}

// Report is the outcome of a reindex.
type Report struct {
	Generation string `json:"generation" doc:"Name of the generation that is live now."`
	Read       int64  `json:"read" doc:"Rows read from the source."`
	Kept       int64  `json:"kept" doc:"Products in the new generation."`
	Mended     int64  `json:"mended" doc:"Products kept after a repair."`
	Rejected   int64  `json:"rejected" doc:"Rows left out."`
	Resumed    int64  `json:"resumed,omitempty" doc:"Vectors of texts and of pictures that were taken from a build that had been cut off."`
	Unchanged  bool   `json:"unchanged,omitempty" doc:"The feed is the one that the live generation was built from; nothing was done."`
	Forced     string `json:"forced,omitempty" doc:"What the gate said that was passed by force."`
	// Enriched attributes were filled in from titles; Doubts and Conflicts are worth a look.
	Enriched  int64 `json:"enriched,omitempty" doc:"Missing attributes that were filled in from titles."`
	Doubts    int64 `json:"doubts,omitempty" doc:"Values read from titles that were not sure enough; see findings."`
	Conflicts int64 `json:"conflicts,omitempty" doc:"Attributes whose value the title contradicts; see findings."`
	// ProblemCount counts all problems, Problems lists the first ones.
	ProblemCount int64     `json:"problem_count" doc:"Problems in all."`
	Problems     []Problem `json:"problems" nullable:"false" doc:"The first problems, by row."`
	Seconds      float64   `json:"seconds" doc:"Wall time."`
	// Rejections lists all rejected rows, as far as they were kept; a job offers them as CSV.
	Rejections []Problem `json:"-"`
}

// Problem is one row that was mended or rejected.
type Problem struct {
	Row    int64  `json:"row" doc:"Row of the source, from 1."`
	ID     string `json:"id,omitempty" doc:"Product id, where the row has one."`
	Reason string `json:"reason"`
	// Code tells an unknown product and another version from rows that are wrong in themselves.
	Code vitrine.Code `json:"code,omitempty" doc:"conflict or not_found where the stored product is the reason."`
}

// IndexInfo describes one index.
type IndexInfo struct {
	Name       string               `json:"name"`
	Aliases    []string             `json:"aliases,omitempty" nullable:"false" doc:"Its other names."`
	Generation string               `json:"generation" doc:"Name of the live generation."`
	Previous   string               `json:"previous,omitempty" doc:"Generation that a rollback returns to."`
	Serving    bool                 `json:"serving" doc:"Whether searches are answered."`
	Products   int                  `json:"products"`
	Created    time.Time            `json:"created" doc:"When the live generation was built."`
	Spaces     map[string]SpaceInfo `json:"spaces" doc:"Vector spaces by name."`
}

// SpaceInfo describes one vector space of an index.
type SpaceInfo struct {
	Model     string `json:"model"`
	Dimension int    `json:"dimension"`
	Vectors   int    `json:"vectors"`
}

// Synonyms keeps the synonyms that indexes have of their own; safe for concurrent use. An unknown index is [vitrine.NotFound].
type Synonyms interface {
	// Synonyms returns those of an index, which the caller must not change.
	Synonyms(ctx context.Context, index string) ([]vitrine.Synonym, error)
	// SetSynonyms replaces those of an index, durably and from the next search on. A bad one is [vitrine.Invalid], and leaves all as they were.
	SetSynonyms(ctx context.Context, index string, list []vitrine.Synonym) error
}

// Parts are what a server is made of; all are needed but those that may be nil.
type Parts struct {
	Searcher  Searcher
	Catalogue Catalogue
	Admin     Admin
	// Merchandise may be nil: the server then has no endpoints for rules.
	Merchandise Merchandise
	// Names may be nil: there are no aliases then, and no endpoints for them.
	Names Names
	// Settings may be nil: there are no such endpoints then.
	Settings Settings
	// Synonyms may be nil: there are no such endpoints then.
	Synonyms Synonyms
	// Findings may be nil: there are no such endpoints then.
	Findings Findings
	// Backups may be nil: there are no such endpoints then.
	Backups Backups
	// Pictures may be nil: products then show without pictures.
	Pictures Pictures
	// Events and Shoppers may be nil: there are no such endpoints then.
	Events   Events
	Shoppers Shoppers
	// Rankers may be nil: there are no such endpoints then.
	Rankers Rankers
	// Recommender may be nil: there are no recommendations then.
	Recommender Recommender
	// HelpDesk may be nil: there are no such endpoints then. It comes with its Bank and BankReview.
	HelpDesk   HelpDesk
	Bank       Bank
	BankReview BankReview
	// Opinions and OpinionAlerts may be nil: there are no such endpoints then.
	Opinions      Opinions
	OpinionAlerts OpinionAlerts
}

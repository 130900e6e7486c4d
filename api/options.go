package api

import (
	"log/slog"
	"time"

	"vitrine"
	"vitrine/api/web"
)

// Options are the settings of a [Server]; the zero value of each means its default.
type Options struct {
	// DefaultIndex answers requests that name no index, and decides readiness; default "products".
	DefaultIndex string
	// Version is shown in the OpenAPI document; default "dev".
	Version string
	// Without names what the process does without, with the reason, as in "encoder: no ONNX Runtime"; readiness reports it.
	Without []string
	// Log receives the access log at level info and faults at level error; default discards.
	Log *slog.Logger

	// Keys open writes and admin. Use at least 128 random bits each; several let a key be replaced without a gap.
	Keys []string
	// OpenLoopback opens writes and admin without a key to clients of this machine. It counts only while Keys is empty.
	OpenLoopback bool
	// Origins are the web origins, as in "https://shop.example", whose pages may call /v1 from a browser; "*" allows any. Default none.
	Origins []string

	// ReindexRoot is the folder below which reindex may read files on the server; empty allows uploads only.
	ReindexRoot string
	// SpoolDir takes uploads before they are read; it needs room for the largest catalogue. Default the system's folder for temporary files.
	SpoolDir string

	// QueryBytes bounds the body of a search, picture included; default 16 MiB. Too low refuses ordinary photos.
	QueryBytes int64
	// LineBytes bounds one line of an upsert; default 1 MiB.
	LineBytes int
	// UpsertBytes bounds the body of an upsert; default 1 GiB.
	UpsertBytes int64
	// ReindexBytes bounds the uploaded body of a reindex; default 16 GiB.
	ReindexBytes int64
	// RankerBytes bounds the uploaded form of a ranking model; default 64 MiB.
	RankerBytes int64
	// HeaderBytes bounds request line and headers; default 1 MiB, room for a query of 100,000 characters to be refused politely.
	HeaderBytes int
	// UpsertBatch is the number of products stored at a time; 64 to 1,024. Larger is faster and loses more when a batch fails; default 256.
	UpsertBatch int
	// BatchBytes is the size of the lines from which a batch is stored before it is full; default 8 MiB. Writers times this bounds what writing holds in memory.
	BatchBytes int
	// Writers is the number of requests that write at once; 2 to 64; default 8. Small ones share syncs of the disk, so that more are faster, up to a point.
	Writers int
	// WriterWait is how long a request waits for its turn to write before it is told to come back later; default 2 s.
	WriterWait time.Duration
	// Replays is the number of idempotency keys that are remembered, ReplayAge for how long; default 10,000 and 24 h.
	Replays   int
	ReplayAge time.Duration
	// ReplaysFile keeps the keys with their answers over a restart; empty forgets them.
	ReplaysFile string
	// UpsertProblems is the number of rejected rows that an upsert answers with, each with its reason; default 1,000.
	UpsertProblems int
	// DeleteIDs is the largest number of ids of one delete; default 10,000.
	DeleteIDs int
	// Suggestions is the largest number of suggestions of one answer; default 20.
	Suggestions int

	// OpenEvents takes events without a key, as browsers send them.
	OpenEvents bool
	// ConsentRequired tells that events without consent are kept without user and session: the storefront then asks its visitors first.
	ConsentRequired bool
	// EventBatch is the largest number of events of one request; default 1,000.
	EventBatch int
	// EventBytes bounds the body of one request with events; default 4 MiB.
	EventBytes int64

	// OpinionBatch is the largest number of texts of one request with opinions; default 1,000.
	OpinionBatch int

	// Lists are, by the list of an event, the variant of an experiment that showed the product there; metrics count the events of each. Default none.
	Lists map[string]Variant

	// RequestTimeout is the deadline of everything that is no upload; default 10 s. Too low cuts slow picture queries off.
	RequestTimeout time.Duration
	// StallTimeout drops a connection whose body or answer makes no headway for so long; default 30 s.
	StallTimeout time.Duration
	// IdleTimeout closes kept-alive connections; default 2 min.
	IdleTimeout time.Duration
	// ShutdownTimeout is how long running requests may take to end; default 15 s.
	ShutdownTimeout time.Duration

	// CompressFrom is the size of an answer in bytes from which it is compressed; default 2,048, -1 never.
	CompressFrom int
	// PictureAge is how long browsers keep product pictures without asking again; default 1 h.
	PictureAge time.Duration
	// JobsDir keeps the jobs over a restart; empty forgets them.
	JobsDir string
	// Jobs is the number of finished jobs that are remembered; default 100.
	Jobs int

	// Window is the deepest hit that the searcher lets ask for; the storefront offers no pages beyond. Default 1,000.
	Window int
	// NoStorefront leaves the pages of package web out.
	NoStorefront bool
	// StorefrontName is the shop's name on the pages; default "Vitrine".
	StorefrontName string
	// StorefrontFacets are the fields offered as facets on the pages, beside price; every one must exist in the index.
	// Default category and brand.
	StorefrontFacets []string
	// StorefrontVoice offers a microphone on the pages; the searcher must understand recordings in WebM.
	StorefrontVoice bool
	// StorefrontShoppers are offered on the pages to look through the eyes of, in a demonstration: anyone may be any of them. Default none.
	StorefrontShoppers []web.Shopper
}

func (o Options) withDefaults() Options {
	setDefault(&o.DefaultIndex, "products")
	setDefault(&o.Version, "dev")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.QueryBytes, 16<<20)
	setDefault(&o.LineBytes, 1<<20)
	setDefault(&o.UpsertBytes, 1<<30)
	setDefault(&o.ReindexBytes, 16<<30)
	setDefault(&o.RankerBytes, 64<<20)
	setDefault(&o.HeaderBytes, 1<<20)
	setDefault(&o.UpsertBatch, 256)
	setDefault(&o.BatchBytes, 8<<20)
	setDefault(&o.Writers, 8)
	setDefault(&o.WriterWait, 2*time.Second)
	setDefault(&o.Replays, 10_000)
	setDefault(&o.ReplayAge, 24*time.Hour)
	setDefault(&o.UpsertProblems, 1000)
	setDefault(&o.DeleteIDs, 10_000)
	setDefault(&o.Suggestions, 20)
	setDefault(&o.EventBatch, 1000)
	setDefault(&o.EventBytes, 4<<20)
	setDefault(&o.OpinionBatch, 1000)
	setDefault(&o.RequestTimeout, 10*time.Second)
	setDefault(&o.StallTimeout, 30*time.Second)
	setDefault(&o.IdleTimeout, 2*time.Minute)
	setDefault(&o.ShutdownTimeout, 15*time.Second)
	setDefault(&o.CompressFrom, 2048)
	setDefault(&o.PictureAge, time.Hour)
	setDefault(&o.Jobs, 100)
	setDefault(&o.Window, 1000)
	if o.StorefrontFacets == nil {
		o.StorefrontFacets = []string{vitrine.FieldCategory, vitrine.FieldBrand}
	}
	return o
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

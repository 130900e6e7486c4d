package configs

import (
	"fmt"
	"net/url"
	"time"

	"github.com/robfig/cron/v3"

	"vitrine"
)

// Feeds is how catalogues are downloaded, and when indexes are built anew.
type Feeds struct {
	// AllowPrivate lets feed URLs lead to private, loopback and link-local addresses.
	AllowPrivate bool `yaml:"allow_private"`
	// Bytes is the largest feed.
	Bytes Size `yaml:"bytes"`
	// Attempts is how often a download is tried, Stall how long nothing may arrive.
	Attempts int           `yaml:"attempts"`
	Stall    time.Duration `yaml:"stall"`
	// Proxy uses the proxies of the environment.
	Proxy bool `yaml:"proxy"`
	// Schedule lists what a server builds anew by the clock.
	Schedule []Reindex `yaml:"schedule"`
}

// Reindex builds an index anew from a feed or a file at the times of a cron expression.
type Reindex struct {
	Index string `yaml:"index"`
	// URL is a feed, Path a file below the server's reindex root; one of them is given.
	URL  string `yaml:"url"`
	Path string `yaml:"path"`
	// At is a cron expression of five fields.
	At string `yaml:"at"`
}

// Golden holds a new generation against judged queries. A limit of 0 is none.
type Golden struct {
	// Judgments is a CSV file of query, product_id and grade; empty is no gate.
	Judgments string `yaml:"judgments"`
	// MinimumNDCG is the least mean nDCG@10; MaximumDrop how much lower it may be than that of the live generation.
	MinimumNDCG float64 `yaml:"minimum_ndcg"`
	MaximumDrop float64 `yaml:"maximum_drop"`
}

func defaultFeeds() Feeds {
	return Feeds{Bytes: 16 << 30, Attempts: 5, Stall: time.Minute, Schedule: []Reindex{}}
}

func (f *Feeds) validate(check check, root string) {
	check(f.Bytes >= 1, "feeds.bytes", f.Bytes, "1 or more")
	check(f.Attempts >= 1, "feeds.attempts", f.Attempts, "1 or more")
	check(f.Stall > 0, "feeds.stall", f.Stall, "above 0")
	for i, r := range f.Schedule {
		key := fmt.Sprintf("feeds.schedule[%d]", i)
		check(vitrine.ValidateIndexName(r.Index) == nil, key+".index", r.Index, "1 to 64 of a-z, 0-9, - and _")
		check((r.URL == "") != (r.Path == ""), key, r.Index, "with either url or path")
		check(r.URL == "" || isWebURL(r.URL), key+".url", "the value", "an http or https URL")
		check(r.Path == "" || root != "", key+".path", r.Path, "of use without server.reindex_root")
		check(isSchedule(r.At), key+".at", r.At, "a cron expression of five fields")
	}
}

func (g *Golden) validate(check check) {
	check(g.MinimumNDCG >= 0 && g.MinimumNDCG <= 1, "index.golden.minimum_ndcg", g.MinimumNDCG, "in 0 … 1")
	check(g.MaximumDrop >= 0 && g.MaximumDrop <= 1, "index.golden.maximum_drop", g.MaximumDrop, "in 0 … 1")
	check((g.Judgments != "") == (g.MinimumNDCG > 0 || g.MaximumDrop > 0), "index.golden.judgments", g.Judgments, "given together with minimum_ndcg or maximum_drop")
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isSchedule reports whether s is a cron expression: minute, hour, day of the month, month, day of the week; or @daily and the like.
func isSchedule(s string) bool {
	_, err := cron.ParseStandard(s)
	return err == nil
}

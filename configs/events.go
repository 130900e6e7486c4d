package configs

import "time"

// Events is what is kept of shoppers, and for how long.
type Events struct {
	// Open lets events in without a key, as browsers send them.
	Open bool `yaml:"open"`
	// PseudonymKey turns users and sessions into pseudonyms; empty stores them as they come.
	PseudonymKey string `yaml:"pseudonym_key"`
	// ConsentRequired stores events without user and session unless consent is given.
	ConsentRequired bool `yaml:"consent_required"`
	// RejectUnknown refuses events of products that are not in the catalogue.
	RejectUnknown bool `yaml:"reject_unknown"`
	// Ahead is how far a time may lie in the future, and Oldest the greatest age of an event.
	Ahead  time.Duration `yaml:"ahead"`
	Oldest time.Duration `yaml:"oldest"`
	// Rate is the most events of one user in a minute before it is taken for a robot.
	Rate int `yaml:"rate"`
	// Batch is the largest number of events of one request, and Bytes its size.
	Batch int  `yaml:"batch"`
	Bytes Size `yaml:"bytes"`
	// Retention is the age at which events are deleted; 0 keeps them for ever.
	Retention time.Duration `yaml:"retention"`
	// Settle is how long an answer waits for the profile to follow.
	Settle time.Duration `yaml:"settle"`
	// HalfLife is the age at which an act counts half in a profile.
	HalfLife time.Duration `yaml:"half_life"`
	// Visit is the pause that ends a visit.
	Visit time.Duration `yaml:"visit"`
	// Popular is the number of different shoppers who must have made a search before it is suggested to others; 0 suggests none.
	Popular int `yaml:"popular"`
}

func defaultEvents() Events {
	const day = 24 * time.Hour
	return Events{
		Open: true, Ahead: 5 * time.Minute, Oldest: 400 * day, Rate: 600, Batch: 1000, Bytes: 4 << 20, Retention: 400 * day,
		Settle: 50 * time.Millisecond, HalfLife: 30 * day, Visit: 30 * time.Minute, Popular: 3,
	}
}

// check notes a value that is out of range.
type check = func(ok bool, key string, value any, want string)

func (e *Events) validate(check check) {
	check(e.PseudonymKey == "" || len(e.PseudonymKey) >= 16, "events.pseudonym_key", "a key", "at least 16 characters long")
	check(e.Ahead > 0, "events.ahead", e.Ahead, "above 0")
	check(e.Oldest > 0, "events.oldest", e.Oldest, "above 0")
	check(e.Rate > 0, "events.rate", e.Rate, "1 or more")
	check(e.Batch > 0, "events.batch", e.Batch, "1 or more")
	check(e.Bytes > 0, "events.bytes", int64(e.Bytes), "1 or more")
	check(e.Retention >= 0, "events.retention", e.Retention, "0 or more")
	check(e.Settle >= 0, "events.settle", e.Settle, "0 or more")
	check(e.Popular >= 0, "events.popular", e.Popular, "0 or more")
	check(e.HalfLife > 0, "events.half_life", e.HalfLife, "above 0")
	check(e.Visit > 0, "events.visit", e.Visit, "above 0")
}

// Redis is the server that several processes share events and profiles through.
type Redis struct {
	// Address is host:port; empty keeps everything on this machine.
	Address  string `yaml:"address"`
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	TLS      bool   `yaml:"tls"`
	DB       int    `yaml:"db"`
	// Prefix begins every key.
	Prefix string `yaml:"prefix"`
	// Timeout bounds each command.
	Timeout time.Duration `yaml:"timeout"`
	// Keep is how long this machine keeps what it passed on, to pass it on again when Redis has lost it.
	Keep time.Duration `yaml:"keep"`
}

func defaultRedis() Redis {
	return Redis{Prefix: "vitrine", Timeout: 500 * time.Millisecond, Keep: 24 * time.Hour}
}

func (r *Redis) validate(check check) {
	check(r.DB >= 0, "redis.db", r.DB, "0 or more")
	check(r.Prefix != "", "redis.prefix", `""`, "a text")
	check(r.Timeout > 0, "redis.timeout", r.Timeout, "above 0")
	check(r.Keep > 0, "redis.keep", r.Keep, "above 0")
}

package configs

import "vitrine/loaders/quality"

// Check is what `vitrine check` takes for wrong.
type Check struct {
	// Rules are what the shop asks of its fields.
	Rules []quality.Rule `yaml:"rules"`
	// Score is the robust z-score beyond which a figure is an outlier of its category.
	Score float64 `yaml:"score"`
	// Fewest is the number of figures of a category below which none is an outlier, and of values below which no unit clashes.
	Fewest int `yaml:"fewest"`
	// Minority is the share below which a language or a unit is not the catalogue's.
	Minority float64 `yaml:"minority"`
	// NearTitle and NearPicture are the cosine similarities from which titles and pictures are nearly the same.
	NearTitle   float64 `yaml:"near_title"`
	NearPicture float64 `yaml:"near_picture"`
	// Findings bounds the list of each kind; all are counted.
	Findings int `yaml:"findings"`
}

func defaultCheck() Check {
	return Check{Rules: []quality.Rule{}, Score: 5, Fewest: 20, Minority: 0.1, NearTitle: 0.97, NearPicture: 0.98, Findings: 100_000}
}

func (c *Check) validate(check func(ok bool, key string, value any, want string)) {
	_, err := quality.New(quality.Options{Rules: c.Rules})
	check(err == nil, "check.rules", err, "without a mistake")
	check(c.Score > 0, "check.score", c.Score, "above 0")
	check(c.Fewest >= 3, "check.fewest", c.Fewest, "3 or more")
	check(c.Minority >= 0 && c.Minority < 0.5, "check.minority", c.Minority, "in 0 … 0.5")
	check(c.NearTitle > 0 && c.NearTitle <= 1, "check.near_title", c.NearTitle, "above 0 … 1")
	check(c.NearPicture > 0 && c.NearPicture <= 1, "check.near_picture", c.NearPicture, "above 0 … 1")
	check(c.Findings >= 1, "check.findings", c.Findings, "1 or more")
}

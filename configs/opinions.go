package configs

import "time"

// Opinions is how what shoppers write is watched.
type Opinions struct {
	// Models is a file of sentiment models made by `vitrine opinion train`; the shipped ones when empty.
	Models string `yaml:"models"`
	// Keep is how long opinions count, Recent how many of the latest are kept in memory for trends, topics, lists and evidence.
	Keep   time.Duration `yaml:"keep"`
	Recent int           `yaml:"recent"`
	// Batch is the largest number of texts of one request.
	Batch int `yaml:"batch"`
	// Aspects are the aspects of a purchase with the words that name them; those of the program when empty.
	Aspects map[string][]string `yaml:"aspects"`
	// Rules say when to raise an alert.
	Rules []OpinionRule `yaml:"rules"`
	// Webhooks are URLs that alerts are posted to, Files those that they are appended to (as e-mails where the name ends in .mbox), Log whether they
	// are logged too.
	Webhooks []string      `yaml:"webhooks"`
	Files    []string      `yaml:"files"`
	Log      bool          `yaml:"log"`
	Timeout  time.Duration `yaml:"timeout"`
}

// OpinionRule is a rule of alerts; package insight/opinion explains its fields.
type OpinionRule struct {
	Name      string        `yaml:"name"`
	Measure   string        `yaml:"measure"`
	Threshold float64       `yaml:"threshold"`
	Product   string        `yaml:"product,omitempty"`
	Brand     string        `yaml:"brand,omitempty"`
	Category  string        `yaml:"category,omitempty"`
	Kind      string        `yaml:"kind,omitempty"`
	Aspect    string        `yaml:"aspect,omitempty"`
	Each      string        `yaml:"each,omitempty"`
	Window    time.Duration `yaml:"window,omitempty"`
	Minimum   int           `yaml:"minimum,omitempty"`
	Season    time.Duration `yaml:"season,omitempty"`
	Seasons   int           `yaml:"seasons,omitempty"`
	Slack     float64       `yaml:"slack,omitempty"`
	CoolDown  time.Duration `yaml:"cool_down,omitempty"`
}

func defaultOpinions() Opinions {
	return Opinions{
		Keep: 400 * 24 * time.Hour, Recent: 20_000, Batch: 1000, Log: true, Aspects: map[string][]string{}, Webhooks: []string{}, Files: []string{}, Timeout: 5 * time.Second,
		Rules: []OpinionRule{
			{Name: "burst", Measure: "z_score", Threshold: 4.5, Window: 2 * time.Hour, Minimum: 6},
			{Name: "shift", Measure: "cusum", Threshold: 30, Slack: 1, Minimum: 4},
			{Name: "product", Each: "product", Measure: "negative_share", Threshold: 0.75, Window: 24 * time.Hour, Minimum: 15},
		},
	}
}

func (o *Opinions) validate(check func(ok bool, key string, value any, want string)) {
	check(o.Keep > 0, "opinions.keep", o.Keep, "above 0")
	check(o.Recent >= 1, "opinions.recent", o.Recent, "1 or more")
	check(o.Batch >= 1, "opinions.batch", o.Batch, "1 or more")
	check(o.Timeout > 0, "opinions.timeout", o.Timeout, "above 0")
	for _, r := range o.Rules {
		check(r.Name != "" && r.Threshold > 0, "opinions.rules", r.Name, "a name and a threshold above 0")
	}
}

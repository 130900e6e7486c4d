package configs

import "time"

// Ranking is how the learned ranking model is trained and let serve.
type Ranking struct {
	// Schedule is a cron expression of five fields; empty trains on demand only.
	Schedule string `yaml:"schedule"`
	// Window is how far back events are learned from, MinimumRows the least number of impressions.
	Window      time.Duration `yaml:"window"`
	MinimumRows int           `yaml:"minimum_rows"`
	// Promote lets a version that passes the gate serve at once, a share Canary of the shoppers first when that is above 0.
	Promote bool    `yaml:"promote"`
	Canary  float64 `yaml:"canary"`
	// Gain is by how much the AUC must exceed that of the live version, SegmentLoss what a segment may lose, and Latency the longest that
	// scoring 200 hits may take.
	Gain        float64       `yaml:"gain"`
	SegmentLoss float64       `yaml:"segment_loss"`
	Latency     time.Duration `yaml:"latency"`
	// WatchImpressions is the least number before a version may be sent back, and WatchDrop the share by which the click rate must have fallen.
	WatchImpressions int     `yaml:"watch_impressions"`
	WatchDrop        float64 `yaml:"watch_drop"`
	// Keep is the number of versions kept beside those in use.
	Keep int `yaml:"keep"`
}

func defaultRanking() Ranking {
	return Ranking{
		Window: 90 * 24 * time.Hour, MinimumRows: 1000, Promote: true, SegmentLoss: 0.02, Latency: 2 * time.Millisecond,
		WatchImpressions: 2000, WatchDrop: 0.05, Keep: 10,
	}
}

func (r *Ranking) validate(check check) {
	check(r.Window > 0, "ranking.window", r.Window, "above 0")
	check(r.MinimumRows > 0, "ranking.minimum_rows", r.MinimumRows, "1 or more")
	check(r.Canary >= 0 && r.Canary < 1, "ranking.canary", r.Canary, "in 0 … 1")
	check(r.Gain >= 0 && r.Gain < 1, "ranking.gain", r.Gain, "in 0 … 1")
	check(r.SegmentLoss > 0 && r.SegmentLoss < 1, "ranking.segment_loss", r.SegmentLoss, "above 0 … 1")
	check(r.Latency > 0, "ranking.latency", r.Latency, "above 0")
	check(r.WatchImpressions > 0, "ranking.watch_impressions", r.WatchImpressions, "1 or more")
	check(r.WatchDrop > 0 && r.WatchDrop < 1, "ranking.watch_drop", r.WatchDrop, "above 0 … 1")
	check(r.Keep > 0, "ranking.keep", r.Keep, "1 or more")
}

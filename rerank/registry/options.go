package registry

import (
	"time"

	"vitrine"
	"vitrine/rerank/train"
)

// Options says where versions are kept and what is asked of them.
type Options struct {
	// Dir is the folder; it is made when it does not exist.
	Dir string
	// Features are what every model must have been trained on, in order.
	Features []string
	// Keep is the number of versions kept beside those in use; default 10.
	Keep  int
	Gate  Gate
	Watch Watch
	// Foreign reads a model of another library from the folder that it was saved in; nil when there can be none.
	Foreign func(folder string) (*train.Model, error)
	// OnChange is told of every change, also of those that [Watch] makes; nil for none.
	OnChange func(Change)
}

// Gate is what a version must pass. The zero value is a sound default.
type Gate struct {
	// Gain is by how much the AUC on held-back time must exceed that of the live version; default 0, any gain.
	Gain float64
	// Segment is by how much the AUC of a segment may fall below that of the live version; default 0.02.
	Segment float64
	// Latency is the longest time that 95 of 100 scorings of 200 hits may take, features apart; default 2 ms.
	Latency time.Duration
}

// Watch is when a version is sent back. The zero value is a sound default.
type Watch struct {
	// Impressions is the least number on both sides before anything is concluded; default 2,000.
	Impressions int
	// Drop is the share by which the click rate must have fallen; default 0.05.
	Drop float64
	// Z is how many standard errors the fall must be; default 3, as it is looked at again and again.
	Z float64
}

func (o Options) withDefaults() Options {
	if o.Keep <= 0 {
		o.Keep = 10
	}
	if o.Gate.Segment <= 0 {
		o.Gate.Segment = 0.02
	}
	if o.Gate.Latency <= 0 {
		o.Gate.Latency = 2 * time.Millisecond
	}
	if o.Watch.Impressions <= 0 {
		o.Watch.Impressions = 2000
	}
	if o.Watch.Drop <= 0 {
		o.Watch.Drop = 0.05
	}
	if o.Watch.Z <= 0 {
		o.Watch.Z = 3
	}
	if o.Foreign == nil {
		o.Foreign = func(folder string) (*train.Model, error) {
			return nil, vitrine.Errorf(vitrine.Unavailable, "ranking model %s: of another library, which this server cannot read", folder)
		}
	}
	if o.OnChange == nil {
		o.OnChange = func(Change) {}
	}
	return o
}

// Change is something that happened to the versions.
type Change struct {
	Time time.Time `json:"time"`
	// What is added, promoted, canary, shadow, rolled_back or dropped.
	What    string `json:"what"`
	Version string `json:"version"`
	Reason  string `json:"reason,omitempty"`
}

package main

import (
	"testing"

	"vitrine/configs"
)

// Ensure that the rules of the default settings find the bursts of a simulated month soon and cry wolf at most once.
func TestBenchAlerts(t *testing.T) {
	config := configs.Default()
	plan := burstPlan{history: 14, days: 30, hours: 6, bursts: 10, rate: 10, negative: 0.2, burst: 8, seed: 1}
	r, err := benchAlerts(t.Context(), config, plan, 2)
	if err != nil {
		t.Fatal(err)
	}
	if r.Recall < 0.9 || r.Precision < 0.9 || r.FalseAlarms > 1 || r.MedianDelay > 2 {
		t.Errorf("%+v", r)
	}
}

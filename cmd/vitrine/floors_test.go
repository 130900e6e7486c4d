package main

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed"
	"vitrine/retrieve"
)

// Ensure the shipped model brings the floors that retrieval was measured with, that a setting goes before them, and that without an encoder the settings stand alone.
func TestFloors(t *testing.T) {
	encoder, err := openEncoder(configs.Default())
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		t.Skipf("floors of the shipped model were not read: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close() //nolint:errcheck // read only
	set := map[string]float64{vitrine.SpaceJoint: 0.2}
	overridden := maps.Clone(retrieve.DefaultFloors())
	maps.Copy(overridden, set)
	for _, tt := range []struct {
		name     string
		settings map[string]float64
		encoder  *embed.Encoder
		want     map[string]float64
	}{
		{"of the model", nil, encoder, retrieve.DefaultFloors()},
		{"of the settings", set, encoder, overridden},
		{"no encoder", set, nil, set},
	} {
		if diff := cmp.Diff(tt.want, floors(tt.settings, tt.encoder)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

package main

import (
	"maps"

	"vitrine/embed"
)

// floors returns the least similarity of a match by space: what the settings say, else what the encoder's manifests say, else nothing for that space.
func floors(settings map[string]float64, encoder *embed.Encoder) map[string]float64 {
	all := map[string]float64{}
	if encoder != nil {
		for space, s := range encoder.Spaces() {
			if s.Floor != 0 {
				all[space] = s.Floor
			}
		}
	}
	maps.Copy(all, settings)
	return all
}

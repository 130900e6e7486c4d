package main

import (
	"log/slog"

	"vitrine"
	"vitrine/configs"
	"vitrine/embed"
)

// openCrossEncoder loads the cross-encoder that the settings name, nil for none. Without ONNX Runtime there is none either, as the log says.
func openCrossEncoder(c *configs.Config) (*embed.CrossEncoder, error) {
	if c.Search.CrossEncoder == "" {
		return nil, nil
	}
	m, err := embed.Models{Dir: c.Models.Dir}.Find(c.Search.CrossEncoder)
	if err != nil {
		return nil, err
	}
	e, err := embed.OpenCrossEncoder(m, embed.CrossEncoderOptions{Library: c.Models.Library, Threads: c.Models.Threads})
	if vitrine.CodeOf(err) == vitrine.Unavailable {
		slog.Warn("no cross-encoder", "reason", err)
		return nil, nil
	}
	return e, err
}

package retrieve

import (
	"context"
	"fmt"

	"vitrine"
)

// clip embeds the query's clip; nil when it cannot be had in time, or not on this machine.
func (s *search) clip(ctx context.Context) (vitrine.Vectors, error) {
	defer s.stages.begin("encode clip")()
	vectors, err := within(ctx, s.options.Timeouts.Clip, &s.running, func(ctx context.Context) (vitrine.Vectors, error) {
		return s.Clips.Clip(ctx, s.query.Clip)
	})
	switch code := vitrine.CodeOf(err); {
	case err == nil:
		return s.compared(vectors, nil)
	case code == vitrine.Invalid || code == vitrine.TooLarge:
		return nil, fmt.Errorf("field clip: %w", err)
	}
	s.degrade("encode clip", err)
	return nil, nil
}

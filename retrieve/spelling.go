package retrieve

import "context"

// didYouMean returns the query's words with misspelt ones mended, "" when there are none or when that cannot be said in time. Only a first page asks.
func (s *search) didYouMean(ctx context.Context) string {
	if s.Speller == nil || s.query.Text == "" || s.query.Page > 1 {
		return ""
	}
	defer s.stages.begin("spelling")()
	meant, err := within(ctx, s.options.Timeouts.Leg, &s.running, func(ctx context.Context) (string, error) {
		return s.Speller.Correct(ctx, s.query.Text)
	})
	if err != nil {
		s.degrade("spelling", err)
		return ""
	}
	return meant
}

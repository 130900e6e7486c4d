package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"

	"vitrine"
)

// atTimes calls f at the times of a cron expression, one call after another, until ctx ends; a time that passes while f runs is left out. Errors of f are logged.
func atTimes(ctx context.Context, what, expression string, f func(context.Context) error) error {
	plan, err := cron.ParseStandard(expression)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "schedule of %s %q: %w", what, expression, err)
	}
	go func() {
		for {
			next := plan.Next(time.Now())
			if next.IsZero() {
				slog.Warn("schedule never comes", "what", what, "schedule", expression)
				return
			}
			timer := time.NewTimer(time.Until(next))
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
			if err := f(ctx); err != nil && ctx.Err() == nil {
				slog.Error("scheduled work", "what", what, "error", err)
			}
		}
	}()
	return nil
}

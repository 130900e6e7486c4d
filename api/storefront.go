package api

import (
	"context"

	"vitrine"
)

// pageEvents lets the events of the storefront in, which records only visitors who may be remembered.
type pageEvents struct{ events Events }

// Record stores events; one that is refused is an error.
func (p pageEvents) Record(ctx context.Context, agent string, events []vitrine.Event) error {
	consent := true
	rows := make([]EventRow, len(events))
	for i, e := range events {
		rows[i] = EventRow{Event: e, Consent: &consent}
	}
	results, err := p.events.Collect(ctx, EventSender{Agent: agent}, rows)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Status == "rejected" {
			return vitrine.Errorf(vitrine.Invalid, "event of a page: %s", r.Reason)
		}
	}
	return nil
}

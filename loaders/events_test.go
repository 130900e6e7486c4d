package loaders_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/loaders"
)

// Ensure an event log is read under the usual names of columns and kinds, and a row that makes no sense costs that row only.
func TestEvents(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		content  string
		want     []vitrine.Event
		rejected int
	}{
		"csv": {
			"event_time,event_type,product_id,user_id,user_session\n2026-03-01 12:00:00,view,p1,u,s\nyesterday,view,p1,u,s\n1772366400,remove_from_cart,p2,u,s\n",
			[]vitrine.Event{
				{Kind: vitrine.EventView, Product: "p1", User: "u", Session: "s", Time: at},
				{Kind: vitrine.EventUncart, Product: "p2", User: "u", Session: "s", Time: at},
			},
			1,
		},
		"jsonl": {
			`{"id":"1","kind":"rating","user":"u","product":"p","value":4,"position":3,"time":"2026-03-01T12:00:00Z"}` + "\n{broken\n" +
				`{"id":"2","kind":"search","user":"u","query":"红 dress","value":"x","time":"2026-03-01T12:00:00Z"}` + "\n" +
				`{"id":"3","kind":"buy","user":"u","product":"p","time":"2026-03-01T12:00:00Z"}` + "\n",
			[]vitrine.Event{
				{ID: "1", Kind: vitrine.EventRating, Product: "p", User: "u", Value: 4, Position: 3, Time: at},
				{ID: "3", Kind: vitrine.EventPurchase, Product: "p", User: "u", Time: at},
			},
			2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events."+name)
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := loaders.OpenEvents(path, loaders.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			var got []vitrine.Event
			for row, err := range log.Rows(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, row.Event)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || log.Report().Rejected != c.rejected {
				t.Errorf("%d rejected, want %d\n%s", log.Report().Rejected, c.rejected, diff)
			}
		})
	}
}

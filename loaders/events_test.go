package loaders_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"vitrine"
	"vitrine/loaders"
)

// readEvents returns the events of a file and what was reported of them.
func readEvents(t *testing.T, path string) ([]vitrine.Event, loaders.Report) {
	t.Helper()
	log, err := loaders.OpenEvents(path, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var got []vitrine.Event
	for row, err := range log.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Event)
	}
	return got, log.Report()
}

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
		"inter": {
			"user_id:token\titem_id:token\trating:float\ttimestamp:float\nu\tp\t4.0\t1772366400.0\nu\tp\thigh\t1772366400.0\n",
			[]vitrine.Event{{Kind: vitrine.EventRating, Product: "p", User: "u", Value: 4, Time: at}},
			1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events."+name)
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, report := readEvents(t, path)
			if diff := cmp.Diff(c.want, got); diff != "" || report.Rejected != c.rejected {
				t.Errorf("%d rejected, want %d\n%s", report.Rejected, c.rejected, diff)
			}
		})
	}
}

// Ensure an event log in Parquet is read with its types: moments, numbers, and texts that may be missing.
func TestEventsParquet(t *testing.T) {
	type row struct {
		Time     time.Time `parquet:"event_time,timestamp(millisecond)"`
		Type     string    `parquet:"event_type,dict"`
		Product  int64     `parquet:"product_id"`
		User     string    `parquet:"user_id"`
		Quantity *float64  `parquet:"quantity,optional"`
	}
	two := 2.0
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "events.parquet")
	if err := parquet.WriteFile(path, []row{{at, "purchase", 7, "u", &two}, {at, "view", 8, "u", nil}}); err != nil {
		t.Fatal(err)
	}
	got, report := readEvents(t, path)
	want := []vitrine.Event{
		{Kind: vitrine.EventPurchase, Product: "7", User: "u", Value: 2, Time: at},
		{Kind: vitrine.EventView, Product: "8", User: "u", Time: at},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%+v\n%s", report, diff)
	}
}

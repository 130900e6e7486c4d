package intake_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/store"
	"vitrine/store/embedded"
	"vitrine/store/intake"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shop knows the products whose id begins with "p".
type shop struct{}

func (shop) Known(_ context.Context, ids []string) ([]bool, error) {
	known := make([]bool, len(ids))
	for i, id := range ids {
		known[i] = strings.HasPrefix(id, "p")
	}
	return known, nil
}

func open(t *testing.T, o intake.Options) (*intake.Intake, store.Events) {
	t.Helper()
	s, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	o.Log, o.Products, o.Now = s, shop{}, func() time.Time { return noon }
	in, err := intake.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return in, s
}

func view(id string, at time.Time) intake.Row {
	return intake.Row{Event: vitrine.Event{ID: id, Kind: vitrine.EventView, User: "u", Session: "s", Product: "p1", Time: at}}
}

func with(row intake.Row, change func(*intake.Row)) intake.Row {
	change(&row)
	return row
}

func accept(t *testing.T, in *intake.Intake, from intake.Sender, rows ...intake.Row) []intake.Result {
	t.Helper()
	results, err := in.Accept(context.Background(), from, rows)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func stored(t *testing.T, s store.Events) (list []vitrine.Event) {
	t.Helper()
	if err := s.Scan(context.Background(), store.Range{}, func(r store.Record) error {
		list = append(list, r.Event)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// Ensure every field is checked, the reason names it, and good rows of the batch are stored all the same.
func TestIntake_Checks(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*intake.Row)
		want   string
	}{
		{"good", func(*intake.Row) {}, ""},
		{"kind", func(r *intake.Row) { r.Kind = "glance" }, "field kind"},
		{"nobody", func(r *intake.Row) { r.User, r.Session = "", "" }, "field user"},
		{"visitor", func(r *intake.Row) { r.User = "" }, ""},
		{"product", func(r *intake.Row) { r.Product = "" }, "field product"},
		{"search without query", func(r *intake.Row) { r.Kind, r.Product = vitrine.EventSearch, "" }, "field query"},
		{"search", func(r *intake.Row) { r.Kind, r.Product, r.Query = vitrine.EventSearch, "", "dress" }, ""},
		{"rating", func(r *intake.Row) { r.Kind, r.Value = vitrine.EventRating, 6 }, "field value"},
		{"no rating", func(r *intake.Row) { r.Kind = vitrine.EventRating }, "field value"},
		{"nan", func(r *intake.Row) { r.Value = math.NaN() }, "field value"},
		{"position", func(r *intake.Row) { r.Position = -1 }, "field position"},
		{"propensity", func(r *intake.Row) { r.Propensity = 1.5 }, "field propensity"},
		{"long", func(r *intake.Row) { r.User = strings.Repeat("x", 257) }, "field user"},
		{"control", func(r *intake.Row) { r.Session = "a\nb" }, "field session"},
		{"utf-8", func(r *intake.Row) { r.Query = "\xff" }, "field query"},
		{"problem", func(r *intake.Row) { r.Problem = "broken JSON" }, "broken JSON"},
		{"year", func(r *intake.Row) { r.Time = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC) }, "field time"},
		{"old", func(r *intake.Row) { r.Time = noon.AddDate(-3, 0, 0) }, "field time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, s := open(t, intake.Options{})
			results := accept(t, in, intake.Sender{}, view("first", noon), with(view("second", noon), c.change), view("third", noon))
			want := intake.Stored
			if c.want != "" {
				want = intake.Rejected
			}
			if r := results[1]; r.Status != want || !strings.Contains(r.Reason, c.want) {
				t.Errorf("%+v, want %s and %q", r, want, c.want)
			}
			if n := len(stored(t, s)); results[0].Status != intake.Stored || results[2].Status != intake.Stored || n < 2 {
				t.Errorf("the good rows: %+v, %d stored", results, n)
			}
		})
	}
}

// Ensure a clock that is off is put right: by the sender's own time where it is given, else what lies in the future becomes now.
func TestIntake_Clocks(t *testing.T) {
	in, s := open(t, intake.Options{})
	day := 24 * time.Hour
	r := accept(t, in, intake.Sender{}, view("ahead", noon.Add(day)), view("a little", noon.Add(time.Minute)), view("late", noon.Add(-day)), view("none", time.Time{}))
	r = append(r, accept(t, in, intake.Sender{Sent: noon.Add(day)}, view("day ahead", noon.Add(day-time.Minute)))...)
	r = append(r, accept(t, in, intake.Sender{Sent: noon.Add(-day)}, view("day behind", noon.Add(-day-time.Minute)))...)
	times := map[string]time.Duration{}
	for _, e := range stored(t, s) {
		times[e.ID] = e.Time.Sub(noon)
	}
	want := map[string]time.Duration{
		"ahead": 0, "a little": time.Minute, "late": -day, "none": 0, "day ahead": -time.Minute, "day behind": -time.Minute,
	}
	if diff := cmp.Diff(want, times); diff != "" {
		t.Error(diff)
	}
	for i, changed := range []bool{true, false, false, false, true, true} {
		if (r[i].Reason != "") != changed {
			t.Errorf("%s: reason %q", r[i].ID, r[i].Reason)
		}
	}
}

// Ensure robots are dropped, by name and by pace, and the shop's own server is none.
func TestIntake_Robots(t *testing.T) {
	in, s := open(t, intake.Options{Rate: 10})
	bot := intake.Sender{Agent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
	if r := accept(t, in, bot, view("1", noon)); r[0].Status != intake.Dropped {
		t.Errorf("%+v", r)
	}
	phone := intake.Sender{Agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"}
	var rows []intake.Row
	for i := range 15 {
		rows = append(rows, view(fmt.Sprint("x", i), noon))
	}
	dropped := 0
	for _, r := range accept(t, in, phone, rows...) {
		if r.Status == intake.Dropped {
			dropped++
		}
	}
	list := stored(t, s)
	if dropped != 5 || len(list) != 10 || list[0].Device != "phone" {
		t.Errorf("%d dropped, stored %+v", dropped, list)
	}
	if r := accept(t, in, intake.Sender{Trusted: true, Agent: bot.Agent}, view("2", noon)); r[0].Status != intake.Stored {
		t.Errorf("%+v", r)
	}
}

// Ensure an event without an id counts once however often it is sent, and duplicates are told.
func TestIntake_Duplicates(t *testing.T) {
	in, s := open(t, intake.Options{})
	first := accept(t, in, intake.Sender{}, view("", noon), view("a", noon), view("a", noon))
	again := accept(t, in, intake.Sender{}, view("", noon), view("a", noon))
	for i, want := range []intake.Status{intake.Stored, intake.Stored, intake.Duplicate, intake.Duplicate, intake.Duplicate} {
		if r := append(first[:3:3], again...)[i]; r.Status != want {
			t.Errorf("row %d: %+v, want %s", i, r, want)
		}
	}
	if first[0].ID == "" || first[0].ID != again[0].ID || len(stored(t, s)) != 2 {
		t.Errorf("ids %q and %q", first[0].ID, again[0].ID)
	}
}

// Ensure events of unknown products are stored and say so, or are refused when the shop wants that.
func TestIntake_UnknownProducts(t *testing.T) {
	row := with(view("1", noon), func(r *intake.Row) { r.Product = "gone" })
	in, s := open(t, intake.Options{})
	if r := accept(t, in, intake.Sender{}, row, view("2", noon)); r[0].Status != intake.Stored || !strings.Contains(r[0].Reason, `"gone"`) || len(stored(t, s)) != 2 {
		t.Errorf("%+v", r)
	}
	in, s = open(t, intake.Options{RejectUnknown: true})
	if r := accept(t, in, intake.Sender{}, row, view("2", noon)); r[0].Status != intake.Rejected || r[1].Status != intake.Stored || len(stored(t, s)) != 1 {
		t.Errorf("%+v", r)
	}
}

// Ensure an event without consent is nobody's, and names are pseudonyms that only the key makes.
func TestIntake_Privacy(t *testing.T) {
	yes, no := true, false
	in, s := open(t, intake.Options{ConsentRequired: true, Key: []byte("0123456789abcdef")})
	accept(t, in, intake.Sender{}, view("silent", noon), with(view("no", noon), func(r *intake.Row) { r.Consent = &no }),
		with(view("yes", noon), func(r *intake.Row) { r.Consent = &yes }))
	for _, e := range stored(t, s) {
		named := e.User != "" || e.Session != ""
		if named != (e.ID == "yes") || e.User == "u" || e.Session == "s" {
			t.Errorf("%+v", e)
		}
	}
	name := in.Pseudonym("u")
	if name == "u" || in.Pseudonym(name) != name || in.Pseudonym("v") == name || in.Pseudonym("") != "" {
		t.Errorf("pseudonym %q", name)
	}
	other, _ := open(t, intake.Options{Key: []byte("another key of 16 bytes")})
	if other.Pseudonym("u") == name {
		t.Error("two keys make one pseudonym")
	}
	if _, err := intake.New(intake.Options{Log: s, Key: []byte("short")}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("short key: %v", err)
	}
}

package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"vitrine"
)

// EventRow is one event of a file with its place there.
type EventRow struct {
	// Row counts the file's data rows from 1, Line is the line where the row starts, 0 in binary formats.
	Row, Line int
	vitrine.Event
}

// Events reads a log of what shoppers did: a table (CSV, TSV, Parquet, RecBole's .inter) or objects (JSON Lines, JSON array), plain or compressed,
// with a row per event. A row with a rating and no kind is a rating.
type Events struct{ reader *Reader }

// The column names that are understood, without case and marks; the first that a row has wins.
var eventColumns = map[string][]string{
	"id":         {"id", "eventid"},
	"kind":       {"kind", "eventtype", "event", "action", "behavior", "behaviour", "type", "eventname"},
	"user":       {"user", "userid", "customerid", "customer", "visitorid", "shopper"},
	"session":    {"session", "sessionid", "usersession", "visit"},
	"product":    {"product", "productid", "itemid", "item", "sku", "objectid"},
	"query":      {"query", "searchterm", "search", "text"},
	"value":      {"value", "rating", "quantity", "qty"},
	"list":       {"list", "place", "placement"},
	"position":   {"position", "rank"},
	"propensity": {"propensity"},
	"device":     {"device", "platform"},
	"time":       {"time", "timestamp", "eventtime", "datetime", "date", "createdat"},
}

// eventKinds are the usual names of kinds beside our own.
var eventKinds = map[string]vitrine.EventKind{
	"pageview": vitrine.EventView, "viewitem": vitrine.EventView, "detail": vitrine.EventView, "pv": vitrine.EventView,
	"addtocart": vitrine.EventCart, "addcart": vitrine.EventCart, "basket": vitrine.EventCart,
	"removefromcart": vitrine.EventUncart, "removecart": vitrine.EventUncart,
	"buy": vitrine.EventPurchase, "order": vitrine.EventPurchase, "transaction": vitrine.EventPurchase, "conversion": vitrine.EventPurchase,
	"refund": vitrine.EventReturn, "rate": vitrine.EventRating, "favorite": vitrine.EventLike, "fav": vitrine.EventLike, "wishlist": vitrine.EventLike,
	"show": vitrine.EventImpression,
}

// OpenEvents opens an event log; columns and kinds are known by their usual names, as README.md lists them. A missing file has code
// [vitrine.NotFound], content of no known format [vitrine.Invalid].
func OpenEvents(path string, o Options) (*Events, error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	return &Events{reader: r}, nil
}

// Close frees the file.
func (e *Events) Close() { e.reader.Close() }

// Progress says how far the file is read.
func (e *Events) Progress() Progress { return e.reader.Progress() }

// Report sums up the rows so far.
func (e *Events) Report() Report { return e.reader.Report() }

// Rows yields the events in file order; a row that cannot be understood is counted in the [Report], with its reason, and left out. An error
// comes at most once and last. Whether the fields make sense is for the store's intake to say.
func (e *Events) Rows(ctx context.Context) iter.Seq2[EventRow, error] {
	return func(yield func(EventRow, error) bool) {
		for {
			if err := ctx.Err(); err != nil {
				yield(EventRow{}, err)
				return
			}
			rec, err := e.reader.decoder.next()
			var broken *rowError
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &broken):
				e.reader.reject(Problem{Row: broken.row, Line: broken.line, Reason: broken.reason, Detail: broken.detail})
				continue
			case err != nil:
				yield(EventRow{}, err)
				return
			}
			row, reason, detail := eventOf(rec)
			if reason != "" {
				e.reader.reject(Problem{Row: rec.row, Line: rec.line, ID: clip(row.ID), Reason: reason, Detail: detail})
				continue
			}
			e.reader.mu.Lock()
			e.reader.tally.Read++
			e.reader.tally.Kept++
			e.reader.mu.Unlock()
			if !yield(row, nil) {
				return
			}
		}
	}
}

// eventOf turns a record into an event, or says why it is none.
func eventOf(rec *record) (row EventRow, reason, detail string) {
	cells := map[string]string{}
	for i := range rec.fields {
		name, _, _ := strings.Cut(rec.fields[i].name, ":") // RecBole writes the type behind the name
		cells[plainName(name)] = strings.TrimSpace(rec.fields[i].first())
	}
	get := func(column string) string {
		for _, name := range eventColumns[column] {
			if v := cells[name]; v != "" {
				return v
			}
		}
		return ""
	}
	row = EventRow{Row: rec.row, Line: rec.line, Event: vitrine.Event{
		ID: get("id"), User: get("user"), Session: get("session"), Product: get("product"), Query: get("query"), List: get("list"), Device: get("device"),
	}}
	kind := plainName(get("kind"))
	row.Kind = vitrine.EventKind(kind)
	if usual, ok := eventKinds[kind]; ok {
		row.Kind = usual
	}
	if kind == "" && cells["rating"] != "" {
		row.Kind = vitrine.EventRating
	}
	at, ok := orderTime(get("time"))
	if !ok {
		return row, "time is not understood", get("time")
	}
	row.Time = at
	position := 0.0
	for column, into := range map[string]*float64{"value": &row.Value, "propensity": &row.Propensity, "position": &position} {
		text := get(column)
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return row, fmt.Sprintf("%s is not a number", column), text
		}
		*into = v
	}
	row.Position = int(position)
	return row, "", ""
}

// plainName is a name in lower case without anything but letters.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, name)
}

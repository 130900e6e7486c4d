package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vitrine"
)

// Events keeps what visitors do; safe for concurrent use.
type Events interface {
	// Record stores the events of a visitor who may be remembered, and who is taken for a robot if the agent says so. An id counts once.
	Record(ctx context.Context, agent string, events []vitrine.Event) error
}

// The places that show products, as events name them.
const (
	listSearch         = "search"
	listSimilar        = "similar"
	listForYou         = "for_you"
	listTrending       = "trending"
	listBoughtTogether = "bought_together"
)

// place is where a link to a product stands. The zero value is nowhere.
type place struct {
	List string
	// Position counts from 1.
	Position int
}

// from returns the address of a product with the place of the link to it, and what was searched for there.
func (p place) from(address, query string) string {
	if p.List == "" {
		return address
	}
	values := url.Values{"list": {p.List}, "position": {strconv.Itoa(p.Position)}}
	if query != "" {
		values.Set("q", query)
	}
	if strings.Contains(address, "?") {
		return address + "&" + values.Encode()
	}
	return address + "?" + values.Encode()
}

// placeOf reads the place of the link that was followed; one that the pages do not make is nowhere.
func placeOf(values url.Values) place {
	p := place{List: values.Get("list")}
	position, err := strconv.Atoi(values.Get("position"))
	if err != nil || position < 1 || !slices.Contains([]string{listSearch, listSimilar, listForYou, listTrending, listBoughtTogether}, p.List) {
		return place{}
	}
	p.Position = position
	return p
}

// record keeps events of the visitor of a page. Pages asked for in advance, or by HEAD, were not seen; a page is served even if its events are lost.
func (s *site) record(r *http.Request, index string, events ...vitrine.Event) {
	v := visitorOf(r.Context())
	if len(events) == 0 || !v.Remembered() || index != s.options.Index || r.Method != http.MethodGet || strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") {
		return
	}
	now := time.Now()
	for i := range events {
		e := &events[i]
		e.User, e.Session, e.Time = v.User, v.Session, now
		e.ID = once(*e)
	}
	if err := s.parts.Events.Record(r.Context(), v.Agent, events); err != nil {
		s.options.Fault(r.Context(), err)
	}
}

// once is an id that the same act has within a minute, so that a page loaded again, or a search narrowed down, counts once.
func once(e vitrine.Event) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %q %d %d", e.Kind, e.User, e.Session, e.Product, e.Query, e.List, e.Position, e.Time.Truncate(time.Minute).Unix()))
	return hex.EncodeToString(sum[:sessionBytes])
}

// searched is the event of a search by words; a further page of it is none.
func searched(q search) []vitrine.Event {
	if q.Text == "" || q.Page > 1 {
		return nil
	}
	return []vitrine.Event{{Kind: vitrine.EventSearch, Query: q.Text}}
}

// shown are the events of a page's lists: each product stood at its place. A list without places is none.
func shown(query string, lists ...[]card) []vitrine.Event {
	var events []vitrine.Event
	for _, list := range lists {
		for _, c := range list {
			if c.at.List != "" {
				events = append(events, vitrine.Event{Kind: vitrine.EventImpression, Product: c.product, Query: query, List: c.at.List, Position: c.at.Position})
			}
		}
	}
	return events
}

// looked are the events of a product's page: it is viewed, and clicked if a list led to it.
func looked(product string, r *http.Request, query string) []vitrine.Event {
	events := []vitrine.Event{{Kind: vitrine.EventView, Product: product}}
	if p := placeOf(r.URL.Query()); p.List != "" {
		events = append(events, vitrine.Event{Kind: vitrine.EventClick, Product: product, List: p.List, Position: p.Position, Query: query})
	}
	return events
}

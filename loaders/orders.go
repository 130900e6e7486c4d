package loaders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"vitrine"
)

// OrderLine is one product of one order.
type OrderLine struct {
	// Row counts the file's data rows from 1, Line is the line where the row starts, 0 in binary formats.
	Row, Line int
	// Order is the invoice number; Number counts the order's lines from 1.
	Order  string
	Number int
	// Product is the product's id, Title its name, which may be empty.
	Product, Title string
	// Quantity is never 0; it is negative when pieces came back, as those of a cancelled order do.
	Quantity float64
	// Price is of one piece; 0 means unknown.
	Price float64
	Time  time.Time
	// Customer and Region are empty when the file does not say.
	Customer, Region string
	// Cancelled tells that the order takes an earlier one back.
	Cancelled bool
}

// Event is the line as a purchase, or as a return when pieces came back. Its id follows from order and number, so that reading a file again adds
// nothing to a store.
func (l *OrderLine) Event() vitrine.Event {
	kind := vitrine.EventPurchase
	if l.Cancelled || l.Quantity < 0 {
		kind = vitrine.EventReturn
	}
	return vitrine.Event{
		ID: fmt.Sprintf("order:%s:%d", l.Order, l.Number), Kind: kind, User: l.Customer, Session: l.Order, Product: l.Product,
		Value: math.Abs(l.Quantity), Time: l.Time,
	}
}

// Orders reads an order log: a table (CSV, TSV, Parquet) or objects (JSON Lines, JSON array), plain or compressed, with a row per order line.
type Orders struct {
	reader *Reader
	lines  map[string]int
}

// The column names that are understood, without case, spaces and marks; the first that a row has wins.
var orderColumns = map[string][]string{
	"order":    {"invoiceno", "invoice", "invoiceid", "orderid", "orderno", "ordernumber", "order", "transactionid", "basketid"},
	"product":  {"stockcode", "productid", "sku", "itemid", "articleid", "product", "item"},
	"title":    {"description", "title", "productname", "itemname", "name"},
	"quantity": {"quantity", "qty", "units", "pieces"},
	"time":     {"invoicedate", "orderdate", "purchasedate", "createdat", "timestamp", "datetime", "date", "time"},
	"price":    {"unitprice", "price"},
	"customer": {"customerid", "userid", "customer", "user", "shopper"},
	"region":   {"country", "region"},
}

// OpenOrders opens an order log; columns are known by their usual names, as README.md lists them. A missing file has code [vitrine.NotFound],
// content of no known format [vitrine.Invalid].
func OpenOrders(path string, o Options) (*Orders, error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	return &Orders{reader: r, lines: map[string]int{}}, nil
}

// Close frees the file.
func (o *Orders) Close() { o.reader.Close() }

// Report sums up the rows so far.
func (o *Orders) Report() Report { return o.reader.Report() }

// Lines yields the order lines in file order; a row that cannot be understood is counted in the [Report], with its reason, and left out. An error
// comes at most once and last, as from [Reader.Rows].
func (o *Orders) Lines(ctx context.Context) iter.Seq2[OrderLine, error] {
	return func(yield func(OrderLine, error) bool) {
		for {
			if err := ctx.Err(); err != nil {
				yield(OrderLine{}, err)
				return
			}
			rec, err := o.reader.decoder.next()
			var broken *rowError
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.As(err, &broken):
				o.reader.reject(Problem{Row: broken.row, Line: broken.line, Reason: broken.reason, Detail: broken.detail})
				continue
			case err != nil:
				yield(OrderLine{}, err)
				return
			}
			line, reason, detail := o.line(rec)
			if reason != "" {
				o.reader.reject(Problem{Row: rec.row, Line: rec.line, ID: clip(line.Product), Reason: reason, Detail: detail})
				continue
			}
			o.reader.mu.Lock()
			o.reader.tally.Read++
			o.reader.tally.Kept++
			o.reader.mu.Unlock()
			if !yield(line, nil) {
				return
			}
		}
	}
}

// line turns a record into an order line, or says why it is none.
func (o *Orders) line(rec *record) (l OrderLine, reason, detail string) {
	cells := map[string]string{}
	for i := range rec.fields {
		name := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, rec.fields[i].name)
		cells[name] = strings.TrimSpace(rec.fields[i].first())
	}
	get := func(column string) string {
		for _, name := range orderColumns[column] {
			if v := cells[name]; v != "" {
				return v
			}
		}
		return ""
	}
	l = OrderLine{
		Row: rec.row, Line: rec.line, Order: get("order"), Product: get("product"), Title: get("title"), Region: get("region"),
		Customer: strings.TrimSuffix(get("customer"), ".0"),
	}
	switch {
	case l.Order == "":
		return l, "order number is empty", ""
	case l.Product == "":
		return l, "product id is empty", ""
	case len(l.Product) > vitrine.MaxIDLength:
		return l, "product id is too long", strconv.Itoa(len(l.Product)) + " bytes"
	}
	l.Quantity = 1
	if text := get("quantity"); text != "" {
		q, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(q) || math.IsInf(q, 0) || q == 0 {
			return l, "quantity is not a number other than 0", text
		}
		l.Quantity = q
	}
	at, ok := orderTime(get("time"))
	if !ok {
		return l, "time is not understood", get("time")
	}
	l.Time = at
	if p, _, ok := ParsePrice(get("price"), "", ""); ok && p > 0 {
		l.Price = p
	}
	l.Cancelled = len(l.Order) > 1 && (l.Order[0] == 'C' || l.Order[0] == 'c') && isDigit(rune(l.Order[1]))
	o.lines[l.Order]++
	l.Number = o.lines[l.Order]
	return l, "", ""
}

// orderTime reads the usual ways to write a moment; without a zone it is UTC. Dates with strokes are month first.
func orderTime(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339Nano, time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateOnly,
		"1/2/2006 15:04", "1/2/2006 15:04:05", "1/2/2006", "20060102",
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	seconds, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !(seconds > 1e8 && seconds < 1e14):
		return time.Time{}, false
	case seconds > 1e11: // milliseconds since 1970
		seconds /= 1000
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), true
}

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

// Ensure order lines are read from a table with the usual column names, returns are told from purchases, and rows that make no sense are rejected
// with row and reason and cost no other.
func TestOrders(t *testing.T) {
	table := "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" +
		"1001,85123A,\"HEART, WHITE\",6,2010-12-01 08:26:00,2.55,17850.0,France\n" +
		"1001,71053,,1,12/1/2010 8:26,,,\n" +
		"C1002,71053,LANTERN,-1,2010-12-02,3.39,17850,France\n" +
		",71053,LANTERN,1,2010-12-02,3.39,17850,France\n" +
		"1003,,LANTERN,1,2010-12-02,3.39,17850,France\n" +
		"1003,71053,LANTERN,many,2010-12-02,3.39,17850,France\n" +
		"1003,71053,LANTERN,0,2010-12-02,3.39,17850,France\n" +
		"1003,71053,LANTERN,1,yesterday,3.39,17850,France\n" +
		"1003,71053\n"
	lines, report := readOrders(t, table)
	at := time.Date(2010, 12, 1, 8, 26, 0, 0, time.UTC)
	want := []loaders.OrderLine{
		{Row: 1, Line: 2, Order: "1001", Number: 1, Product: "85123A", Title: "HEART, WHITE", Quantity: 6, Price: 2.55, Time: at, Customer: "17850", Region: "France"},
		{Row: 2, Line: 3, Order: "1001", Number: 2, Product: "71053", Quantity: 1, Time: at},
		{
			Row: 3, Line: 4, Order: "C1002", Number: 1, Product: "71053", Title: "LANTERN", Quantity: -1, Price: 3.39,
			Time: time.Date(2010, 12, 2, 0, 0, 0, 0, time.UTC), Customer: "17850", Region: "France", Cancelled: true,
		},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if report.Read != 9 || report.Kept != 3 || report.Rejected != 6 {
		t.Errorf("report %s", report)
	}
	event := lines[2].Event()
	if event.Kind != vitrine.EventReturn || event.Value != 1 || event.ID != "order:C1002:1" || event.Session != "C1002" {
		t.Errorf("event %+v", event)
	}
}

// Ensure JSON lines with other names and times as numbers are read too.
func TestOrdersJSON(t *testing.T) {
	lines, _ := readOrders(t, `{"order_id": 7, "product_id": 12, "user_id": "u", "timestamp": 1291192000}`+"\n"+
		`{"order_id": 7, "product_id": 13, "user_id": "u", "timestamp": 1291192000000}`+"\n")
	if len(lines) != 2 || lines[1].Number != 2 || !lines[0].Time.Equal(lines[1].Time) || lines[0].Quantity != 1 || lines[0].Customer != "u" {
		t.Errorf("lines %+v", lines)
	}
}

func readOrders(t *testing.T, content string) ([]loaders.OrderLine, loaders.Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orders")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	orders, err := loaders.OpenOrders(path, loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer orders.Close()
	var lines []loaders.OrderLine
	for line, err := range orders.Lines(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines, orders.Report()
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure that an order log becomes purchases and returns, once however often it is imported, and that what is wrong with a row is told.
func TestEventsImportOrders(t *testing.T) {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "orders.csv")
	rows := "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" +
		"536365,85123A,LANTERN,6,12/1/2010 8:26,2.55,17850,United Kingdom\n" +
		"C536379,85123A,LANTERN,-1,12/2/2010 9:41,2.55,17850,United Kingdom\n" +
		"536366,22633,WARMER,none,12/1/2010 8:28,1.85,,United Kingdom\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := command(t, "events", "import", "--orders", file, "--data", data); err != nil || !strings.Contains(out, "field time: older than 9600h") {
		t.Errorf("events older than the retention: %v: %s", err, out)
	}
	settings := filepath.Join(data, "keep.yaml")
	if err := os.WriteFile(settings, []byte("events: {retention: 0s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []importReport{{Read: 3, Stored: 2, Rejected: 1}, {Read: 3, Duplicates: 2, Rejected: 1}} {
		out, err := command(t, "events", "import", "--orders", file, "--json", "--data", data, "--config", settings)
		if err != nil {
			t.Fatal(err)
		}
		var got importReport
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Problems) != 1 || !strings.Contains(got.Problems[0], "quantity") {
			t.Errorf("problems %v", got.Problems)
		}
		if got.Problems = nil; got.Read != want.Read || got.Stored != want.Stored || got.Duplicates != want.Duplicates || got.Rejected != want.Rejected {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	out, err := command(t, "events", "export", "--user", "17850", "--data", data, "--config", settings)
	if err != nil || !strings.Contains(out, `"kind":"purchase"`) || !strings.Contains(out, `"kind":"return"`) {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := command(t, "events", "import", "--orders", filepath.Join(data, "none.csv"), "--data", data); err == nil {
		t.Error("a missing file is no error")
	}
}

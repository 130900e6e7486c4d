package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"vitrine"
	"vitrine/configs"
)

// Ensure the recommendations of the demo shop follow its events over HTTP: every kind answers, by GET and by POST, what was bought together says with
// how many baskets, an erased shopper is forgotten, and a query at fault is refused with the field's name.
func TestRecommendations(t *testing.T) {
	events := demo.Events
	if _, err := demo.engine.shoppers.events.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if err := demo.engine.recommendations.service.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	shopper, product := demo.Shoppers[0].User, ""
	for _, e := range events {
		if e.Kind == vitrine.EventPurchase {
			product = e.Product
		}
	}
	ask := func(t *testing.T, path string) (int, *vitrine.Recommendations) {
		t.Helper()
		status, body := demo.call(t, http.MethodGet, "/v1/recommend/"+path, "", nil)
		r := &vitrine.Recommendations{}
		if err := json.Unmarshal(body, r); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		return status, r
	}
	for _, path := range []string{
		"for-you?user=" + shopper, "because-you-viewed?user=" + shopper, "similar?product=" + product, "looks-alike?product=" + product,
		"bought-together?product=" + product, "cart?cart=" + product + ",nothing", "next-basket?user=" + shopper, "trending?days=90&filter=price+>+5",
		"new-arrivals?days=3650", "for-you?session=unknown", "for-you?user=unknown",
	} {
		status, r := ask(t, path+"&page_size=4&diversity=0.2&explain=true")
		if status != http.StatusOK || len(r.Hits) != 4 {
			t.Errorf("%s: status %d, %d hits, degraded %v", path, status, len(r.Hits), r.Degraded)
		}
		for _, h := range r.Hits {
			if h.Product == nil || h.Product.ID == product && !strings.HasPrefix(path, "next") && strings.Contains(path, product) {
				t.Errorf("%s: hit %+v", path, h.Hit)
			}
		}
	}
	if _, r := ask(t, "similar?product="+product); len(r.Degraded) > 0 || r.Because != product {
		t.Errorf("similar: because %q, degraded %v", r.Because, r.Degraded)
	}
	var posted vitrine.Recommendations
	demo.post(t, "/v1/recommend/cart", map[string]any{"cart": []string{product}, "page_size": 3}, http.StatusOK, &posted)
	if len(posted.Hits) != 3 {
		t.Errorf("posted cart: %d hits", len(posted.Hits))
	}
	for path, want := range map[string]int{
		"magic?user=x": http.StatusBadRequest, "similar": http.StatusBadRequest, "similar?product=nowhere": http.StatusNotFound,
		"for-you?user=x&page_size=100000": http.StatusBadRequest, "trending?index=nowhere": http.StatusNotFound, "trending?pagesize=3": http.StatusBadRequest,
	} {
		if status, body := demo.call(t, http.MethodGet, "/v1/recommend/"+path, "", nil); status != want {
			t.Errorf("%s: status %d, not %d: %s", path, status, want, body)
		}
	}
	before := demo.engine.recommendations.service.Info()
	if status, body := demo.call(t, http.MethodDelete, "/v1/users/"+shopper, "", nil); status != http.StatusOK {
		t.Fatalf("erase: %d %s", status, body)
	}
	if after := demo.engine.recommendations.service.Info(); after.Shoppers != before.Shoppers-1 {
		t.Errorf("%d shoppers after an erasure, before %d", after.Shoppers, before.Shoppers)
	}
	if _, r := ask(t, "buy-again?user="+shopper); len(r.Hits) != 0 || len(r.Degraded) == 0 {
		t.Errorf("an erased shopper: %d hits, degraded %v", len(r.Hits), r.Degraded)
	}
}

// Ensure the terminal answers too, from a data folder of its own.
func TestRecommendCommand(t *testing.T) {
	c := configs.Default()
	c.Data, c.Index.Name = t.TempDir(), demoIndex
	e, err := openEngine(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	var products []*vitrine.Product
	for i := range demo.Products[:20] {
		products = append(products, &demo.Products[i])
	}
	err = e.indexes.Create(t.Context(), demoIndex)
	if err == nil {
		_, err = e.indexes.Put(t.Context(), demoIndex, products)
	}
	if err := errors.Join(err, e.close()); err != nil {
		t.Fatal(err)
	}
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"recommend", "trending", "--index", demoIndex, "--data", c.Data, "--json", "-n", "3"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r vitrine.Recommendations
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || len(r.Hits) != 3 || len(r.Degraded) == 0 {
		t.Errorf("%v, %s", err, out.String())
	}
}

package profile_test

import (
	"context"
	"testing"

	"vitrine"
	"vitrine/fixtures"
	"vitrine/rerank/profile"
)

// Ensure the gender of shoppers who do not tell is guessed from what others who do tell look at, where that says anything: in the demo shop
// few products are made for one gender. Where it says nothing the guess must not claim to be sure: confidence is about the share of guesses
// that are right.
func TestProfiles_Infer(t *testing.T) {
	shop := fixtures.Make(fixtures.Options{})
	c := &catalogue{items: map[string]*profile.Item{}, basis: "none"}
	for i := range shop.Products {
		c.items[shop.Products[i].ID] = &profile.Item{Product: &shop.Products[i]}
	}
	ctx, h := context.Background(), openHouse(t, t.TempDir(), c)
	for i, s := range shop.Shoppers {
		if i%4 == 0 { // these do not tell
			continue
		}
		if err := h.Give(ctx, s.User, profile.Given{Gender: s.Gender, Age: s.Age, Region: s.Region}); err != nil {
			t.Fatal(err)
		}
	}
	h.send(t, shop.Events...)
	made := map[string]bool{}
	for _, e := range shop.Events {
		if p := c.items[e.Product]; p != nil && e.Kind == vitrine.EventView {
			if _, ok := p.Product.Attributes["gender"]; ok {
				made[e.User] = true
			}
		}
	}
	telling, told := 0.0, 0.0
	right, sure, asked := map[string]float64{}, map[string]float64{}, 0.0
	commonest := map[string]map[string]float64{"gender": {}, "age": {}, "region": {}}
	for i, s := range shop.Shoppers {
		if i%4 != 0 {
			continue
		}
		asked++
		p := h.get(t, s.User)
		for kind, truth := range map[string]string{"gender": s.Gender, "age": profile.AgeBand(s.Age), "region": s.Region} {
			commonest[kind][truth]++
			guess := p.Inferred[kind]
			sure[kind] += guess.Confidence
			if guess.Value == truth {
				right[kind]++
			}
			if kind == "gender" && made[s.User] {
				telling++
				if guess.Value == truth {
					told++
				}
			}
		}
	}
	for kind, classes := range commonest {
		most := 0.0
		for _, n := range classes {
			most = max(most, n)
		}
		t.Logf("%s: %.3f right, confidence %.3f, commonest class %.3f", kind, right[kind]/asked, sure[kind]/asked, most/asked)
	}
	t.Logf("gender, of %v who looked at products made for one: %.3f right", telling, told/telling)
	if told/telling < 0.75 {
		t.Errorf("gender: %.2f of the telling guesses are right", told/telling)
	}
	for kind := range commonest {
		if over := (sure[kind] - right[kind]) / asked; over > 0.15 {
			t.Errorf("%s: confidence is %.2f above the share of right guesses", kind, over)
		}
	}
}

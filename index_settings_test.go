package vitrine_test

import (
	"strings"
	"testing"

	"vitrine"
)

// Ensure that settings out of range are refused with the field named, and that absent and empty ones differ.
func TestParseIndexSettings(t *testing.T) {
	for text, says := range map[string]string{
		`{"fusio":"rrf"}`:                       `"fusio"`,
		`{"k1":0}`:                              "field k1: 0",
		`{"b":1.5}`:                             "field b: 1.5",
		`{"minimum_match":"half"}`:              "minimum_match",
		`{"enough":0}`:                          "field enough: 0",
		`{"depth":100000}`:                      "field depth",
		`{"mode":"best"}`:                       "field mode",
		`{"stop_words":["der die"]}`:            "field stop_words[0]",
		`{"facets":["brand","brand"]}`:          "field facets[1]",
		`{"field_weights":{"name":1}}`:          `field field_weights: "name"`,
		`{"field_weights":{"title":-1}}`:        "field field_weights.title",
		`{"field_weights":{"title":0}}`:         "no field has a weight",
		`{"weights":{"picture":1}}`:             `field weights: "picture"`,
		`{"floors":{"text":2}}`:                 "field floors.text",
		`{"diversity":-0.1}`:                    "field diversity",
		`[]`:                                    "settings",
		`{"rank_constant":0,"fusion":"rrf"}`:    "field rank_constant",
		`{"rerank_depth":-5,"understand":true}`: "field rerank_depth",
	} {
		if _, err := vitrine.ParseIndexSettings([]byte(text)); vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it to say %q", text, err, says)
		}
	}
	s, err := vitrine.ParseIndexSettings([]byte(`{"stop_words":[],"typos":false,"facets":["brand"],"ranker":{"x":1}}`))
	if err != nil || s.StopWords == nil || s.Typos == nil || *s.Typos || s.Relax != nil {
		t.Errorf("%+v, %v", s, err)
	}
	if none, err := vitrine.ParseIndexSettings(nil); err != nil || none.StopWords != nil {
		t.Errorf("%+v, %v", none, err)
	}
}

package api_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/api"
)

func term(field string, values ...string) vitrine.Filter {
	return vitrine.Filter{Term: &vitrine.Term{Field: field, Values: values}}
}

func not(f vitrine.Filter) vitrine.Filter { return vitrine.Filter{Not: &f} }

// Ensure that expressions mean what the grammar says: operators, precedence, quoting, keywords in any case, words of any script.
func TestParseFilter(t *testing.T) {
	hundred := 100.0
	least := vitrine.Filter{Range: &vitrine.Range{Field: "price", GTE: &hundred}}
	for in, want := range map[string]vitrine.Filter{
		`brand = HP`:                        term("brand", "HP"),
		`brand:HP`:                          term("brand", "HP"),
		`brand != "H P"`:                    not(term("brand", "H P")),
		`price>=100`:                        least,
		`price > 1e2`:                       {Range: &vitrine.Range{Field: "price", GT: &hundred}},
		`price < 100`:                       {Range: &vitrine.Range{Field: "price", LT: &hundred}},
		`price <= 100`:                      {Range: &vitrine.Range{Field: "price", LTE: &hundred}},
		`colour IN [red, "light blue"]`:     term("colour", "red", "light blue"),
		`colour not in ['a]', or]`:          not(term("colour", "a]", "or")),
		`stock EXISTS`:                      {Exists: "stock"},
		`"and" exists`:                      {Exists: "and"},
		`颜色 = 红色`:                           term("颜色", "红色"),
		`name = "say \"x\" \\"`:             term("name", `say "x" \`),
		`brand = levi's`:                    term("brand", "levi's"),
		`a=1 AND b=2 and c=3`:               {And: []vitrine.Filter{term("a", "1"), term("b", "2"), term("c", "3")}},
		`a=1 OR b=2 AND c=3`:                {Or: []vitrine.Filter{term("a", "1"), {And: []vitrine.Filter{term("b", "2"), term("c", "3")}}}},
		`(a=1 OR b=2) AND c=3`:              {And: []vitrine.Filter{{Or: []vitrine.Filter{term("a", "1"), term("b", "2")}}, term("c", "3")}},
		`NOT a=1 AND b=2`:                   {And: []vitrine.Filter{not(term("a", "1")), term("b", "2")}},
		`NOT (a=1 AND NOT b=2)`:             not(vitrine.Filter{And: []vitrine.Filter{term("a", "1"), not(term("b", "2"))}}),
		" brand = \"HP\"\tAND price >= 100": {And: []vitrine.Filter{term("brand", "HP"), least}},
	} {
		got, err := api.ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
	if f, err := api.ParseFilter("  "); f != nil || err != nil {
		t.Errorf("blank: %v, %v; want no filter", f, err)
	}
}

// Ensure that a broken expression is refused with the place where it breaks.
func TestParseFilterErrors(t *testing.T) {
	for in, want := range map[string]string{
		`brand =`:                               "at character 8: expected a value, got the end",
		`颜色 = `:                                 "at character 6: expected a value, got the end",
		`brand HP`:                              `at character 7: expected an operator (= != : < <= > >= IN NOT IN EXISTS), got "HP"`,
		`price >= cheap`:                        `at character 10: expected a number, got "cheap"`,
		`price >= NaN`:                          `at character 10: expected a number, got "NaN"`,
		`price >= "1"`:                          `at character 10: expected a number, got "1"`,
		`(a=1 b=2)`:                             `at character 6: expected AND, OR or ")", got "b"`,
		`a=1 b=2`:                               `at character 5: expected AND, OR or the end, got "b"`,
		`a IN [1, 2`:                            `at character 11: expected "," or "]", got the end`,
		`a IN []`:                               `at character 7: expected a value, got "]"`,
		`a NOT = 1`:                             `at character 7: expected IN, got "="`,
		`AND a=1`:                               `at character 1: expected a field, got "AND"`,
		`"" = 1`:                                "at character 1: the field is empty",
		`a = "x`:                                "at character 5: the quote is not closed",
		`!a=1`:                                  `at character 1: "!" stands only in "!="; write NOT`,
		strings.Repeat("NOT ", 1_000):           "nested deeper than 64",
		strings.Repeat("(", 100_000):            "nested deeper than 64",
		strings.Repeat("NOT ", 40) + "a=1":      "nested deeper than 32",
		"a=1" + strings.Repeat(" OR a=1", 2000): "more than 1024 conditions",
		"a = \xff":                              "is not valid UTF-8",
	} {
		f, err := api.ParseFilter(in)
		if err == nil || !strings.Contains(err.Error(), want) || vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%.60q: %v, %v (code %q); want code invalid with %q", in, f, err, vitrine.CodeOf(err), want)
		}
	}
}

// Ensure that no input breaks the parser, and that whatever it accepts is a valid filter.
func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{
		`brand = "HP" AND price >= 100 AND NOT (colour IN [red, "light blue"])`, `a EXISTS or b:"x\"" and c != 颜色`, `((a=1)`, `a in [`, `not`, "a='\\",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := api.ParseFilter(in)
		switch {
		case err != nil:
			if got != nil || vitrine.CodeOf(err) != vitrine.Invalid {
				t.Errorf("%q: filter %v with error %v", in, got, err)
			}
		case got != nil:
			if err := got.Validate(); err != nil {
				t.Errorf("%q: accepted, but %v", in, err)
			}
		}
	})
}

package recbole_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/loaders/recbole"
)

// Ensure that every column type is read, with empty cells, Windows line ends and a byte order mark.
func TestRead(t *testing.T) {
	table, err := recbole.Read(strings.NewReader("\ufeffid:token\tgenres:token_seq\tprice:float\ttimestamp:float\tvec:float_seq\r\n" +
		"a\tAction Drama\t2.5\t978300760\t1 2\r\n\r\nb\t\t\t978300761\t\r\na\tDrama\t1\t978300762\t3\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if table.Rows != 3 {
		t.Errorf("%d rows, want 3", table.Rows)
	}
	if diff := cmp.Diff([]int32{0, 1, 0}, table.Column("id").Tokens); diff != "" {
		t.Error(diff)
	}
	genres := table.Column("genres")
	if diff := cmp.Diff([][]int32{{0, 1}, nil, {1}}, genres.TokenSeqs); diff != "" {
		t.Error(diff)
	}
	if genres.Find("Drama") != 1 || genres.Find("Horror") != -1 {
		t.Errorf("Find: got %d and %d", genres.Find("Drama"), genres.Find("Horror"))
	}
	if price := table.Column("price").Floats; price[0] != 2.5 || !math.IsNaN(float64(price[1])) {
		t.Errorf("prices %v", price)
	}
	if got := table.Column("timestamp").Times[2]; got != 978300762 {
		t.Errorf("time %v lost precision", got)
	}
	if diff := cmp.Diff([][]float32{{1, 2}, nil, {3}}, table.Column("vec").FloatSeqs); diff != "" {
		t.Error(diff)
	}
	if table.Column("none") != nil {
		t.Error("a column that does not exist was found")
	}
}

// Ensure that a malformed file is refused with the line and the column.
func TestReadRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "line 1"},
		{"no type", "id\tx:float\n", `"id" is not name:type`},
		{"unknown type", "id:string\n", `type "string"`},
		{"twice", "id:token\tid:token\n", "named twice"},
		{"few columns", "id:token\tx:float\na\n", "line 2: 1 columns instead of 2"},
		{"many columns", "id:token\na\tb\n", "line 2: 2 columns instead of 1"},
		{"no number", "id:token\tx:float\na\t1\nb\tone\n", `line 3: column "x": "one"`},
		{"not finite", "x:float\nNaN\n", "not a finite number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := recbole.Read(strings.NewReader(tt.text))
			if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want code invalid and %q", err, tt.want)
			}
		})
	}
	if _, err := recbole.Read(strings.NewReader("x:token\n" + strings.Repeat("a", 2<<20))); vitrine.CodeOf(err) != vitrine.TooLarge {
		t.Errorf("long line: %v, want code too_large", err)
	}
	if _, err := recbole.Open(filepath.Join(t.TempDir(), "none.inter")); vitrine.CodeOf(err) != vitrine.NotFound {
		t.Errorf("no file: %v, want code not_found", err)
	}
}

// Ensure that no input makes the reader fail other than by an error, and that columns stay equally long.
func FuzzRead(f *testing.F) {
	f.Add("id:token\tx:float\na\t1\n")
	f.Add("g:token_seq\tv:float_seq\na b\t1 2\n\t\n")
	f.Add("\ufeff:\t\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := recbole.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, c := range table.Columns {
			if n := len(c.Tokens) + len(c.TokenSeqs) + len(c.Floats) + len(c.FloatSeqs); n != table.Rows {
				t.Errorf("column %q has %d values, the table %d rows", c.Name, n, table.Rows)
			}
		}
	})
}

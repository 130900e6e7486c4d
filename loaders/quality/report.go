package quality

import (
	"cmp"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vitrine/loaders"
)

// Report is what a look over a catalogue found.
type Report struct {
	Products int `json:"products"`
	// Load is the loader's own report: what was read, mended and rejected.
	Load loaders.Report `json:"load"`
	// Fields say how each field is filled, by name.
	Fields []Field `json:"fields"`
	// Languages count the products whose text is long enough to tell.
	Languages map[string]int `json:"languages"`
	// Counts count all findings by kind; Findings lists them by row, of each kind as many as [Options.Findings] says.
	Counts   map[Kind]int `json:"counts"`
	Findings []Finding    `json:"findings"`
}

// Field says how one field is filled.
type Field struct {
	Name    string `json:"name"`
	Given   int    `json:"given"`
	Missing int    `json:"missing"`
	// Filled is the share of products that have a value.
	Filled float64 `json:"filled"`
	// Numbers counts the values that are numbers, Distinct the different ones up to 1,000.
	Numbers  int `json:"numbers"`
	Distinct int `json:"distinct"`
}

// Report looks over what was taken in, together with what the loader says of the file. It ends the check: a second call counts outliers twice.
func (c *Checker) Report(load loaders.Report) *Report {
	c.outliers()
	c.clashes()
	r := &Report{Products: len(c.items), Load: load, Languages: c.languages(), Fields: []Field{}}
	for _, p := range load.Problems {
		kind := map[loaders.Outcome]Kind{loaders.Rejected: Rejected, loaders.Mended: Mended, loaders.Duplicate: Duplicate, loaders.Flagged: Flagged}[p.Outcome]
		c.note(Finding{Kind: kind, Row: p.Row, Product: p.ID, Value: p.Detail, Detail: p.Reason})
	}
	for _, name := range slices.Sorted(maps.Keys(c.fields)) {
		f := c.fields[name]
		r.Fields = append(r.Fields, Field{
			Name: name, Given: f.given, Missing: len(c.items) - f.given, Filled: float64(f.given) / float64(max(1, len(c.items))),
			Numbers: f.numbers, Distinct: len(f.values),
		})
	}
	r.Counts, r.Findings = c.counts, c.found
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Or(a.Row-b.Row, strings.Compare(string(a.Kind), string(b.Kind))) })
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	return r
}

// CSV writes a line a finding: kind, row, product, field, value, detail. Cells that a spreadsheet would run as a formula begin with an apostrophe.
func (r *Report) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"kind", "row", "product", "field", "value", "detail"}); err != nil {
		return err
	}
	for _, f := range r.Findings {
		cells := []string{string(f.Kind), strconv.Itoa(f.Row), f.Product, f.Field, f.Value, f.Detail}
		for i, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cells[i] = "'" + cell
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

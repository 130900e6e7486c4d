package quality

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
)

//go:embed page.tmpl
var page string

// shown bounds the findings of a kind on the page; the CSV has all.
const shown = 50

// HTML writes the report as one page that needs nothing else.
func (r *Report) HTML(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"percent": func(share float64) string { return fmt.Sprintf("%.1f", 100*share) },
	}).Parse(page)
	if err != nil {
		return err
	}
	type section struct {
		Kind     Kind
		Count    int
		Findings []Finding
	}
	var sections []section
	for _, kind := range slices.Sorted(maps.Keys(r.Counts)) {
		s := section{Kind: kind, Count: r.Counts[kind]}
		for _, f := range r.Findings {
			if f.Kind == kind && len(s.Findings) < shown {
				s.Findings = append(s.Findings, f)
			}
		}
		sections = append(sections, s)
	}
	return t.Execute(w, struct {
		*Report
		Sections []section
	}{r, sections})
}

package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
)

//go:embed docs.tmpl
var docsTemplate string

// docsOperation is an endpoint as the docs page shows it.
type docsOperation struct {
	*huma.Operation
	// Answers are the responses by status.
	Answers []docsAnswer
}

type docsAnswer struct {
	Status string
	*huma.Response
}

type docsTag struct {
	Name       string
	Operations []docsOperation
}

// docs renders the OpenAPI document as one page that needs nothing from elsewhere, once all operations are registered.
func (s *Server) docs() echo.HandlerFunc {
	document := s.huma.OpenAPI()
	page, err := renderDocs(document)
	return func(c echo.Context) error {
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		return c.HTMLBlob(http.StatusOK, page)
	}
}

func renderDocs(document *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("docs").Funcs(template.FuncMap{"kind": schemaKind, "name": schemaName, "sorted": sortedProperties}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{
		"Info": document.Info, "Tags": docsTags(document), "Schemas": document.Components.Schemas.Map(),
	})
	return b.Bytes(), err
}

// docsTags groups the operations by tag, in the order of their paths.
func docsTags(document *huma.OpenAPI) []docsTag {
	var tags []docsTag
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		item := document.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Delete} {
			if op == nil || len(op.Tags) == 0 {
				continue
			}
			i := slices.IndexFunc(tags, func(t docsTag) bool { return t.Name == op.Tags[0] })
			if i < 0 {
				i, tags = len(tags), append(tags, docsTag{Name: op.Tags[0]})
			}
			tags[i].Operations = append(tags[i].Operations, newDocsOperation(op))
		}
	}
	order := []string{"Search", "Products", "Admin", "Operation"}
	slices.SortFunc(tags, func(a, b docsTag) int { return slices.Index(order, a.Name) - slices.Index(order, b.Name) })
	return tags
}

func newDocsOperation(op *huma.Operation) docsOperation {
	d := docsOperation{Operation: op}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		d.Answers = append(d.Answers, docsAnswer{Status: status, Response: op.Responses[status]})
	}
	return d
}

type docsProperty struct {
	Name     string
	Required bool
	*huma.Schema
}

func sortedProperties(s *huma.Schema) []docsProperty {
	var list []docsProperty
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		list = append(list, docsProperty{Name: name, Required: slices.Contains(s.Required, name), Schema: s.Properties[name]})
	}
	return list
}

// schemaName returns the name of the component that a schema refers to, itself or as a list's item; "" for none.
func schemaName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Items != nil:
		return schemaName(s.Items)
	}
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		return schemaName(values)
	}
	return ""
}

// schemaKind words a schema's type.
func schemaKind(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return schemaName(s)
	case s.Type == huma.TypeArray:
		return "list of " + schemaKind(s.Items)
	case len(s.OneOf) > 0:
		kinds := make([]string, len(s.OneOf))
		for i, one := range s.OneOf {
			kinds[i] = schemaKind(one)
		}
		return strings.Join(kinds, " or ")
	}
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		return "map of " + schemaKind(values)
	}
	if s.Format != "" {
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}

package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

type synonymsOutput struct {
	Body []vitrine.Synonym `nullable:"false"`
}

func (s *Server) routeSynonyms() {
	const path = "/v1/admin/indexes/{name}/synonyms"
	register(s, operation{
		method: http.MethodGet, path: path, id: "synonyms", tag: "Rules", summary: "Synonyms of an index, beside those of the settings", locked: true,
	}, func(ctx context.Context, in *indexParams) (*synonymsOutput, error) {
		return s.synonyms(ctx, in.Name)
	})
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: "tv, television\ntablet => ipad, galaxy tab\n"}
	body := s.jsonBody([]vitrine.Synonym{})
	body.Content["text/plain"] = text
	register(s, operation{
		method: http.MethodPut, path: path, id: "replace-synonyms", tag: "Rules", summary: "Replace the synonyms of an index", locked: true,
		description: "From the next search on, and kept over reindexing, rollback and restart. A JSON list, or text with one entry a line: `tv, television` mean the same, " +
			"`tablet => ipad, galaxy tab` is one-way. What begins with `[` is taken for JSON.",
		body: body,
	}, func(ctx context.Context, in *putBookParams) (*synonymsOutput, error) {
		list, err := readSynonyms(in.body(s.options.QueryBytes, s.options.StallTimeout))
		if err != nil {
			return nil, err
		}
		if err := s.parts.Synonyms.SetSynonyms(ctx, in.Name, list); err != nil {
			return nil, err
		}
		return s.synonyms(ctx, in.Name)
	})
}

// readSynonyms reads a JSON list or lines of text.
func readSynonyms(body io.Reader) ([]vitrine.Synonym, error) {
	data, err := io.ReadAll(body)
	switch {
	case err != nil:
		return nil, jsonError(err)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, vitrine.Errorf(vitrine.Invalid, "body: is empty; give [] for no synonyms")
	}
	return vitrine.ParseSynonyms(data)
}

func (s *Server) synonyms(ctx context.Context, index string) (*synonymsOutput, error) {
	list, err := s.parts.Synonyms.Synonyms(ctx, index)
	return &synonymsOutput{Body: orEmpty(list)}, err
}

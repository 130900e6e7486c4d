package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"vitrine"
)

// Settings keeps what indexes have of their own about how they are searched; safe for concurrent use. An unknown index is [vitrine.NotFound].
type Settings interface {
	// IndexSettings returns those of an index, or, effective, together with what the settings file says for all. The caller must not change them.
	IndexSettings(ctx context.Context, index string, effective bool) (*vitrine.IndexSettings, error)
	// ChangeSettings keeps what change makes of the present settings, durably and from the next search on; no other change comes between. An error of change leaves them
	// as they were, and [vitrine.Invalid] names a field that is at fault.
	ChangeSettings(ctx context.Context, index string, change func(*vitrine.IndexSettings) (*vitrine.IndexSettings, error)) error
}

type settingsParams struct {
	Name      string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name."`
	Effective bool   `query:"effective" doc:"Together with what the settings file says for all indexes."`
}

type settingsOutput struct{ Body vitrine.IndexSettings }

func (s *Server) routeSettings() {
	const path = "/v1/indexes/{name}/settings"
	register(s, operation{
		method: http.MethodGet, path: path, id: "index-settings", tag: "Admin", summary: "What an index has of its own about how it is searched", locked: true,
	}, func(ctx context.Context, in *settingsParams) (*settingsOutput, error) {
		return s.settings(ctx, in.Name, in.Effective)
	})
	const heeded = "The next search heeds it, without a reindex; it is kept over reindexing, rollback and restart. Absent fields are as the settings file has them. "
	register(s, operation{
		method: http.MethodPut, path: path, id: "replace-index-settings", tag: "Admin", summary: "Replace the settings of an index", locked: true,
		description: heeded + "Synonyms and rules are kept beside them, under their own addresses.", body: s.jsonBody(vitrine.IndexSettings{}),
	}, func(ctx context.Context, in *putBookParams) (*settingsOutput, error) {
		var next vitrine.IndexSettings
		if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &next); err != nil {
			return nil, err
		}
		return s.changeSettings(ctx, in.Name, func(*vitrine.IndexSettings) (*vitrine.IndexSettings, error) { return &next, nil })
	})
	register(s, operation{
		method: http.MethodPatch, path: path, id: "change-index-settings", tag: "Admin", summary: "Change some settings of an index", locked: true,
		description: heeded + "A JSON merge patch (RFC 7396): null takes a setting away.", body: s.jsonBody(vitrine.IndexSettings{}),
	}, func(ctx context.Context, in *putBookParams) (*settingsOutput, error) {
		patch, err := io.ReadAll(in.body(s.options.QueryBytes, s.options.StallTimeout))
		if err != nil {
			return nil, jsonError(err)
		}
		return s.changeSettings(ctx, in.Name, func(now *vitrine.IndexSettings) (*vitrine.IndexSettings, error) { return PatchSettings(now, patch) })
	})
}

// PatchSettings merges a JSON merge patch into settings, which stay as they are.
func PatchSettings(now *vitrine.IndexSettings, patch []byte) (*vitrine.IndexSettings, error) {
	var fields map[string]json.RawMessage
	if err := decodeJSON(bytes.NewReader(patch), &fields); err != nil {
		return nil, err
	}
	before, err := json.Marshal(now)
	if err != nil {
		return nil, err
	}
	after, err := jsonpatch.MergePatch(before, patch)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "body: %w", err)
	}
	next := &vitrine.IndexSettings{}
	return next, decodeJSON(bytes.NewReader(after), next)
}

func (s *Server) changeSettings(ctx context.Context, index string, change func(*vitrine.IndexSettings) (*vitrine.IndexSettings, error)) (*settingsOutput, error) {
	if err := s.parts.Settings.ChangeSettings(ctx, index, change); err != nil {
		return nil, err
	}
	return s.settings(ctx, index, false)
}

func (s *Server) settings(ctx context.Context, index string, effective bool) (*settingsOutput, error) {
	found, err := s.parts.Settings.IndexSettings(ctx, index, effective)
	if err != nil {
		return nil, err
	}
	return &settingsOutput{Body: *found}, nil
}

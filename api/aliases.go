package api

import (
	"context"
	"net/http"

	"vitrine"
)

type aliasParams struct {
	Alias string `path:"alias" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Another name of an index."`
}

type putAliasParams struct {
	Alias string `path:"alias" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Another name of an index."`
	Body  struct {
		Index string `json:"index" minLength:"1" doc:"Index that the alias is to lead to."`
	}
}

type changeAliasesParams struct {
	Body struct {
		Aliases map[string]string `json:"aliases" doc:"Index by alias; an empty one removes the alias."`
	}
}

type aliasesOutput struct {
	Body struct {
		Aliases []Alias `json:"aliases" nullable:"false" doc:"By name."`
	}
}

func (s *Server) routeNames() {
	const aliases = "/v1/admin/aliases"
	register(s, operation{
		method: http.MethodGet, path: aliases, id: "aliases", tag: "Admin", summary: "Other names of indexes", locked: true,
	}, func(ctx context.Context, _ *struct{}) (*aliasesOutput, error) {
		return s.aliases(ctx)
	})
	register(s, operation{
		method: http.MethodPost, path: aliases, id: "change-aliases", tag: "Admin", summary: "Set, move and remove several aliases at once", locked: true,
		description: "All change at one instant and durably, or none: as when the indexes of several languages are replaced together.",
	}, func(ctx context.Context, in *changeAliasesParams) (*aliasesOutput, error) {
		if len(in.Body.Aliases) == 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "field aliases: is empty")
		}
		if err := s.parts.Names.ChangeAliases(ctx, in.Body.Aliases); err != nil {
			return nil, err
		}
		return s.aliases(ctx)
	})
	register(s, operation{
		method: http.MethodPut, path: aliases + "/{alias}", id: "put-alias", tag: "Admin", summary: "Set or move an alias", locked: true,
		description: "Whatever takes the name of an index takes an alias too. A move is one instant: a request finds the index of before or the new one, and none fails.",
	}, func(ctx context.Context, in *putAliasParams) (*aliasesOutput, error) {
		if err := s.parts.Names.ChangeAliases(ctx, map[string]string{in.Alias: in.Body.Index}); err != nil {
			return nil, err
		}
		return s.aliases(ctx)
	})
	register(s, operation{
		method: http.MethodDelete, path: aliases + "/{alias}", id: "delete-alias", tag: "Admin", summary: "Remove an alias", locked: true,
		description: "The index that it leads to stays.",
	}, func(ctx context.Context, in *aliasParams) (*deleteOutput, error) {
		out := &deleteOutput{}
		out.Body.Deleted = 1
		return out, s.parts.Names.ChangeAliases(ctx, map[string]string{in.Alias: ""})
	})
	const index = "/v1/admin/indexes/{name}"
	register(s, operation{
		method: http.MethodPut, path: index, id: "create-index", tag: "Admin", summary: "Make an empty index", locked: true, status: http.StatusCreated,
		description: "A reindex under a new name, or the first products written to one, make an index too.",
	}, func(ctx context.Context, in *indexParams) (*indexOutput, error) {
		info, err := s.parts.Names.CreateIndex(ctx, in.Name)
		return &indexOutput{Body: info}, err
	})
	register(s, operation{
		method: http.MethodDelete, path: index, id: "drop-index", tag: "Admin", summary: "Remove an index", locked: true, long: true,
		description: "Removes all its generations, rules and settings for good, once the searches that run on it have ended. Refused while an alias leads to it.",
	}, func(ctx context.Context, in *indexParams) (*deleteOutput, error) {
		release, err := s.jobs.reserve(in.Name)
		if err != nil {
			return nil, err
		}
		defer release()
		out := &deleteOutput{}
		out.Body.Deleted = 1
		return out, s.parts.Names.DropIndex(ctx, in.Name)
	})
}

func (s *Server) aliases(ctx context.Context) (*aliasesOutput, error) {
	list, err := s.parts.Names.Aliases(ctx)
	out := &aliasesOutput{}
	out.Body.Aliases = orEmpty(list)
	return out, err
}

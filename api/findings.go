package api

import (
	"context"
	"net/http"
)

// Findings tell what the enrichment of an index found worth a look; safe for concurrent use. An unknown index is [vitrine.NotFound].
type Findings interface {
	// Findings returns those of the generation that serves, in the order of its products, for which keep is true; none when it was not enriched.
	Findings(ctx context.Context, index string, keep func(*Finding) bool) ([]Finding, error)
}

// Finding is what a product's title says of one of its attributes.
type Finding struct {
	Product    string  `json:"product"`
	Title      string  `json:"title"`
	Attribute  string  `json:"attribute"`
	Value      string  `json:"value" doc:"What was read."`
	Confidence float64 `json:"confidence" doc:"Probability that the value is right."`
	Source     string  `json:"source" enum:"title,span,rule" doc:"The whole title, a value named in it, or a measure or listed word."`
	Outcome    string  `json:"outcome" enum:"unsure,conflict" doc:"Not sure enough to be filled in, or contradicting the catalogue's value, which stays."`
	Given      string  `json:"given,omitempty" doc:"The catalogue's value, of a conflict."`
}

type findingsParams struct {
	Name      string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name."`
	Outcome   string `query:"outcome" enum:"unsure,conflict" doc:"Only these."`
	Attribute string `query:"attribute" doc:"Only of this attribute."`
	Product   string `query:"product" doc:"Only of this product."`
	Limit     int    `query:"limit" minimum:"0" maximum:"10000" default:"100" doc:"Longest list."`
}

type findingsOutput struct {
	Body struct {
		Count    int       `json:"count" doc:"Findings that fit."`
		Findings []Finding `json:"findings" nullable:"false" doc:"The first of them."`
	}
}

func (s *Server) routeFindings() {
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/indexes/{name}/findings", id: "findings", tag: "Admin", summary: "Doubts and conflicts of attributes", locked: true,
		description: "What the titles of an enriched index say of attributes, where it was not sure enough to be filled in or contradicts the catalogue.",
	}, func(ctx context.Context, in *findingsParams) (*findingsOutput, error) {
		list, err := s.parts.Findings.Findings(ctx, in.Name, func(f *Finding) bool {
			return (in.Outcome == "" || f.Outcome == in.Outcome) && (in.Attribute == "" || f.Attribute == in.Attribute) &&
				(in.Product == "" || f.Product == in.Product)
		})
		out := &findingsOutput{}
		out.Body.Count = len(list)
		out.Body.Findings = orEmpty(list[:min(len(list), in.Limit)])
		return out, err
	})
}

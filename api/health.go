package api

import (
	"context"
	"net/http"

	"vitrine"
)

type statusOutput struct {
	Body struct {
		Status string `json:"status"`
		// Without is of readiness only.
		Without []string `json:"without,omitempty" nullable:"false" doc:"What the process does without, with the reason, as in \"encoder: no ONNX Runtime\"; searches say so too."`
	}
}

func (s *Server) routeHealth() {
	register(s, operation{
		method: http.MethodGet, path: "/healthz", id: "health", tag: "Operation", summary: "Is the process alive?",
	}, func(context.Context, *struct{}) (*statusOutput, error) {
		return status("ok"), nil
	})
	register(s, operation{
		method: http.MethodGet, path: "/readyz", id: "ready", tag: "Operation", summary: "Does the default index answer searches?",
	}, func(ctx context.Context, _ *struct{}) (*statusOutput, error) {
		indexes, err := s.parts.Admin.Indexes(ctx)
		if err != nil {
			return nil, err
		}
		name := s.target(s.options.DefaultIndex)
		for _, index := range indexes {
			if index.Name == name && index.Serving {
				out := status("ready")
				out.Body.Without = s.options.Without
				return out, nil
			}
		}
		return nil, vitrine.Errorf(vitrine.Unavailable, "index %q: does not serve yet", s.options.DefaultIndex)
	})
}

func status(text string) *statusOutput {
	out := &statusOutput{}
	out.Body.Status = text
	return out
}

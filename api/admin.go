package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type indexParams struct {
	Name string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name."`
}

type indexOutput struct{ Body *IndexInfo }

type indexesOutput struct {
	Body struct {
		Indexes []IndexInfo `json:"indexes" nullable:"false" doc:"By name."`
	}
}

type reindexParams struct {
	stream
	Name  string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name; a new name makes a new index."`
	Force bool   `query:"force" doc:"Let the new generation serve even if a gate holds it back; for uploads."`
	Fresh bool   `query:"fresh" doc:"Embed products even if they have not changed; for uploads."`
}

type jobParams struct {
	ID string `path:"id" doc:"Job id."`
}

type rejectedOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

type jobOutput struct{ Body Job }

type acceptedOutput struct {
	Location string `header:"Location" doc:"Where to follow the job."`
	Body     Job
}

type jobsOutput struct {
	Body struct {
		Jobs []Job `json:"jobs" nullable:"false" doc:"Newest first."`
	}
}

func (s *Server) routeAdmin() {
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/indexes", id: "indexes", tag: "Admin", summary: "Indexes and their generations", locked: true,
	}, func(ctx context.Context, _ *struct{}) (*indexesOutput, error) {
		list, err := s.parts.Admin.Indexes(ctx)
		out := &indexesOutput{}
		out.Body.Indexes = orEmpty(list)
		return out, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/indexes/{name}/rollback", id: "rollback", tag: "Admin", summary: "Return to the generation before", locked: true,
	}, func(ctx context.Context, in *indexParams) (*indexOutput, error) {
		name := s.target(in.Name)
		release, err := s.jobs.reserve(name)
		if err != nil {
			return nil, err
		}
		defer release()
		info, err := s.parts.Admin.Rollback(ctx, name)
		return &indexOutput{Body: info}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/indexes/{name}/reindex", id: "reindex", tag: "Admin", summary: "Build an index anew", locked: true, long: true,
		status: http.StatusAccepted,
		description: "Builds the next generation from a catalogue beside the live one and swaps it in at the end. " +
			"The body is either JSON that names a file on the server or the URL of a feed, or the catalogue itself, plain or compressed.",
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json":         {Schema: s.schemaOf(ReindexRequest{})},
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "NDJSON, CSV or another format that the loaders know."}},
		}},
	}, s.reindex)
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/jobs", id: "jobs", tag: "Admin", summary: "Reindex jobs", locked: true,
	}, func(context.Context, *struct{}) (*jobsOutput, error) {
		out := &jobsOutput{}
		out.Body.Jobs = s.jobs.list()
		return out, nil
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/jobs/{id}", id: "job", tag: "Admin", summary: "One job", locked: true,
	}, func(_ context.Context, in *jobParams) (*jobOutput, error) {
		job, err := s.jobs.get(in.ID)
		return &jobOutput{Body: job}, err
	})
	register(s, operation{
		method: http.MethodDelete, path: "/v1/admin/jobs/{id}", id: "cancel-job", tag: "Admin", summary: "Cancel a job", locked: true,
		status: http.StatusAccepted, description: "The job shows as cancelled once it has stopped; the index stays as it was.",
	}, func(_ context.Context, in *jobParams) (*jobOutput, error) {
		job, err := s.jobs.stop(in.ID)
		return &jobOutput{Body: job}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/jobs/{id}/restart", id: "restart-job", tag: "Admin", summary: "Start a reindex again", locked: true,
		status: http.StatusAccepted, description: "Starts a new job with what an ended reindex was asked, as after a crash. What was uploaded has to be uploaded again.",
	}, func(_ context.Context, in *jobParams) (*acceptedOutput, error) {
		index, request, err := s.jobs.request(in.ID)
		if err != nil {
			return nil, err
		}
		job, err := s.Reindex(index, request) //nolint:contextcheck // the job outlives the request
		return accepted(job), err
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/jobs/{id}/rejected.csv", id: "rejected", tag: "Admin", summary: "Rejected rows of a job", locked: true, long: true,
		description: "A CSV file with the columns row, id and reason: the rows of the source, from 1, that a reindex left out.",
	}, func(_ context.Context, in *jobParams) (*rejectedOutput, error) {
		data, err := s.jobs.rejected(in.ID)
		return &rejectedOutput{Type: "text/csv; charset=utf-8", Disposition: `attachment; filename="rejected.csv"`, Body: data}, err
	})
}

// reindex takes the catalogue in and starts the job.
func (s *Server) reindex(_ context.Context, in *reindexParams) (*acceptedOutput, error) {
	name := s.target(in.Name)
	release, err := s.jobs.reserve(name)
	if err != nil {
		return nil, err
	}
	src, request, cleanup, err := s.openSource(in)
	if err != nil {
		release()
		return nil, err
	}
	//nolint:contextcheck // the job outlives the request
	return accepted(s.startReindex(name, src, request, func() {
		cleanup()
		release()
	})), nil
}

// Reindex starts a job that builds an index anew from a file below the reindex root or a feed; [vitrine.Conflict] while one of the index runs.
func (s *Server) Reindex(index string, request ReindexRequest) (Job, error) {
	index = s.target(index)
	release, err := s.jobs.reserve(index)
	if err != nil {
		return Job{}, err
	}
	src, cleanup, err := s.openNamed(request)
	if err != nil {
		release()
		return Job{}, err
	}
	return s.startReindex(index, src, request, func() {
		cleanup()
		release()
	}), nil
}

func (s *Server) startReindex(index string, src Source, request ReindexRequest, after func()) Job {
	job := Job{Kind: JobReindex, Index: index, Source: src.Name, request: request}
	return s.jobs.start(job, func(ctx context.Context, progress func(Progress)) (outcome, error) {
		report, err := s.parts.Admin.Reindex(ctx, index, src, progress)
		return outcome{report: report}, err
	}, after)
}

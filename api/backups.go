package api

import (
	"context"
	"net/http"
	"time"

	"vitrine"
)

// Backups keeps snapshots of indexes elsewhere and brings them back; safe for concurrent use.
type Backups interface {
	// Backup keeps a snapshot of an index as it is now. Searches and writes go on.
	Backup(ctx context.Context, index string) (*SnapshotInfo, error)
	// Snapshots lists those of an index, oldest first.
	Snapshots(ctx context.Context, index string) ([]SnapshotInfo, error)
	// Restore makes an index what it was; [vitrine.NotFound] when there is no such snapshot. Until it is done, searches see the index as it was before.
	Restore(ctx context.Context, index string, r RestoreRequest) (*Report, error)
}

// SnapshotInfo describes a snapshot.
type SnapshotInfo struct {
	Name       string    `json:"name" doc:"Its moment in UTC; names sort by time."`
	Taken      time.Time `json:"taken"`
	Generation int       `json:"generation"`
	Products   int       `json:"products"`
	Seq        uint64    `json:"seq" doc:"Number of the last change in it."`
	Bytes      int64     `json:"bytes"`
	// NewBytes is of a snapshot that was just kept.
	NewBytes *int64 `json:"new_bytes,omitempty" doc:"Bytes that were not kept before, of a snapshot just taken."`
}

// RestoreRequest chooses a snapshot: by name, else the last one not after a moment, else the last.
type RestoreRequest struct {
	Snapshot string    `json:"snapshot,omitempty" doc:"Name of a snapshot."`
	At       time.Time `json:"at,omitzero" doc:"The last snapshot that was not taken after this time."`
	// From is the index whose snapshot it is; empty is the index that is restored.
	From string `json:"from,omitempty" doc:"Index whose snapshot it is, when it is another."`
}

type snapshotsOutput struct {
	Body struct {
		Snapshots []SnapshotInfo `json:"snapshots" nullable:"false" doc:"Oldest first."`
	}
}

type restoreParams struct {
	Name string `path:"name" maxLength:"64" pattern:"^[a-z0-9_-]+$" doc:"Index name; a new name makes a new index."`
	Body RestoreRequest
}

func (s *Server) routeBackups() {
	const path = "/v1/admin/indexes/{name}/"
	register(s, operation{
		method: http.MethodGet, path: path + "backups", id: "backups", tag: "Admin", summary: "Snapshots of an index", locked: true, long: true,
	}, func(ctx context.Context, in *indexParams) (*snapshotsOutput, error) {
		list, err := s.parts.Backups.Snapshots(ctx, in.Name)
		out := &snapshotsOutput{}
		out.Body.Snapshots = orEmpty(list)
		return out, err
	})
	register(s, operation{
		method: http.MethodPost, path: path + "backups", id: "backup", tag: "Admin", summary: "Keep a snapshot of an index", locked: true, status: http.StatusAccepted,
		description: "Searches and writes go on. Only what is new since earlier snapshots is written.",
	}, func(_ context.Context, in *indexParams) (*acceptedOutput, error) {
		name := s.target(in.Name)
		//nolint:contextcheck // the job outlives the request
		return accepted(s.jobs.start(Job{Kind: JobBackup, Index: name}, func(ctx context.Context, _ func(Progress)) (outcome, error) {
			info, err := s.parts.Backups.Backup(ctx, name)
			return outcome{snapshot: info}, err
		}, nil)), nil
	})
	register(s, operation{
		method: http.MethodPost, path: path + "restore", id: "restore", tag: "Admin", summary: "Return an index to a snapshot", locked: true, status: http.StatusAccepted,
		description: "Builds the snapshot's generation beside the live one and swaps it in; writes from after the snapshot are not in it. The generation before stays for a rollback. " +
			"A new name makes a new index.",
	}, func(_ context.Context, in *restoreParams) (*acceptedOutput, error) {
		if in.Body.Snapshot != "" && !in.Body.At.IsZero() {
			return nil, vitrine.Errorf(vitrine.Invalid, "give snapshot or at, not both")
		}
		name := s.target(in.Name)
		release, err := s.jobs.reserve(name)
		if err != nil {
			return nil, err
		}
		//nolint:contextcheck // the job outlives the request
		return accepted(s.jobs.start(Job{Kind: JobRestore, Index: name, Source: in.Body.Snapshot}, func(ctx context.Context, _ func(Progress)) (outcome, error) {
			report, err := s.parts.Backups.Restore(ctx, name, in.Body)
			return outcome{report: report}, err
		}, release)), nil
	})
}

func accepted(job Job) *acceptedOutput {
	return &acceptedOutput{Location: "/v1/admin/jobs/" + job.ID, Body: job}
}

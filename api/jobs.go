package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"vitrine"
)

// JobState is where a job stands.
type JobState string

// The states of a job; all but the first are final.
const (
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
	// JobInterrupted jobs ran when the server ended; see the endpoint that restarts a job.
	JobInterrupted JobState = "interrupted"
)

// JobKind is what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobReindex JobKind = "reindex"
	JobBackup  JobKind = "backup"
	JobRestore JobKind = "restore"
)

// Job is long work on an index, under way or ended.
type Job struct {
	// ID is unguessable, and ids sort by their time of start.
	ID         string     `json:"id"`
	Kind       JobKind    `json:"kind" enum:"reindex,backup,restore"`
	Index      string     `json:"index"`
	Source     string     `json:"source" doc:"Name of the file, URL or snapshot read."`
	State      JobState   `json:"state" enum:"running,done,failed,cancelled,interrupted"`
	Stage      string     `json:"stage,omitempty" doc:"What a running job is doing."`
	Percent    float64    `json:"percent" doc:"Share that is done, 0 to 100; 0 while the total is unknown."`
	Done       int64      `json:"done" doc:"Products done."`
	Total      int64      `json:"total" doc:"Products in all; 0 while unknown."`
	Rate       float64    `json:"rate" doc:"Products per second since the start."`
	ETASeconds *float64   `json:"eta_seconds,omitempty" doc:"Seconds left, where it can be told."`
	Started    time.Time  `json:"started"`
	Ended      *time.Time `json:"ended,omitempty"`
	Report     *Report    `json:"report,omitempty" doc:"Outcome of a reindex or restore that is done."`
	// Snapshot is the outcome of a backup.
	Snapshot *SnapshotInfo `json:"snapshot,omitempty" doc:"Outcome of a backup that is done."`
	Error    *ErrorBody    `json:"error,omitempty" doc:"Why a job failed."`

	// request is what a reindex was asked, and may hold a password in its URL.
	request ReindexRequest
}

// outcome is what a job's work comes to.
type outcome struct {
	report   *Report
	snapshot *SnapshotInfo
}

// jobWork does a job and tells how far it is.
type jobWork func(context.Context, func(Progress)) (outcome, error)

// jobs runs at most one job per index and remembers the last ones; safe for concurrent use.
type jobs struct {
	keep int
	log  *slog.Logger
	// archive keeps jobs over a restart.
	archive jobArchive
	// context is the parent of every job's context; close ends it.
	context context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu   sync.Mutex
	byID map[string]*jobEntry
	busy map[string]bool
}

type jobEntry struct {
	job Job
	// rejected rows are kept here only when there is no archive.
	rejected []Problem
	cancel   context.CancelFunc
}

func newJobs(keep int, folder string, log *slog.Logger) (*jobs, error) {
	ctx, cancel := context.WithCancel(context.Background())
	m := &jobs{keep: keep, log: log, context: ctx, cancel: cancel, archive: jobArchive{folder}, byID: map[string]*jobEntry{}, busy: map[string]bool{}}
	list, err := m.archive.read(log)
	if err != nil {
		cancel()
		return nil, err
	}
	for _, job := range list {
		m.byID[job.ID] = &jobEntry{job: job, cancel: func() {}}
		if job.State == JobRunning {
			m.interrupt(&m.byID[job.ID].job)
		}
	}
	m.forget()
	return m, nil
}

// interrupt marks a job that the end of the server ended.
func (m *jobs) interrupt(j *Job) {
	now := time.Now()
	j.State, j.Stage, j.Ended = JobInterrupted, "", &now
	j.Error = &ErrorBody{Code: vitrine.Unavailable, Message: "the server ended while the job ran; the index stayed as it was before"}
	m.save(*j, nil)
}

// save archives a job; a failure is logged, as the job itself goes on.
func (m *jobs) save(j Job, rejected []Problem) {
	if err := m.archive.write(j, rejected); err != nil {
		m.log.Error("archive job", "job", j.ID, "error", err)
	}
}

// reserve claims the index for one job until release is called; [vitrine.Conflict] while another has it.
func (m *jobs) reserve(index string) (release func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.context.Err() != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "the server is shutting down")
	}
	if m.busy[index] {
		return nil, vitrine.Errorf(vitrine.Conflict, "index %q: is being reindexed already", index)
	}
	m.busy[index] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.busy, index)
	}, nil
}

// start runs the work of a job, of which kind, index and source are given, in the background, and calls after, unless it is nil, when the work has ended,
// before the job shows it.
func (m *jobs) start(job Job, work jobWork, after func()) Job {
	ctx, cancel := context.WithCancel(m.context)
	job.Started, job.State = time.Now(), JobRunning
	job.ID = newJobID(job.Started)
	entry := &jobEntry{cancel: cancel, job: job}
	m.mu.Lock()
	m.byID[entry.job.ID] = entry
	m.save(job, nil)
	m.mu.Unlock()
	m.running.Go(func() {
		defer cancel()
		out, err := m.guard(func() (outcome, error) { return work(ctx, func(p Progress) { m.progress(entry, p) }) })
		if after != nil {
			after() // before the end shows, so that whoever sees it can start the next job
		}
		m.end(entry, out, err, ctx.Err() != nil)
	})
	return job
}

// guard turns a panic of the work into an error: one broken job must not end the server.
func (m *jobs) guard(work func() (outcome, error)) (out outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = vitrine.Errorf(vitrine.Internal, "panic: %v\n%s", r, stack())
		}
	}()
	return work()
}

func (m *jobs) progress(entry *jobEntry, p Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := &entry.job
	if j.State != JobRunning {
		return
	}
	j.Stage, j.Done, j.Total, j.Percent = p.Stage, p.Done, p.Total, 0
	if p.Total > 0 {
		j.Percent = math.Min(100, 100*float64(p.Done)/float64(p.Total))
	}
}

// etaAfter is how long a job must have run before its rate says when it will end: the first products only fill its queues.
const etaAfter = 3 * time.Second

// at is the job as it shows at a time: the rate is the mean since the start, so that a job that stands still shows it.
func (e *jobEntry) at(now time.Time) Job {
	j := e.job
	end := now
	if j.Ended != nil {
		end = *j.Ended
	}
	ran := end.Sub(j.Started)
	if ran > 0 {
		j.Rate = float64(j.Done) / ran.Seconds()
	}
	if j.State == JobRunning && j.Total > 0 && j.Rate > 0 && ran >= etaAfter {
		left := math.Max(0, float64(j.Total-j.Done)) / j.Rate
		j.ETASeconds = &left
	}
	return j
}

func (m *jobs) end(entry *jobEntry, out outcome, err error, cancelled bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := &entry.job
	now := time.Now()
	j.Ended, j.Stage = &now, ""
	switch {
	case err == nil:
		j.State, j.Report, j.Snapshot, j.Percent = JobDone, out.report, out.snapshot, 100
	case m.context.Err() != nil:
		m.interrupt(j)
	case cancelled:
		j.State = JobCancelled
	default:
		j.State = JobFailed
		j.Error = &failureOf(err).Body
	}
	if out.report != nil && m.archive.folder == "" {
		entry.rejected = out.report.Rejections
	}
	if j.State != JobInterrupted {
		m.save(*j, rejections(out.report))
	}
	if j.Report != nil {
		j.Report.Rejections = nil
	}
	m.forget()
	if err != nil && !cancelled {
		m.log.Error(string(j.Kind), "job", j.ID, "index", j.Index, "error", err)
		return
	}
	m.log.Info(string(j.Kind), "job", j.ID, "index", j.Index, "state", j.State, "seconds", now.Sub(j.Started).Seconds())
}

// forget drops the oldest ended jobs beyond keep. The caller holds the lock.
func (m *jobs) forget() {
	var ended []string
	for id, e := range m.byID {
		if e.job.State != JobRunning {
			ended = append(ended, id)
		}
	}
	slices.Sort(ended)
	for _, id := range ended[:max(0, len(ended)-m.keep)] {
		delete(m.byID, id)
		m.archive.remove(id)
	}
}

// list returns all jobs, newest first.
func (m *jobs) list() []Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Job, 0, len(m.byID))
	for _, e := range m.byID {
		list = append(list, e.at(time.Now()))
	}
	slices.SortFunc(list, func(a, b Job) int { return cmp.Compare(b.ID, a.ID) })
	return list
}

func (m *jobs) get(id string) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.byID[id]; ok {
		return e.at(time.Now()), nil
	}
	return Job{}, vitrine.Errorf(vitrine.NotFound, "job %q: unknown", id)
}

// stop asks a running job to end; it shows as cancelled once it has. [vitrine.Conflict] when it has ended already.
func (m *jobs) stop(id string) (Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.byID[id]
	if !ok {
		return Job{}, vitrine.Errorf(vitrine.NotFound, "job %q: unknown", id)
	}
	if e.job.State != JobRunning {
		return Job{}, vitrine.Errorf(vitrine.Conflict, "job %q: has ended, it is %s", id, e.job.State)
	}
	e.cancel()
	return e.at(time.Now()), nil
}

// request returns what an ended reindex was asked, so that it can be asked again.
func (m *jobs) request(id string) (index string, r ReindexRequest, err error) {
	job, err := m.get(id)
	switch {
	case err != nil:
	case job.State == JobRunning:
		err = vitrine.Errorf(vitrine.Conflict, "job %q: is still running", id)
	case job.Kind != JobReindex:
		err = vitrine.Errorf(vitrine.Conflict, "job %q: is a %s, only a reindex is started again", id, job.Kind)
	case job.request.Path == "" && job.request.URL == "":
		err = vitrine.Errorf(vitrine.Conflict, "job %q: read an upload, which is not kept; upload the catalogue again", id)
	}
	return job.Index, job.request, err
}

// rejected returns the rejected rows of an ended reindex as CSV.
func (m *jobs) rejected(id string) ([]byte, error) {
	job, err := m.get(id)
	if err != nil {
		return nil, err
	}
	if job.State == JobRunning {
		return nil, vitrine.Errorf(vitrine.Conflict, "job %q: is still running", id)
	}
	m.mu.Lock()
	var rows []Problem
	if entry, ok := m.byID[id]; ok {
		rows = entry.rejected
	}
	m.mu.Unlock()
	if m.archive.folder != "" {
		return m.archive.rejected(id)
	}
	return rejectedCSV(rows)
}

// close cancels all jobs and waits for them.
func (m *jobs) close() {
	m.mu.Lock()
	m.cancel()
	m.mu.Unlock()
	m.running.Wait()
}

// newJobID returns 48 bits of milliseconds and 80 random bits in the 26 characters of an order-preserving alphabet.
func newJobID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(id[6:]) // never fails, as crypto/rand says
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(id[:]))
}

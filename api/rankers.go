package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vitrine"
)

// Rankers trains the ranking model and says which version answers whom; safe for concurrent use.
type Rankers interface {
	// RankerStatus says which versions there are and what serves.
	RankerStatus(ctx context.Context) (*RankerStatus, error)
	// Train learns a version from the events; [vitrine.Conflict] while another training goes on, [vitrine.Invalid] when there is too little.
	Train(ctx context.Context, progress func(Progress)) (*RankerTraining, error)
	// RankerFeatures are what a model may take, in order.
	RankerFeatures() []RankerInput
	// ImportRanker judges the model of another library in a folder and keeps it as a version; [vitrine.Invalid] when it does not fit.
	ImportRanker(ctx context.Context, folder string) (*RankerVersion, error)
	// Deploy gives a version a role; [vitrine.NotFound] of an unknown version, [vitrine.Conflict] of one that failed the gate.
	Deploy(ctx context.Context, d RankerDeployment) (*RankerStatus, error)
	// Rollback makes the version before live again, or none; [vitrine.Conflict] when none is live.
	RollbackRanker(ctx context.Context, reason string) (*RankerStatus, error)
}

// RankerVersion is one trained model.
type RankerVersion struct {
	Version string        `json:"version"`
	Created time.Time     `json:"created"`
	Kind    string        `json:"kind"`
	Role    string        `json:"role,omitempty" doc:"live, previous, canary or shadow."`
	Passed  bool          `json:"passed" doc:"Whether it passed the gate."`
	Checks  []RankerCheck `json:"checks" nullable:"false"`
	AUC     float64       `json:"auc" doc:"On held-back time, as the figures below."`
	GAUC    float64       `json:"gauc"`
	LogLoss float64       `json:"logloss"`
	NDCG    float64       `json:"ndcg@10"`
	Rows    int           `json:"rows" doc:"Impressions learned from."`
}

// RankerCheck is one check of the gate.
type RankerCheck struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Detail string `json:"detail"`
}

// RankerStatus says what serves whom.
type RankerStatus struct {
	Live            string          `json:"live" doc:"Empty: the order without a trained model."`
	Previous        string          `json:"previous,omitempty"`
	Canary          string          `json:"canary,omitempty"`
	CanaryShare     float64         `json:"canary_share,omitempty"`
	Shadow          string          `json:"shadow,omitempty"`
	AgeSeconds      float64         `json:"age_seconds" doc:"Since the live version was trained."`
	Drift           float64         `json:"drift" doc:"Largest population stability index of a served feature; above 0.25 train anew."`
	DriftFeature    string          `json:"drift_feature,omitempty"`
	LiveClickRate   float64         `json:"live_click_rate"`
	CanaryClickRate float64         `json:"canary_click_rate"`
	ShadowAgreement float64         `json:"shadow_agreement" doc:"Share of answers of which live and shadow put the same hit first."`
	Versions        []RankerVersion `json:"versions" nullable:"false" doc:"Newest first."`
	Changes         []RankerChange  `json:"changes" nullable:"false" doc:"Oldest first."`
	Problems        []string        `json:"problems" nullable:"false"`
}

// RankerChange is something that happened to the versions.
type RankerChange struct {
	Time    time.Time `json:"time"`
	What    string    `json:"what"`
	Version string    `json:"version,omitempty"`
	Reason  string    `json:"reason,omitempty"`
}

// RankerTraining is the outcome of a training.
type RankerTraining struct {
	Version   RankerVersion      `json:"version"`
	Events    int                `json:"events"`
	Rows      int                `json:"rows"`
	Positives int                `json:"positives"`
	Gone      int                `json:"gone" doc:"Impressions of products that their query does not find today."`
	Epochs    []RankerEpoch      `json:"epochs" nullable:"false"`
	Baselines map[string]float64 `json:"baselines" doc:"AUC of simpler orders on the same rows."`
	Features  []RankerFeature    `json:"features" nullable:"false" doc:"What each feature is worth, most first."`
	Curves    string             `json:"curves" doc:"Loss and AUC by epoch, as SVG."`
	Seconds   float64            `json:"train_s"`
}

// RankerEpoch is one pass of the network over the rows.
type RankerEpoch struct {
	Epoch     int     `json:"epoch"`
	TrainLoss float64 `json:"train_loss"`
	ValidLoss float64 `json:"valid_loss"`
	ValidAUC  float64 `json:"valid_auc"`
}

// RankerFeature is a feature with what it is worth.
type RankerFeature struct {
	Name    string  `json:"name"`
	Owner   string  `json:"owner"`
	Meaning string  `json:"meaning"`
	AUCLoss float64 `json:"auc_loss" doc:"AUC lost when its values are dealt anew."`
}

// RankerInput is a feature that a model may take.
type RankerInput struct {
	Name    string  `json:"name"`
	Type    string  `json:"type" doc:"share (0 … 1), rate, log_count, logit, hours or flag."`
	Owner   string  `json:"owner" doc:"query_product, product, user, user_product or context."`
	Default float32 `json:"default" doc:"Where nothing is known."`
	Meaning string  `json:"meaning"`
}

// RankerDeployment gives a version a role.
type RankerDeployment struct {
	Version string  `json:"version" doc:"Empty with the role shadow ends the shadow."`
	Role    string  `json:"role" enum:"live,canary,shadow"`
	Share   float64 `json:"share,omitempty" minimum:"0" maximum:"1" doc:"Share of the shoppers, for a canary; 0 ends it."`
	Force   bool    `json:"force,omitempty" doc:"Also when it failed the gate."`
}

// RankerJob is the last training.
type RankerJob struct {
	State   JobState        `json:"state" enum:"running,done,failed"`
	Stage   string          `json:"stage,omitempty"`
	Done    int64           `json:"done"`
	Total   int64           `json:"total"`
	Started time.Time       `json:"started"`
	Ended   *time.Time      `json:"ended,omitempty"`
	Result  *RankerTraining `json:"result,omitempty"`
	Error   *ErrorBody      `json:"error,omitempty"`
}

type rankerStatusOutput struct{ Body *RankerStatus }

type rankerJobOutput struct{ Body RankerJob }

type rankerVersionOutput struct{ Body *RankerVersion }

type rankerFeaturesOutput struct {
	Body struct {
		Features []RankerInput `json:"features" nullable:"false"`
	}
}

type rankerDeployParams struct{ Body RankerDeployment }

type rankerRollbackParams struct {
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	}
}

// rankerJobs runs one training at a time and remembers the last; safe for concurrent use.
type rankerJobs struct {
	mu  sync.Mutex
	job *RankerJob
}

func (s *Server) routeRankers() {
	jobs := &rankerJobs{}
	s.metrics.registry.MustRegister(rankerFigures{s.parts.Rankers})
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/rankers", id: "rankers", tag: "Ranking model", summary: "Versions and what serves", locked: true,
	}, func(ctx context.Context, _ *struct{}) (*rankerStatusOutput, error) {
		status, err := s.parts.Rankers.RankerStatus(ctx)
		return &rankerStatusOutput{status}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/rankers/train", id: "trainRanker", tag: "Ranking model", summary: "Train a version from the events",
		locked: true, status: http.StatusAccepted,
		description: "Starts in the background; GET the same path to follow it. The version serves when it passes the gate and the settings say so.",
	}, func(context.Context, *struct{}) (*rankerJobOutput, error) {
		job, err := jobs.start(s)
		return &rankerJobOutput{job}, err
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/rankers/train", id: "rankerTraining", tag: "Ranking model", summary: "The last training", locked: true,
	}, func(context.Context, *struct{}) (*rankerJobOutput, error) {
		job, err := jobs.last()
		return &rankerJobOutput{job}, err
	})
	register(s, operation{
		method: http.MethodGet, path: "/v1/admin/rankers/features", id: "rankerFeatures", tag: "Ranking model",
		summary: "What a model may take", locked: true,
	}, func(context.Context, *struct{}) (*rankerFeaturesOutput, error) {
		out := &rankerFeaturesOutput{}
		out.Body.Features = s.parts.Rankers.RankerFeatures()
		return out, nil
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/rankers/import", id: "importRanker", tag: "Ranking model",
		summary: "Take a model that another library exported as ONNX", locked: true,
		description: "A form with the files manifest (ranker.yaml) and model. The model is judged on the held-back events as a trained one.",
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
				"manifest": {Type: huma.TypeString, Format: "binary", Description: "ranker.yaml"},
				"model":    {Type: huma.TypeString, Format: "binary", Description: "The ONNX file that the manifest names."},
			}}},
		}},
	}, func(ctx context.Context, in *struct{ stream }) (*rankerVersionOutput, error) {
		v, err := s.importRanker(ctx, in)
		return &rankerVersionOutput{v}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/rankers/deploy", id: "deployRanker", tag: "Ranking model",
		summary: "Make a version live, a canary or a shadow", locked: true,
	}, func(ctx context.Context, in *rankerDeployParams) (*rankerStatusOutput, error) {
		status, err := s.parts.Rankers.Deploy(ctx, in.Body)
		return &rankerStatusOutput{status}, err
	})
	register(s, operation{
		method: http.MethodPost, path: "/v1/admin/rankers/rollback", id: "rollbackRanker", tag: "Ranking model", summary: "Return to the version before", locked: true,
	}, func(ctx context.Context, in *rankerRollbackParams) (*rankerStatusOutput, error) {
		status, err := s.parts.Rankers.RollbackRanker(ctx, in.Body.Reason)
		return &rankerStatusOutput{status}, err
	})
}

func (j *rankerJobs) last() (RankerJob, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.job == nil {
		return RankerJob{}, vitrine.Errorf(vitrine.NotFound, "no training was started")
	}
	return *j.job, nil
}

func (j *rankerJobs) start(s *Server) (RankerJob, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.job != nil && j.job.State == JobRunning {
		return RankerJob{}, vitrine.Errorf(vitrine.Conflict, "a training is under way")
	}
	job := &RankerJob{State: JobRunning, Started: time.Now().UTC()}
	j.job = job
	s.jobs.running.Go(func() {
		result, err := s.parts.Rankers.Train(s.jobs.context, func(p Progress) {
			j.mu.Lock()
			defer j.mu.Unlock()
			job.Stage, job.Done, job.Total = p.Stage, p.Done, p.Total
		})
		j.mu.Lock()
		defer j.mu.Unlock()
		now := time.Now().UTC()
		job.Ended, job.State, job.Result = &now, JobDone, result
		if err != nil {
			body := s.failure(s.jobs.context, err).Body
			job.State, job.Error = JobFailed, &body
		}
	})
	return *job, nil
}

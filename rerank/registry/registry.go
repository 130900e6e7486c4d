package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vitrine"
	"vitrine/rerank/train"
)

// state is what survives a restart.
type state struct {
	Live     string   `json:"live"`
	Previous string   `json:"previous"`
	Canary   string   `json:"canary"`
	Share    float64  `json:"share"`
	Shadow   string   `json:"shadow"`
	Since    int64    `json:"since"`
	Baseline rate     `json:"baseline"`
	Changes  []Change `json:"changes"`
}

// serving is what [Registry.Choose] reads: one immutable value, swapped whole.
type serving struct {
	live, canary, shadow *train.Model
	share                float64
}

// Registry keeps versions. Safe for concurrent use; choosing never waits.
type Registry struct {
	options Options
	serving atomic.Pointer[serving]
	watch   watch
	drift   drift

	mu       sync.Mutex
	state    state
	versions map[string]*Version
	models   map[string]*train.Model
	problems []string
}

const (
	stateFile   = "state.json"
	versionFile = "version.json"
	reportFile  = "report.json"
)

// Open opens the folder. A version that cannot be read is a problem of [Status], not an error: the others go on.
func Open(o Options) (*Registry, error) {
	r := &Registry{options: o.withDefaults(), versions: map[string]*Version{}, models: map[string]*train.Model{}}
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "ranking models: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(o.Dir, stateFile))
	if err == nil {
		err = json.Unmarshal(data, &r.state)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "ranking models %s: %w", o.Dir, err)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "ranking models: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			r.read(e.Name())
		}
	}
	r.serve()
	return r, nil
}

// read reads the description of a version.
func (r *Registry) read(name string) {
	v := &Version{}
	data, err := os.ReadFile(filepath.Join(r.options.Dir, name, versionFile)) //nolint:gosec // inside the folder
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil || v.Version != name {
		r.problems = append(r.problems, fmt.Sprintf("version %s: cannot be read: %v", name, err))
		return
	}
	r.versions[name] = v
}

// model loads a version's model once.
func (r *Registry) model(name string) (*train.Model, error) {
	if m := r.models[name]; m != nil || name == "" {
		return m, nil
	}
	if r.versions[name] == nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "ranking model %q: no such version", name)
	}
	load := train.Load
	if r.versions[name].Kind == train.Foreign {
		load = r.options.Foreign
	}
	m, err := load(filepath.Join(r.options.Dir, name))
	if err != nil {
		return nil, err
	}
	if !slices.Equal(m.Features, r.options.Features) {
		return nil, vitrine.Errorf(vitrine.Invalid, "ranking model %q: trained on %d features that are not those of this server: %v", name, len(m.Features), m.Features)
	}
	r.models[name] = m
	return m, nil
}

// serve publishes what the state says; a model that cannot be loaded is left out and a problem.
func (r *Registry) serve() {
	load := func(name string) *train.Model {
		m, err := r.model(name)
		if err != nil {
			r.problems = append(r.problems, err.Error())
		}
		return m
	}
	s := &serving{live: load(r.state.Live), canary: load(r.state.Canary), shadow: load(r.state.Shadow), share: r.state.Share}
	r.serving.Store(s)
	if v := r.versions[r.state.Live]; v != nil {
		r.drift.start(v.Bins)
	}
	for name := range r.models {
		if !slices.Contains([]string{r.state.Live, r.state.Previous, r.state.Canary, r.state.Shadow}, name) {
			delete(r.models, name)
		}
	}
}

// Choose returns the model that ranks for a shopper and the one in the shadow; nil for none.
func (r *Registry) Choose(shopper string) (live, shadow *train.Model) {
	s := r.serving.Load()
	if s.canary != nil && inCanary(shopper, s.share) {
		return s.canary, s.shadow
	}
	return s.live, s.shadow
}

func inCanary(shopper string, share float64) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(shopper))
	return shopper != "" && float64(h.Sum32()%10_000) < share*10_000
}

// write writes the state, whole or not at all.
func (r *Registry) write() error {
	if most := 200; len(r.state.Changes) > most {
		r.state.Changes = r.state.Changes[len(r.state.Changes)-most:]
	}
	return writeJSON(filepath.Join(r.options.Dir, stateFile), &r.state)
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "%s: %w", filepath.Base(path), err)
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "ranking models: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "ranking models: %w", err)
	}
	return nil
}

// change makes a change durable, and then effective. An error leaves everything as it was.
func (r *Registry) change(what, version, reason string, edit func(*state)) error {
	before := r.state
	before.Changes = slices.Clone(r.state.Changes)
	edit(&r.state)
	c := Change{Time: time.Now().UTC(), What: what, Version: version, Reason: reason}
	r.state.Changes = append(r.state.Changes, c)
	if err := r.write(); err != nil {
		r.state = before
		return err
	}
	r.serve()
	r.options.OnChange(c)
	return nil
}

// Live returns the live model and its version; nil without one.
func (r *Registry) Live() (model *train.Model, version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.serving.Load().live, r.state.Live
}

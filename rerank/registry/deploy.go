package registry

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vitrine"
)

// Add judges a candidate by the gate and keeps it as a version, which serves nobody yet.
func (r *Registry) Add(c Candidate) (*Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := &Version{
		Version: time.Now().UTC().Format("20060102-150405.000"), Created: time.Now().UTC(), Kind: c.Model.Kind, Rows: c.Report.Rows, Test: c.Report.Test,
		Checks: r.options.Gate.judge(&c, r.options.Features), Passed: true, Bins: bins(c.Data),
	}
	for _, check := range v.Checks {
		v.Passed = v.Passed && check.Passed
	}
	// Versions made within a millisecond still need names of their own.
	for n := 2; r.versions[v.Version] != nil; n++ {
		v.Version = fmt.Sprintf("%s-%d", v.Created.Format("20060102-150405.000"), n)
	}
	folder := filepath.Join(r.options.Dir, v.Version)
	err := errors.Join(c.Model.Save(folder), writeJSON(filepath.Join(folder, reportFile), c.Report))
	if err == nil {
		err = writeJSON(filepath.Join(folder, versionFile), v) // last: a folder without it is no version
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	r.versions[v.Version] = v
	if err := r.change("added", v.Version, "", func(*state) {}); err != nil {
		return nil, err
	}
	return r.show(v), r.prune()
}

// prune removes the oldest versions that are not in use, beyond those to keep.
func (r *Registry) prune() error {
	var idle []string
	for name := range r.versions {
		if r.role(name) == "" {
			idle = append(idle, name)
		}
	}
	slices.SortFunc(idle, func(a, b string) int { return cmp.Compare(b, a) })
	var errs []error
	for _, name := range idle[min(len(idle), r.options.Keep):] {
		delete(r.versions, name)
		errs = append(errs, os.RemoveAll(filepath.Join(r.options.Dir, name)))
	}
	return errors.Join(errs...)
}

func (r *Registry) role(name string) string {
	switch name {
	case r.state.Live:
		return "live"
	case r.state.Canary:
		return "canary"
	case r.state.Shadow:
		return "shadow"
	case r.state.Previous:
		return "previous"
	}
	return ""
}

// ready returns an error when a version cannot serve: NotFound, Invalid when it is damaged or of another schema, Conflict when it failed the
// gate and force is not set.
func (r *Registry) ready(name string, force bool) error {
	v := r.versions[name]
	if v == nil {
		return vitrine.Errorf(vitrine.NotFound, "ranking model %q: no such version", name)
	}
	if !v.Passed && !force {
		for _, c := range v.Checks {
			if !c.Passed {
				return vitrine.Errorf(vitrine.Conflict, "ranking model %q: failed the gate: %s: %s", name, c.Name, c.Detail)
			}
		}
	}
	_, err := r.model(name)
	return err
}

// Promote makes a version live; with force also one that failed the gate. The version before stays for [Registry.Rollback].
func (r *Registry) Promote(name string, force bool) (*Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name == r.state.Live {
		return nil, vitrine.Errorf(vitrine.Conflict, "ranking model %q: is live already", name)
	}
	if err := r.ready(name, force); err != nil {
		return nil, err
	}
	baseline := r.watch.live()
	err := r.change("promoted", name, "", func(s *state) {
		s.Live, s.Previous, s.Since, s.Baseline = name, s.Live, time.Now().Unix(), baseline
		if s.Canary == name {
			s.Canary, s.Share = "", 0
		}
		if s.Shadow == name {
			s.Shadow = ""
		}
	})
	r.watch.reset()
	return r.show(r.versions[name]), err
}

// Canary gives a version a share, 0 … 1, of the shoppers; a share of 0 ends it.
func (r *Registry) Canary(name string, share float64, force bool) (*Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !(share >= 0 && share <= 1) {
		return nil, vitrine.Errorf(vitrine.Invalid, "canary: share %v is not in 0 … 1", share)
	}
	if name == r.state.Live {
		return nil, vitrine.Errorf(vitrine.Conflict, "ranking model %q: is live already", name)
	}
	if err := r.ready(name, force); err != nil {
		return nil, err
	}
	err := r.change("canary", name, fmt.Sprintf("share %v", share), func(s *state) {
		s.Canary, s.Share = name, share
		if share == 0 {
			s.Canary = ""
		}
	})
	r.watch.reset()
	return r.show(r.versions[name]), err
}

// Shadow asks a version beside the live one, without effect; "" ends it.
func (r *Registry) Shadow(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name != "" {
		if err := r.ready(name, true); err != nil {
			return err
		}
	}
	r.drift.compared.Store(0)
	r.drift.agreed.Store(0)
	return r.change("shadow", name, "", func(s *state) { s.Shadow = name })
}

// Rollback makes the version before the live one live again; when there was none, the order without a model serves. Conflict when none is live.
func (r *Registry) Rollback(reason string) (live string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rollback(reason)
}

func (r *Registry) rollback(reason string) (live string, err error) {
	if r.state.Live == "" {
		return "", vitrine.Errorf(vitrine.Conflict, "rollback: no ranking model is live")
	}
	if r.state.Previous != "" {
		if err := r.ready(r.state.Previous, true); err != nil {
			return "", err
		}
	}
	err = r.change("rolled_back", r.state.Live, reason, func(s *state) {
		s.Live, s.Previous, s.Since, s.Baseline = s.Previous, "", time.Now().Unix(), rate{}
	})
	r.watch.reset()
	return r.state.Live, err
}

func (r *Registry) show(v *Version) *Version {
	if v == nil {
		return nil
	}
	c := *v
	c.Role, c.Bins = r.role(v.Version), nil
	return &c
}

package neural

import (
	"encoding/gob"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"

	"vitrine"
)

// state is what a checkpoint holds.
type state struct {
	Net, Best      *Network
	Step           int
	M, V           []float32
	TableM, TableV [][]float32
	Epochs         []Epoch
	BestLoss       float64
	BestEpoch      int
	Rows           int
}

// checkpoint writes the state to the file of the options, whole or not at all.
func (t *trainer) checkpoint() (err error) {
	path := t.options.Checkpoint
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "checkpoint: %w", err)
	}
	defer func() {
		if err != nil {
			err = vitrine.Errorf(vitrine.Unavailable, "checkpoint %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	err = gob.NewEncoder(f).Encode(state{
		Net: t.net, Best: t.best, Step: t.Step, M: t.M, V: t.V, TableM: t.TableM, TableV: t.TableV,
		Epochs: t.epochs, BestLoss: t.bestLoss, BestEpoch: t.bestEpoch, Rows: t.train.rows(),
	})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// resume goes on from the checkpoint of the options when there is one; Conflict when it belongs to other data or another shape.
func (t *trainer) resume() error {
	path := t.options.Checkpoint
	if path == "" {
		return nil
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "checkpoint: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	var s state
	if err := gob.NewDecoder(f).Decode(&s); err != nil {
		return vitrine.Errorf(vitrine.Invalid, "checkpoint %s: %w", path, err)
	}
	if s.Net == nil || s.Best == nil || !reflect.DeepEqual(s.Net.Shape, t.net.Shape) || s.Rows != t.train.rows() || len(s.M) != len(t.M) {
		return vitrine.Errorf(vitrine.Conflict, "checkpoint %s: of another training; remove it to start anew", path)
	}
	for _, n := range []*Network{s.Net, s.Best} {
		if err := n.Validate(); err != nil {
			return vitrine.Errorf(vitrine.Invalid, "checkpoint %s: %w", path, err)
		}
	}
	t.net, t.best, t.epochs, t.bestLoss, t.bestEpoch = s.Net, s.Best, s.Epochs, s.BestLoss, s.BestEpoch
	t.Step, t.M, t.V, t.TableM, t.TableV = s.Step, s.M, s.V, s.TableM, s.TableV
	return nil
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"vitrine"
	"vitrine/api"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/index/backup"
)

// backups keeps snapshots of the engine's indexes in the repository that the settings name. It is opened at the first use, so that a store that
// cannot be reached hinders nothing else.
type backups struct {
	config  configs.Backup
	indexes *index.Indexes

	mu         sync.Mutex // one save or prune at a time
	repository *backup.Repository
}

func openRepository(ctx context.Context, c configs.Backup) (*backup.Repository, error) {
	if c.Target == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "no backups: backup.target is not set")
	}
	target, err := backup.Open(ctx, c.Target, backup.S3Options{Endpoint: c.Endpoint, Region: c.Region, Plain: c.Plain})
	if err != nil {
		return nil, err
	}
	return backup.New(target, backup.Options{}), nil
}

func (b *backups) open(ctx context.Context) (*backup.Repository, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.repository != nil {
		return b.repository, nil
	}
	r, err := openRepository(ctx, b.config)
	b.repository = r
	return r, err
}

// Backup keeps a snapshot of an index.
func (b *backups) Backup(ctx context.Context, name string) (*api.SnapshotInfo, error) {
	saved, err := b.save(ctx, name)
	if err != nil {
		return nil, err
	}
	info := snapshotInfo(saved.Snapshot)
	info.NewBytes = &saved.NewBytes
	return &info, nil
}

func (b *backups) save(ctx context.Context, name string) (saved backup.Saved, err error) {
	r, err := b.open(ctx)
	if err != nil {
		return saved, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name = b.indexes.Resolve(name)
	err = b.indexes.Snapshot(ctx, name, func(dir string, m index.Moment) error {
		saved, err = r.Save(ctx, name, dir, backup.Moment(m))
		return err
	})
	if err == nil && b.config.Keep > 0 {
		_, _, err = r.Prune(ctx, name, b.config.Keep)
	}
	return saved, err
}

// Snapshots lists the snapshots of an index.
func (b *backups) Snapshots(ctx context.Context, name string) ([]api.SnapshotInfo, error) {
	r, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	list, err := r.Snapshots(ctx, b.indexes.Resolve(name))
	infos := make([]api.SnapshotInfo, len(list))
	for i, s := range list {
		infos[i] = snapshotInfo(s)
	}
	return infos, err
}

// Restore makes an index what it was at a snapshot.
func (b *backups) Restore(ctx context.Context, name string, request api.RestoreRequest) (*api.Report, error) {
	r, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	name = b.indexes.Resolve(name)
	from := name
	if request.From != "" {
		from = b.indexes.Resolve(request.From)
	}
	s, err := r.Find(ctx, from, request.Snapshot, request.At)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	done, err := b.indexes.Restore(ctx, name, index.Moment(s.Moment), func(ctx context.Context, dir string) error { return r.Fetch(ctx, s, dir) })
	if err != nil {
		return nil, err
	}
	info, err := b.indexes.Info(name)
	if err != nil {
		return nil, err
	}
	return &api.Report{
		Generation: strconv.Itoa(info.Generation), Read: int64(done.Kept), Kept: int64(done.Kept), Problems: []api.Problem{}, Seconds: time.Since(start).Seconds(),
	}, nil
}

// all keeps a snapshot of every index.
func (b *backups) all(ctx context.Context) error {
	var errs []error
	for _, name := range b.indexes.Names() {
		saved, err := b.save(ctx, name)
		if err == nil {
			slog.Info("backup", "index", name, "snapshot", saved.Name, "new_bytes", saved.NewBytes)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func snapshotInfo(s *backup.Snapshot) api.SnapshotInfo {
	return api.SnapshotInfo{Name: s.Name, Taken: s.Taken, Generation: s.Generation, Products: s.Documents, Seq: s.Seq, Bytes: s.Bytes}
}

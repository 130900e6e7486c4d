package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/index/backup"
)

// withBackups opens indexes without what only serving needs, and calls f.
func withBackups(ctx context.Context, c *configs.Config, f func(*backups) error) (err error) {
	o, err := bareIndexOptions(c)
	if err != nil {
		return err
	}
	x, err := index.Open(ctx, c.Data, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	return f(&backups{config: c.Backup, indexes: x})
}

// backupConfig reads the settings and lays the flag of the target over them.
func (s *settings) backupConfig(target string) (*configs.Config, error) {
	c, err := s.config()
	if err == nil && target != "" {
		c.Backup.Target = target
	}
	return c, err
}

func newBackup(s *settings) *cobra.Command {
	var target string
	keep := -1
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Keep a snapshot of the indexes in a folder or bucket",
		Long: "Writes what is new since earlier snapshots to backup.target of the settings, or --to: a folder, or s3://bucket/prefix (keys from\n" +
			"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY). All indexes of the data folder, or the one of --index. Beside a running server use its\n" +
			"endpoint instead: POST /v1/admin/indexes/{name}/backups.",
		Example: "  vitrine backup --to /mnt/backups --keep 14\n  vitrine backup list --to s3://shop-backups/vitrine",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.backupConfig(target)
			if err != nil {
				return err
			}
			if keep >= 0 {
				c.Backup.Keep = keep
			}
			saved := []backup.Saved{}
			err = withBackups(cmd.Context(), c, func(b *backups) error {
				names := b.indexes.Names()
				if s.index != "" {
					names = []string{s.index}
				}
				for _, name := range names {
					one, err := b.save(cmd.Context(), name)
					if err != nil {
						return err
					}
					saved = append(saved, one)
				}
				return nil
			})
			if err != nil {
				return err
			}
			for i := range saved {
				saved[i].Files = nil // a list for machines, of hashes
			}
			return s.print(cmd, map[string]any{"snapshots": saved}, func() {
				for _, one := range saved {
					cmd.Printf("index %s, snapshot %s: %d products, %.1f MB, of which %.1f MB new\n", one.Index, one.Name, one.Documents, float64(one.Bytes)/1e6, float64(one.NewBytes)/1e6)
				}
			})
		},
	}
	cmd.PersistentFlags().StringVar(&target, "to", "", "folder or s3://bucket/prefix; overrides the settings file")
	cmd.Flags().IntVar(&keep, "keep", -1, "snapshots of an index that stay; overrides the settings file")
	cmd.AddCommand(newBackupList(s, &target), newBackupCheck(s, &target))
	return cmd
}

// eachSnapshot calls f with the snapshots of all indexes, or of the one of --index.
func (s *settings) eachSnapshot(ctx context.Context, target string, f func(*backup.Repository, *backup.Snapshot) error) error {
	c, err := s.backupConfig(target)
	if err != nil {
		return err
	}
	r, err := openRepository(ctx, c.Backup)
	if err != nil {
		return err
	}
	names := []string{s.index}
	if s.index == "" {
		if names, err = r.Indexes(ctx); err != nil {
			return err
		}
	}
	for _, name := range names {
		list, err := r.Snapshots(ctx, name)
		if err != nil {
			return err
		}
		for _, one := range list {
			if err := f(r, one); err != nil {
				return err
			}
		}
	}
	return nil
}

func newBackupList(s *settings, target *string) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the snapshots", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := []api.SnapshotInfo{}
			var names []string
			err := s.eachSnapshot(cmd.Context(), *target, func(_ *backup.Repository, one *backup.Snapshot) error {
				list, names = append(list, snapshotInfo(one)), append(names, one.Index)
				return nil
			})
			if err != nil {
				return err
			}
			return s.print(cmd, map[string]any{"snapshots": list}, func() {
				for i, one := range list {
					cmd.Printf("index %s, snapshot %s: %d products, %.1f MB\n", names[i], one.Name, one.Products, float64(one.Bytes)/1e6)
				}
			})
		},
	}
}

func newBackupCheck(s *settings, target *string) *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Read every snapshot and hold it against its checksums", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			checked := 0
			var bytes int64
			err := s.eachSnapshot(cmd.Context(), *target, func(r *backup.Repository, one *backup.Snapshot) error {
				checked, bytes = checked+1, bytes+one.Bytes
				return r.Check(cmd.Context(), one)
			})
			if err != nil {
				return err
			}
			return s.print(cmd, map[string]any{"checked": checked, "bytes": bytes}, func() { cmd.Printf("%d snapshots, %.1f MB: sound\n", checked, float64(bytes)/1e6) })
		},
	}
}

func newRestore(s *settings) *cobra.Command {
	var target, at, as string
	var request api.RestoreRequest
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "Return an index to a snapshot",
		Long: "Brings back a snapshot of the index of --index as its next generation, checked against its checksums; the generation from before stays for a\n" +
			"rollback. The snapshot is the one named, or the last one not after --at, or the last. Beside a running server use its endpoint instead:\n" +
			"POST /v1/admin/indexes/{name}/restore.",
		Example: "  vitrine restore --from /mnt/backups --at 2026-11-24T03:00:00Z\n  vitrine restore --from s3://shop-backups/vitrine --as trial",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.backupConfig(target)
			if err != nil {
				return err
			}
			if at != "" {
				if request.At, err = time.Parse(time.RFC3339, at); err != nil {
					return vitrine.Errorf(vitrine.Invalid, "--at %q: give a time like 2026-11-24T03:00:00Z", at)
				}
			}
			if request.Snapshot != "" && at != "" {
				return vitrine.Errorf(vitrine.Invalid, "give --snapshot or --at, not both")
			}
			request.From = c.Index.Name
			if as == "" {
				as = c.Index.Name
			}
			var report *api.Report
			err = withBackups(cmd.Context(), c, func(b *backups) error {
				report, err = b.Restore(cmd.Context(), as, request)
				return err
			})
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				cmd.Printf("index %s, generation %s: %d products restored in %.1f s\n", as, report.Generation, report.Kept, report.Seconds)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&target, "from", "", "folder or s3://bucket/prefix; overrides the settings file")
	flags.StringVar(&request.Snapshot, "snapshot", "", "name of the snapshot")
	flags.StringVar(&at, "at", "", "the last snapshot that was not taken after this time (RFC 3339)")
	flags.StringVar(&as, "as", "", "name of the index to restore into, when it is another")
	return cmd
}

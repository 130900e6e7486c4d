package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"vitrine"
	"vitrine/index/backup"
)

// targets calls f with a folder and with a bucket of an S3 server.
func targets(t *testing.T, f func(t *testing.T, target backup.Target)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) {
		target, err := backup.Open(t.Context(), t.TempDir(), backup.S3Options{})
		if err != nil {
			t.Fatal(err)
		}
		f(t, target)
	})
	t.Run("bucket", func(t *testing.T) {
		store := s3mem.New()
		if err := store.CreateBucket("shop"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(store).Server())
		defer server.Close()
		o := backup.S3Options{Endpoint: strings.TrimPrefix(server.URL, "http://"), Plain: true, Region: "us-east-1", AccessKey: "key", SecretKey: "secret"}
		target, err := backup.Open(t.Context(), "s3://shop/back/ups", o)
		if err != nil {
			t.Fatal(err)
		}
		f(t, target)
		if _, err := backup.Open(t.Context(), "s3://absent", o); vitrine.CodeOf(err) != vitrine.NotFound {
			t.Errorf("a bucket that is not there: %v", err)
		}
	})
}

func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 5))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// clock ticks an hour at each look.
func clock() func() time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Hour)
		return now
	}
}

// Ensure that snapshots come back byte by byte, by name, by time and by being last; that only what is new is written; and that a prune leaves what
// the others need.
func TestRepository(t *testing.T) {
	targets(t, func(t *testing.T, target backup.Target) {
		t.Helper()
		r := backup.New(target, backup.Options{BlockBytes: 1000, Now: clock()})
		dir := t.TempDir()
		contents := []map[string][]byte{
			{"a": noise(2500), "deep/b": noise(10), "empty": {}},
			{"a": append(noise(2500)[:2000:2000], "changed"...), "deep/b": noise(10), "deep/c": noise(1000)},
			{"deep/c": noise(1000)},
		}
		var names []string
		newBlocks := []int{4, 2, 0} // a has three, the empty file none
		for i, files := range contents {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			write(t, dir, files)
			saved, err := r.Save(t.Context(), "shop", dir, backup.Moment{Documents: i})
			if err != nil || saved.NewBlocks != newBlocks[i] {
				t.Fatalf("snapshot %d: %d new blocks, want %d, %v", i, saved.NewBlocks, newBlocks[i], err)
			}
			names = append(names, saved.Name)
		}
		check := func(i int, s *backup.Snapshot, err error) {
			t.Helper()
			if err != nil || s.Documents != i {
				t.Fatalf("found %+v, %v; want the one of %d", s, err, i)
			}
			to := t.TempDir()
			if err := errors.Join(r.Check(t.Context(), s), r.Fetch(t.Context(), s, to)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(contents[i], read(t, to)); diff != "" {
				t.Errorf("snapshot %d (-want +got):\n%s", i, diff)
			}
		}
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		find := func(name string, at time.Time) (*backup.Snapshot, error) {
			return r.Find(t.Context(), "shop", name, at)
		}
		s, err := find(names[1], time.Time{})
		check(1, s, err)
		s, err = find("", time.Time{})
		check(2, s, err)
		s, err = find("", day.Add(2*time.Hour))
		check(1, s, err)
		s, err = find("", day.Add(119*time.Minute))
		check(0, s, err)
		for _, f := range []func() error{
			func() error { _, err := find("", day); return err },
			func() error { _, err := find("nothing", time.Time{}); return err },
			func() error { _, err := r.Find(t.Context(), "hats", "", time.Time{}); return err },
		} {
			if err := f(); vitrine.CodeOf(err) != vitrine.NotFound {
				t.Errorf("want not found, got %v", err)
			}
		}
		if _, err := find("../x", time.Time{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("a path as a name: %v", err)
		}
		if _, _, err := r.Prune(t.Context(), "shop", 0); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("prune of all: %v", err)
		}
		snapshots, blocks, err := r.Prune(t.Context(), "shop", 2)
		if err != nil || snapshots != 1 || blocks != 1 { // the last block of the first a
			t.Errorf("pruned %d snapshots, %d blocks, %v", snapshots, blocks, err)
		}
		s, err = find(names[1], time.Time{})
		check(1, s, err)
	})
}

// Ensure that a damaged and a missing block, and a damaged snapshot, are told by name and never restored as if they were sound.
func TestRepository_Damage(t *testing.T) {
	root := t.TempDir()
	target, err := backup.OpenFolder(root)
	if err != nil {
		t.Fatal(err)
	}
	r := backup.New(target, backup.Options{BlockBytes: 1000})
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"a": noise(2500)})
	saved, err := r.Save(t.Context(), "shop", dir, backup.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	block := saved.Files[0].Blocks[1]
	path := filepath.Join(root, "blocks", block[:2], block)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"flipped": func() error { return os.WriteFile(path, append([]byte{sound[0] ^ 1}, sound[1:]...), 0o600) },
		"short":   func() error { return os.WriteFile(path, sound[:10], 0o600) },
		"gone":    func() error { return os.Remove(path) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{r.Check(t.Context(), saved.Snapshot), r.Fetch(t.Context(), saved.Snapshot, t.TempDir())} {
			if vitrine.CodeOf(err) != vitrine.Internal || !strings.Contains(err.Error(), block) || !strings.Contains(err.Error(), ": a:") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	list := filepath.Join(root, "snapshots", "shop", saved.Name+".json")
	data, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{bytes.Replace(data, []byte(`"bytes": 2500`), []byte(`"bytes": 2501`), 1), data[:len(data)/2], {}, []byte(`{"format":9}`)} {
		if err := os.WriteFile(list, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Find(t.Context(), "shop", "", time.Time{}); err == nil {
			t.Errorf("%.40s passed", damaged)
		}
	}
}

// failing is a target whose nth call fails, and every later one.
type failing struct {
	backup.Target
	calls, from int
}

var errBroken = errors.New("the line is dead")

func (f *failing) fails() bool {
	f.calls++
	return f.calls > f.from
}

func (f *failing) Put(ctx context.Context, key string, data []byte) error {
	if f.fails() {
		return errBroken
	}
	return f.Target.Put(ctx, key, data)
}

func (f *failing) Get(ctx context.Context, key string) ([]byte, error) {
	if f.fails() {
		return nil, errBroken
	}
	return f.Target.Get(ctx, key)
}

func (f *failing) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	if f.fails() {
		return func(yield func(string, error) bool) { yield("", errBroken) }
	}
	return f.Target.List(ctx, prefix)
}

// Ensure that a save cut short at any request leaves the snapshots from before, and that the next save goes on with the blocks that arrived.
func TestSave_CutShort(t *testing.T) {
	target, err := backup.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := backup.Options{BlockBytes: 100, Parallel: 1, Now: clock()}
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"a": noise(700)})
	first, err := backup.New(target, o).Save(t.Context(), "shop", dir, backup.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string][]byte{"b": noise(900)})

	for from := 0; ; from++ {
		_, err := backup.New(&failing{Target: target, from: from}, o).Save(t.Context(), "shop", dir, backup.Moment{})

		list, e := backup.New(target, o).Snapshots(t.Context(), "shop")
		if e != nil {
			t.Fatal(e)
		}
		if err == nil {
			if len(list) != 2 {
				t.Errorf("%d snapshots", len(list))
			}
			break
		}
		if !errors.Is(err, errBroken) || len(list) != 1 || list[0].Name != first.Name {
			t.Fatalf("cut at %d: %v, %d snapshots", from, err, len(list))
		}
		if from > 20 {
			t.Fatal("never ends")
		}
	}
	if r := backup.New(target, o); r.Check(t.Context(), first.Snapshot) != nil {
		t.Error("the first snapshot is damaged")
	}
}

// Ensure that addresses that are none are refused by name.
func TestOpen_Invalid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, filepath.Dir(file), map[string][]byte{"file": nil})
	for _, address := range []string{"", "s3://", "ftp://host/path", file} {
		if _, err := backup.Open(t.Context(), address, backup.S3Options{}); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
	target, err := backup.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Get(t.Context(), "../etc/passwd"); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("a key that leads out: %v", err)
	}
	if _, err := backup.New(target, backup.Options{}).Save(t.Context(), "No Name", t.TempDir(), backup.Moment{}); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("an index of no name: %v", err)
	}
}

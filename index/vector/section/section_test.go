package section_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index/vector/chunk"
	"vitrine/index/vector/section"
)

const magic = "magic 01"

// Ensure that blocks are read back, and that one that is missing or of another size is an invalid file.
func TestBlocks(t *testing.T) {
	words, floats := make([]uint32, 40_000), []float32{0, -1.5, float32(math.Inf(1)), math.MaxFloat32}
	for i := range words {
		words[i] = uint32(i * 7)
	}
	var file bytes.Buffer
	w := section.NewWriter(&file, magic)
	section.Put(w, "word", 3, words)
	section.Put(w, "real", 0, floats)
	section.Put[uint8](w, "none", 0, nil)
	if err := w.Finish(42, nil); err != nil {
		t.Fatal(err)
	}
	f, err := section.Read(&file, magic)
	if err != nil {
		t.Fatal(err)
	}
	gotWords, err1 := section.Get[uint32](f, "word", 3, -1)
	gotFloats, err2 := section.Get[float32](f, "real", 0, len(floats))
	gotNone, err3 := section.Get[uint8](f, "none", 0, 0)
	if err := errors.Join(err1, err2, err3); err != nil || f.Tag != 42 {
		t.Fatalf("tag %d: %v", f.Tag, err)
	}
	if !slices.Equal(gotWords, words) || !slices.Equal(gotFloats, floats) || len(gotNone) != 0 {
		t.Error("what was read is not what was written")
	}
	for _, bad := range []struct {
		name        string
		place, want int
	}{{"word", 0, -1}, {"nope", 0, -1}, {"word", 3, 39_999}, {"real", 0, 5}} {
		if _, err := section.Get[uint32](f, bad.name, bad.place, bad.want); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Errorf("%+v: got %v", bad, err)
		}
	}
}

// table returns a table of n rows that have the given number.
func table(n int, x uint32) *chunk.Table[uint32] {
	t := chunk.New[uint32](2, 9)
	t.Grow(n)
	for r := range uint32(n) {
		set(t, r, x)
	}
	return t
}

func set(t *chunk.Table[uint32], r, x uint32) {
	t.Change(r)
	t.Row(r)[0], t.Row(r)[1] = x, r
}

// open opens the file at path and returns the first word of each of n rows.
func open(t *testing.T, path string, n int) (tag uint64, got []uint32) {
	t.Helper()
	s, err := section.Open(path, magic, "")
	if err != nil {
		t.Fatal(err)
	}
	saved := chunk.New[uint32](2, 9)
	if err := section.GetTable(s.File(), "tabl", saved, n); err != nil {
		t.Fatal(err)
	}
	for r := range uint32(n) {
		if saved.Row(r)[1] != r {
			t.Fatalf("row %d is %v", r, saved.Row(r))
		}
		got = append(got, saved.Row(r)[0])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Tag(), got
}

// Ensure that a commit writes what changed and no more, and that a file which is mostly garbage is written anew.
func TestCommit(t *testing.T) {
	const n = 200*chunk.Rows + 5 // a chunk has 8 kB, all of them more than the slack
	path := filepath.Join(t.TempDir(), "file")
	s, rows := section.Create(path, magic), table(n, 1)
	commit := func(tag uint64) int64 {
		t.Helper()
		if err := s.Commit(tag, func(w *section.Writer) { section.PutTable(w, "tabl", rows, n) }); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	first := commit(1)
	set(rows, 7, 2)
	set(rows, n-1, 3)
	if more := commit(2) - first; more < 8<<10 || more > 24<<10 {
		t.Errorf("a commit of two chunks took %d bytes", more)
	}
	want := slices.Repeat([]uint32{1}, n)
	want[7], want[n-1] = 2, 3
	if tag, got := open(t, path, n); tag != 2 || !slices.Equal(got, want) {
		t.Errorf("tag %d, rows differ: %v", tag, !slices.Equal(got, want))
	}
	largest := first
	for i := range uint32(8) {
		for r := range uint32(n) {
			set(rows, r, i)
		}
		largest = max(largest, commit(uint64(10+i)))
	}
	if tag, got := open(t, path, n); tag != 17 || got[0] != 7 || got[n-1] != 7 {
		t.Errorf("tag %d, first row %d", tag, got[0])
	}
	if largest > 4*first {
		t.Errorf("the file grew from %d to %d bytes", first, largest)
	}
}

// Ensure that a store that is opened goes on where it ended, and that its file does not change by use.
func TestReopen(t *testing.T) {
	const n = 2*chunk.Rows + 1
	path := filepath.Join(t.TempDir(), "file")
	rows := table(n, 1)
	if err := section.Create(path, magic).Commit(1, func(w *section.Writer) { section.PutTable(w, "tabl", rows, n) }); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := section.Open(path, magic, "")
	if err != nil {
		t.Fatal(err)
	}
	rows = chunk.New[uint32](2, 9)
	if err := section.GetTable(s.File(), "tabl", rows, n); err != nil {
		t.Fatal(err)
	}
	set(rows, 0, 5)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, before) {
		t.Errorf("an uncommitted change is in the file: %v", err)
	}
	rows.Grow(n + 1)
	set(rows, n, 6)
	if err := s.Commit(2, func(w *section.Writer) { section.PutTable(w, "tabl", rows, n+1) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if tag, got := open(t, path, n+1); tag != 2 || got[0] != 5 || got[1] != 1 || got[n] != 6 {
		t.Errorf("tag %d, rows %d, %d, %d", tag, got[0], got[1], got[n])
	}
}

// Ensure that whatever part of a commit reached the disk, the one before stands until the last byte, and the next commit succeeds.
func TestTorn(t *testing.T) {
	const n = 5
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	s, rows := section.Create(path, magic), table(n, 1)
	put := func(w *section.Writer) { section.PutTable(w, "tabl", rows, n) }
	if err := s.Commit(1, put); err != nil {
		t.Fatal(err)
	}
	one, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set(rows, 0, 2)
	if err := s.Commit(2, put); err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for end := len(one); end <= len(two); end++ {
		want := uint64(1)
		if end == len(two) {
			want = 2
		}
		zeros := append(bytes.Clone(two[:end]), make([]byte, len(two)-end)...)
		for kind, content := range [][]byte{two[:end], zeros} { // cut off; grown, but not all written
			write(content)
			if tag, got := open(t, path, n); tag != want || got[0] != uint32(want) {
				t.Fatalf("%d of %d bytes, kind %d: tag %d, row %d, want %d", end, len(two), kind, tag, got[0], want)
			}
			if end%16 != 0 {
				continue
			}
			s, err := section.Open(path, magic, "")
			if err != nil {
				t.Fatal(err)
			}
			rows := table(n, 3)
			if err := s.Commit(3, func(w *section.Writer) { section.PutTable(w, "tabl", rows, n) }); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if tag, got := open(t, path, n); tag != 3 || got[0] != 3 {
				t.Fatalf("%d of %d bytes, kind %d: after the next commit tag %d, row %d", end, len(two), kind, tag, got[0])
			}
		}
	}
	for end := range one {
		write(one[:end])
		if _, err := section.Open(path, magic, ""); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Fatalf("%d bytes of the first commit: got %v", end, err)
		}
		altered := bytes.Clone(one)
		altered[end] ^= 0x10
		write(altered)
		if _, err := section.Open(path, magic, ""); vitrine.CodeOf(err) != vitrine.Invalid {
			t.Fatalf("byte %d altered: got %v", end, err)
		}
	}
}

// Ensure that faults of the disk are reported and leave the file as it was.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	if _, err := section.Open(filepath.Join(dir, "nowhere"), magic, ""); vitrine.CodeOf(err) != vitrine.NotFound || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	put := func(w *section.Writer) { section.Put(w, "word", 0, []uint32{1}) }
	if err := section.Create(filepath.Join(dir, "no", "folder"), magic).Commit(1, put); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v", err)
	}
	full := errors.New("disk full")
	w := section.NewWriter(failing{full}, magic)
	put(w)
	if err := w.Finish(1, nil); !errors.Is(err, full) {
		t.Errorf("full disk: got %v", err)
	}
	var file bytes.Buffer
	w = section.NewWriter(&file, magic)
	put(w)
	if err := w.Finish(1, func() error { return full }); !errors.Is(err, full) {
		t.Errorf("no sync: got %v", err)
	}
	if _, err := section.Read(&file, magic); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("without trailer: got %v", err)
	}
	if diff := cmp.Diff(0, file.Len()); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

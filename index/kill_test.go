package index_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index"
	"vitrine/index/backup"
)

// killRoot tells a child process of this test binary which folder to work in until it is killed.
const killRoot = "VITRINE_TEST_KILL_ROOT"

// step is one thing that the child does, the same in parent and child for the same number.
type step struct {
	puts    []*vitrine.Product
	deletes []string
	reindex []*vitrine.Product
	backup  bool
	restore bool
}

func stepOf(n int) step {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	words := fmt.Sprint("step", n, " shoe")
	what := r.IntN(16)
	switch {
	case n == 0 || what < 3:
		return step{reindex: heavy(products(30, words))}
	case what == 3:
		return step{restore: true}
	case what < 6:
		return step{backup: true}
	case what < 8:
		return step{deletes: []string{fmt.Sprint("p", r.IntN(40)), fmt.Sprint("p", r.IntN(40))}}
	}
	var s step
	for range 1 + r.IntN(8) {
		s.puts = append(s.puts, product(r.IntN(40), words))
	}
	s.puts = heavy(s.puts)
	return s
}

// heavy gives products so much text that the tiny memtables of the child fill after some steps.
func heavy(list []*vitrine.Product) []*vitrine.Product {
	for _, p := range list {
		p.Description = strings.Repeat(p.Title+" ", 40)
	}
	return list
}

func (s step) kind() string {
	switch {
	case s.reindex != nil:
		return "reindex"
	case s.deletes != nil:
		return "delete"
	case s.backup:
		return "backup"
	case s.restore:
		return "restore"
	}
	return "put"
}

// killed is what the parent knows of the index and its backups.
type killed struct {
	products map[string]*vitrine.Product
	// kept is what the last snapshot holds, nil while there is none; snapshot is its name.
	kept     map[string]*vitrine.Product
	snapshot string
}

// apply is what a step does.
func (k *killed) apply(s step) {
	switch {
	case s.restore && k.kept != nil:
		k.products = maps.Clone(k.kept)
	case s.backup:
		k.kept = maps.Clone(k.products)
	case s.reindex != nil:
		clear(k.products)
	}
	for _, p := range append(s.reindex, s.puts...) {
		k.products[p.ID] = p
	}
	for _, id := range s.deletes {
		delete(k.products, id)
	}
}

func killOptions() index.Options {
	o := options(index.EngineHNSW)
	o.SaveEvery = 25
	o.Gates.MinShare = -1
	o.Catalog.Memtable = 64 << 10 // tables are written, and merged in the background, every few steps
	return o
}

func repositoryIn(tb testing.TB, root string) *backup.Repository {
	tb.Helper()
	target, err := backup.OpenFolder(filepath.Join(root, "backups"))
	if err != nil {
		tb.Fatal(err)
	}
	return backup.New(target, backup.Options{BlockBytes: 16 << 10})
}

// TestChild is not a test but the child process of TestIndexes_Killed.
func TestChild(t *testing.T) {
	root := os.Getenv(killRoot)
	if root == "" {
		t.Skip("runs as the child of TestIndexes_Killed only")
	}
	from := 0
	if _, err := fmt.Sscan(os.Getenv(killRoot+"_FROM"), &from); err != nil {
		t.Fatal(err)
	}
	fmt.Println("begin open")
	x := open(t, filepath.Join(root, "indexes"), killOptions())
	r := repositoryIn(t, root)
	fmt.Println("open")
	for n := from; ; n++ {
		s := stepOf(n)
		fmt.Println("begin", s.kind())
		if err := s.do(t.Context(), x, r); err != nil {
			t.Fatal(err)
		}
		fmt.Println("done", n)
	}
}

func (s step) do(ctx context.Context, x *index.Indexes, r *backup.Repository) error {
	switch {
	case s.reindex != nil:
		_, err := x.Reindex(ctx, "shop", source(s.reindex, nil), index.ReindexOptions{Progress: func(p index.Progress) { fmt.Println("begin reindex:", p.Stage) }})
		return err
	case s.deletes != nil:
		_, err := x.Delete(ctx, "shop", s.deletes)
		return err
	case s.backup:
		err := x.Snapshot(ctx, "shop", func(dir string, m index.Moment) error {
			saved, err := r.Save(ctx, "shop", dir, backup.Moment(m))
			if err == nil {
				fmt.Println("saved", saved.Name)
			}
			return err
		})
		if err == nil {
			fmt.Println("begin backup: prune")
			_, _, err = r.Prune(ctx, "shop", 3)
		}
		return err
	case s.restore:
		last, err := r.Find(ctx, "shop", "", time.Time{})
		if err != nil {
			if vitrine.CodeOf(err) == vitrine.NotFound {
				return nil
			}
			return err
		}
		_, err = x.Restore(ctx, "shop", index.Moment(last.Moment), func(ctx context.Context, dir string) error { return r.Fetch(ctx, last, dir) })
		return err
	}
	_, err := x.Put(ctx, "shop", s.puts)
	return err
}

// Ensure that a process killed at any instant of opening, writing, deleting, building, swapping, backing up or restoring loses nothing that it acknowledged, that
// every part agrees when it is opened again, and that every snapshot that is listed is whole. VITRINE_CRASHES sets the number of kills.
func TestIndexes_Killed(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	root := t.TempDir()
	k := &killed{products: map[string]*vitrine.Product{}}
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	rounds = max(rounds, crashes())
	next := 0
	tried := map[string]int{}
	for round := range rounds {
		end := killChild(t, r, root, next)
		for range end.acknowledged {
			k.apply(stepOf(next))
			next++
		}
		k.saved(end)
		tried[end.activity]++
		next += k.check(t, root, next, end.activity, round%20 == 0)
	}
	total := 0
	for _, activity := range slices.Sorted(maps.Keys(tried)) {
		t.Logf("| killed during %-18s | %4d | %4d | 0 |", activity, tried[activity], tried[activity])
		total += tried[activity]
	}
	t.Logf("| all, %d steps | %d | %d | 0 |", next, total, total)
}

// ending is what a child had said when it was killed.
type ending struct {
	// activity is what it was doing, acknowledged the number of steps it had done.
	activity     string
	acknowledged int
	// snapshot is the last that it named, of the step under way when pending.
	snapshot string
	pending  bool
}

// killChild runs a child from a step on and kills it some time later.
func killChild(t *testing.T, r *rand.Rand, root string, from int) (end ending) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), killRoot+"="+root, fmt.Sprint(killRoot, "_FROM=", from))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	end.activity = "open"
	lines := bufio.NewScanner(out)
	after := time.Duration(r.ExpFloat64() * float64(300*time.Millisecond))
	for lines.Scan() {
		line := lines.Text()
		said = append(said, line)
		doing, begins := strings.CutPrefix(line, "begin ")
		snapshot, saved := strings.CutPrefix(line, "saved ")
		switch {
		case line == "begin open": // the clock starts here, not when the system gets round to the child
			time.AfterFunc(after, func() { _ = child.Process.Kill() })
		case begins:
			end.activity = doing
		case saved:
			end.snapshot, end.pending = snapshot, true
		case line == fmt.Sprint("done ", from+end.acknowledged):
			end.acknowledged++
			end.activity, end.pending = "between steps", false
		case line != "open":
			t.Fatalf("child said %q", said)
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child ended by itself: %v\n%s", err, strings.Join(said, "\n"))
	}
	return end
}

// saved notes the last snapshot that the child named.
func (k *killed) saved(end ending) {
	if end.snapshot != "" {
		k.snapshot = end.snapshot
	}
	if end.pending {
		k.kept = maps.Clone(k.products)
	}
}

// check holds index and backups against what was acknowledged. It returns 1 when the step that was under way turns out to be done, else 0.
func (k *killed) check(t *testing.T, root string, next int, activity string, restore bool) (more int) {
	t.Helper()
	repository := repositoryIn(t, root)
	list, err := repository.Snapshots(t.Context(), "shop")
	if err != nil {
		t.Fatalf("killed during %s: %v", activity, err)
	}
	for _, s := range list {
		if err := repository.Check(t.Context(), s); err != nil {
			t.Fatalf("killed during %s: %v", activity, err)
		}
	}
	if len(list) > 0 && list[len(list)-1].Name != k.snapshot { // written, and the child killed before it could say so
		k.snapshot = list[len(list)-1].Name
		k.kept = maps.Clone(k.products)
	}
	x := open(t, filepath.Join(root, "indexes"), killOptions())
	defer mustClose(t, x)
	g, release, err := x.Acquire("shop")
	if vitrine.CodeOf(err) == vitrine.NotFound && len(k.products) == 0 {
		return 0 // its first generation never came to serve
	}
	if err != nil {
		t.Fatalf("killed during %s: %v", activity, err)
	}
	got := consistent(t, g)
	release()
	if cmp.Diff(k.products, got) != "" { // the step that was under way may have been finished
		k.apply(stepOf(next))
		more = 1
		if diff := cmp.Diff(k.products, got); diff != "" {
			t.Fatalf("killed during %s, step %d (-want +got):\n%s", activity, next, diff)
		}
	}
	if restore && len(list) > 0 {
		k.checkSnapshot(t, repository, list[len(list)-1])
	}
	return more
}

// checkSnapshot restores the last snapshot elsewhere.
func (k *killed) checkSnapshot(t *testing.T, r *backup.Repository, s *backup.Snapshot) {
	t.Helper()
	y := open(t, t.TempDir(), killOptions())
	defer mustClose(t, y)
	_, err := y.Restore(t.Context(), "shop", index.Moment(s.Moment), func(ctx context.Context, dir string) error { return r.Fetch(ctx, s, dir) })
	if err != nil {
		t.Fatal(err)
	}
	g, release, err := y.Acquire("shop")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if diff := cmp.Diff(k.kept, consistent(t, g)); diff != "" {
		t.Fatalf("snapshot %s (-want +got):\n%s", s.Name, diff)
	}
}

package index_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vitrine"
	"vitrine/index"
)

// killRoot tells a child process of this test binary which root folder to write to until it is killed.
const killRoot = "VITRINE_TEST_KILL_ROOT"

// step is one thing that the child does, the same in parent and child for the same number.
type step struct {
	puts    []*vitrine.Product
	deletes []string
	reindex []*vitrine.Product
}

func stepOf(n int) step {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	words := fmt.Sprint("step", n, " shoe")
	switch {
	case n == 0 || r.IntN(8) == 0:
		return step{reindex: products(30, words)}
	case r.IntN(4) == 0:
		return step{deletes: []string{fmt.Sprint("p", r.IntN(40)), fmt.Sprint("p", r.IntN(40))}}
	}
	var s step
	for range 1 + r.IntN(8) {
		s.puts = append(s.puts, product(r.IntN(40), words))
	}
	return s
}

func (s step) apply(model map[string]*vitrine.Product) {
	if s.reindex != nil {
		clear(model)
	}
	for _, p := range append(s.reindex, s.puts...) {
		model[p.ID] = p
	}
	for _, id := range s.deletes {
		delete(model, id)
	}
}

func killOptions() index.Options {
	o := options(index.EngineHNSW)
	o.SaveEvery = 25
	o.Gates.MinShare = -1
	return o
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
	x := open(t, root, killOptions())
	for n := from; ; n++ {
		s := stepOf(n)
		switch {
		case s.reindex != nil:
			mustReindex(t, x, s.reindex)
		case s.deletes != nil:
			if _, err := x.Delete(t.Context(), "shop", s.deletes); err != nil {
				t.Fatal(err)
			}
		default:
			mustPut(t, x, s.puts...)
		}
		fmt.Println("done", n)
	}
}

// Ensure a process killed at any instant loses nothing that it acknowledged, and leaves a store in which every part agrees.
func TestIndexes_Killed(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	root := t.TempDir()
	model := map[string]*vitrine.Product{}
	next := 0
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
		child.Env = append(os.Environ(), killRoot+"="+root, fmt.Sprint(killRoot, "_FROM=", next))
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		left := 2 + r.IntN(25)
		for lines.Scan() {
			line := lines.Text()
			if line != fmt.Sprint("done ", next) {
				t.Fatalf("child said %q, want step %d", line, next)
			}
			stepOf(next).apply(model)
			next++
			if left--; left == 0 {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("child ended by itself: %v", err)
		}
		x := open(t, root, killOptions())
		g, release, err := x.Acquire("shop")
		if err != nil {
			t.Fatal(err)
		}
		got := consistent(t, g)
		if cmp.Diff(model, got) != "" { // the step that was under way may have been finished
			stepOf(next).apply(model)
			next++
			if diff := cmp.Diff(model, got); diff != "" {
				t.Fatalf("after step %d (-want +got):\n%s", next, diff)
			}
		}
		release()
		mustClose(t, x)
	}
}

package index_test

import (
	"bufio"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vitrine"
	"vitrine/index"
)

// resumeRoot tells a child process of this test binary which folder to build an index in until it is killed.
const resumeRoot = "VITRINE_TEST_RESUME_ROOT"

// The products of the build, and after how many of them its source stands still.
const resumed, still = 100, 70

// stalling yields products, calls stalled when some are through, and stands still.
func stalling(list []*vitrine.Product, after int, stalled func()) iter.Seq2[*vitrine.Product, error] {
	return func(yield func(*vitrine.Product, error) bool) {
		for i, p := range list {
			if i == after {
				stalled()
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// TestResumeChild builds an index and stands still in the middle. It is the child process of the next test.
func TestResumeChild(t *testing.T) {
	root := os.Getenv(resumeRoot)
	if root == "" {
		t.Skip("the child process of TestReindex_Resume")
	}
	x := open(t, root, options(index.EngineFlat))
	stored := make(chan struct{})
	_, err := x.Reindex(t.Context(), "shop", stalling(products(resumed, "red shoe"), still, func() {
		<-stored
		fmt.Println("\nstalled")
		select {}
	}), index.ReindexOptions{Progress: func(p index.Progress) {
		if p.Stage == index.StageLoad && p.Done == still {
			close(stored)
		}
	}})
	t.Fatal(err)
}

// killWhileBuilding lets a child process build an index and kills it in the middle.
func killWhileBuilding(t *testing.T, root string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestResumeChild$")
	child.Env = append(os.Environ(), resumeRoot+"="+root)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "stalled" {
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("child ended by itself: %v", err)
	}
}

// Ensure that a reindex takes up what one that was killed had embedded, for a new index and beside one that serves, that it embeds what has changed since, and that
// nothing of the half-built generation stays in the end.
func TestReindex_Resume(t *testing.T) {
	for _, first := range []bool{true, false} {
		root := t.TempDir()
		if !first {
			x := open(t, root, options(index.EngineFlat))
			mustReindex(t, x, products(resumed, "other hat"))
			mustClose(t, x)
		}
		killWhileBuilding(t, root)
		o := options(index.EngineFlat)
		x := open(t, root, o)
		if !first && info(t, x).Documents != resumed || first && len(x.Names()) != 0 {
			t.Errorf("after the kill: %v", x.Names())
		}
		list := products(resumed, "red shoe")
		list[3] = product(3, "green shoe")
		report := mustReindex(t, x, list)
		const most = resumed - still + 1
		if report.Kept != resumed || report.Texts == 0 || report.Texts > most || report.Pictures > most || report.Resumed < still-1 {
			t.Errorf("first %v: embedded %d texts and %d pictures, at most %d; %d resumed", first, report.Texts, report.Pictures, most, report.Resumed)
		}
		fresh := open(t, t.TempDir(), options(index.EngineFlat))
		mustReindex(t, fresh, list)
		for _, words := range []string{"red shoe", "green shoe"} {
			if got, want := fmt.Sprint(answers(t, x, words)), fmt.Sprint(answers(t, fresh, words)); got != want {
				t.Errorf("%s: answers %s, want %s", words, got, want)
			}
		}
		mustClose(t, x)
		x = open(t, root, o)
		if dirs, _ := filepath.Glob(filepath.Join(root, "shop", "gen-*")); len(dirs) != map[bool]int{true: 1, false: 2}[first] {
			t.Errorf("left %v", dirs)
		}
		mustClose(t, x)
	}
}

// Ensure that closing cuts a reindex off as a crash does, that fresh takes nothing up, and that of several half-built generations one stays.
func TestReindex_ResumeAfterClose(t *testing.T) {
	root := t.TempDir()
	killWhileBuilding(t, root)
	killWhileBuilding(t, root)
	x := open(t, root, options(index.EngineFlat))
	if dirs, _ := filepath.Glob(filepath.Join(root, "shop", "gen-*")); len(dirs) != 1 {
		t.Errorf("kept %v", dirs)
	}
	r, err := x.Reindex(t.Context(), "shop", source(products(resumed, "red shoe"), nil), index.ReindexOptions{Fresh: true})
	if err != nil || r.Resumed != 0 || r.Texts != resumed {
		t.Errorf("fresh: %+v, %v", r, err)
	}
	closing := make(chan error, 1)
	_, err = x.Reindex(t.Context(), "shop", stalling(products(resumed, "blue hat"), still, func() {
		go func() { closing <- x.Close() }()
		time.Sleep(200 * time.Millisecond)
	}), index.ReindexOptions{})
	if closed := <-closing; err == nil || closed != nil {
		t.Errorf("cut off: %v, closed: %v", err, closed)
	}
	x = open(t, root, options(index.EngineFlat))
	if r := mustReindex(t, x, products(resumed, "blue hat")); r.Resumed == 0 || r.Texts >= resumed {
		t.Errorf("after closing: %+v", r)
	}
}

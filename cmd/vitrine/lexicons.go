package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"vitrine"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/retrieve/understand"
)

// lexicons hold what the words of each index mean. One is learned when its generation is built, kept as a file in the generation's folder, and
// learned again in the background after many writes; until there is one, words stand for themselves.
type lexicons struct {
	options  understand.Options
	embedder understand.Embedder

	mu      sync.Mutex
	byIndex map[string]*lexicon
	// closing ends when the lexicons are closed, and running counts what is being learned.
	closing context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// lexicon is that of one generation of an index.
type lexicon struct {
	dir      string
	seq      uint64
	products int
	reader   *understand.Reader
	learning bool
}

// lexiconFile is the name of a lexicon in the folder of its generation.
const lexiconFile = "lexicon.gob"

// The changes after which a lexicon is out of date: a share of the products, and at least so many.
const (
	staleShare   = 10
	staleChanges = 1000
)

func newLexicons(c *configs.Understanding, e understand.Embedder) *lexicons {
	l := &lexicons{
		options: understand.Options{Sure: c.Sure, Demand: c.Demand, Near: c.Near}, embedder: e, byIndex: map[string]*lexicon{},
	}
	l.closing, l.cancel = context.WithCancel(context.Background())
	return l
}

// close ends what is being learned.
func (l *lexicons) close() {
	l.cancel()
	l.running.Wait()
}

// reader returns the reader of a generation's queries, nil while there is none, and sees to it that there is one that is up to date.
func (l *lexicons) reader(indexes *index.Indexes, g *index.Generation) *understand.Reader {
	name := g.Index()
	l.mu.Lock()
	defer l.mu.Unlock()
	have := l.byIndex[name]
	if have == nil || have.dir != g.Dir() {
		have = &lexicon{dir: g.Dir()}
		if lexicon, err := loadLexicon(g); err == nil {
			have.seq, have.products, have.reader = g.Seq(), lexicon.Products(), understand.New(lexicon, l.embedder, l.options)
		} else if !errors.Is(err, fs.ErrNotExist) {
			slog.Warn("lexicon is learned anew", "index", name, "reason", err)
		}
		l.byIndex[name] = have
	}
	stale := have.reader == nil || g.Seq() > have.seq+uint64(max(staleChanges, have.products/staleShare))
	if stale && !have.learning && g.Len() > 0 && l.closing.Err() == nil {
		have.learning = true
		l.running.Go(func() {
			if err := l.learn(l.closing, indexes, name); err != nil && l.closing.Err() == nil {
				slog.Warn("lexicon", "index", name, "reason", err)
			}
		})
	}
	return have.reader
}

// learn learns the lexicon of the generation that serves an index, keeps it as a file, and puts it into service.
func (l *lexicons) learn(ctx context.Context, indexes *index.Indexes, name string) error {
	g, release, err := indexes.Acquire(name)
	if err != nil {
		return err
	}
	defer release()
	name = g.Index()
	seq := g.Seq()
	learned, err := understand.Learn(ctx, g, g.Len(), l.embedder, understand.LearnOptions{})
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if have := l.byIndex[name]; have != nil && have.dir == g.Dir() {
			have.learning, have.seq = false, seq // tried again after as many changes
		}
		return err
	}
	l.byIndex[name] = &lexicon{dir: g.Dir(), seq: seq, products: learned.Products(), reader: understand.New(learned, l.embedder, l.options)}
	return saveLexicon(g, learned)
}

func loadLexicon(g *index.Generation) (*understand.Lexicon, error) {
	f, err := os.Open(filepath.Join(g.Dir(), lexiconFile))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return understand.Load(f)
}

// saveLexicon writes the file beside and renames it, so that a crash leaves a whole one.
func saveLexicon(g *index.Generation, l *understand.Lexicon) error {
	path := filepath.Join(g.Dir(), lexiconFile)
	f, err := os.CreateTemp(g.Dir(), lexiconFile+"-*")
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "lexicon: %w", err)
	}
	err = errors.Join(l.Save(f), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Internal, "lexicon: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

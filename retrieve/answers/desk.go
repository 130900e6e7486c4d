package answers

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"vitrine"
)

// Desk is a help desk: a bank of answers, what was learned from it, and the conversations under way. Safe for concurrent use.
type Desk struct {
	options Options
	bank    *bank
	open    *journal
	// now is what answers, nil for an empty bank; seen is the change of the bank that it is from.
	now     atomic.Pointer[learned]
	changes atomic.Uint64
	seen    atomic.Uint64
	changed chan struct{}
	// learning serialises Learn, and guards vectors, those of the bank by text.
	learning sync.Mutex
	vectors  map[string][]float32

	conversations *expirable.LRU[string, conversation]
	replies       *expirable.LRU[string, given]
}

// conversation is what a session talked of last.
type conversation struct {
	question, product string
	candidates        []vitrine.FoundAnswer
}

// given is a reply that feedback may come to.
type given struct {
	question string
	entries  []string
}

// Open opens the desk of a folder and creates it when absent. It answers after [Desk.Learn].
func Open(o Options) (*Desk, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(o.Folder, 0o750); err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "help desk: %w", err)
	}
	b, err := openBank(filepath.Join(o.Folder, "bank.jsonl"))
	if err != nil {
		return nil, err
	}
	j, err := openJournal(filepath.Join(o.Folder, "unanswered.jsonl"), o.Unanswered)
	if err != nil {
		return nil, err
	}
	d := &Desk{options: o, bank: b, open: j, changed: make(chan struct{}, 1), vectors: map[string][]float32{}}
	d.conversations = expirable.NewLRU[string, conversation](o.Conversations, nil, o.Memory)
	d.replies = expirable.NewLRU[string, given](o.Conversations, nil, o.Memory)
	d.touch()
	return d, nil
}

// touch notes a change of the bank.
func (d *Desk) touch() {
	d.changes.Add(1)
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// Follow learns after every change until ctx ends.
func (d *Desk) Follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.changed:
			if err := d.Learn(ctx); err != nil && ctx.Err() == nil {
				d.options.OnError(err)
			}
		}
	}
}

// Learn takes the bank in as it is now. A desk that has not learned intents before answers by the nearest question at once, and by intents when those are learned.
func (d *Desk) Learn(ctx context.Context) error {
	d.learning.Lock()
	defer d.learning.Unlock()
	change := d.changes.Load()
	entries := d.bank.all()
	if len(entries) == 0 {
		d.now.Store(nil)
		d.seen.Store(change)
		return nil
	}
	if err := d.encode(ctx, entries); err != nil {
		return err
	}
	l, err := learn(entries, d.vectors)
	if err != nil {
		return err
	}
	// Intents of a moment ago answer better than the nearest question does, for as long as they are learned anew.
	if now := d.now.Load(); now == nil || now.intents == nil {
		d.now.Store(l)
	}
	sorted := *l
	if err := sorted.sort(ctx, d.options); err != nil {
		return err
	}
	d.now.Store(&sorted)
	d.seen.Store(change)
	return nil
}

// encode sees to it that every text of the entries has its vector, and no other.
func (d *Desk) encode(ctx context.Context, entries []vitrine.BankEntry) error {
	if d.options.Encoder == nil {
		return nil
	}
	have := map[string][]float32{}
	var missing []string
	for i := range entries {
		e := &entries[i]
		for _, text := range slices.Concat(e.Questions, e.Learned, []string{e.Answer}) {
			v, ok := d.vectors[text]
			if _, twice := have[text]; !ok && !twice {
				missing = append(missing, text)
			}
			have[text] = v
		}
	}
	vectors, err := d.options.Encoder.Texts(ctx, missing)
	if err != nil {
		return err
	}
	for i, v := range vectors {
		have[missing[i]] = v[vitrine.SpaceText]
	}
	d.vectors = have
	return nil
}

// Import adds the rows of a file to the bank, durably; see [Read].
func (d *Desk) Import(name, format string, r io.Reader) (*vitrine.BankReport, error) {
	rows, err := Read(name, format, r)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, vitrine.Errorf(vitrine.Invalid, "bank %s: holds no question with an answer", name)
	}
	var report *vitrine.BankReport
	err = d.change(func(entries []vitrine.BankEntry) ([]vitrine.BankEntry, error) {
		entries, report = merge(entries, rows, d.options)
		return entries, nil
	})
	return report, err
}

func (d *Desk) change(f func([]vitrine.BankEntry) ([]vitrine.BankEntry, error)) error {
	if err := d.bank.change(f); err != nil {
		return err
	}
	d.touch()
	return nil
}

// Put inserts or replaces an entry, durably.
func (d *Desk) Put(e vitrine.BankEntry) error {
	if e.ID == "" {
		return vitrine.Errorf(vitrine.Invalid, "entry: field id is empty")
	}
	return d.change(func(entries []vitrine.BankEntry) ([]vitrine.BankEntry, error) {
		entries = slices.DeleteFunc(entries, func(have vitrine.BankEntry) bool { return have.ID == e.ID })
		row := Row{ID: e.ID, Questions: e.Questions, Answer: e.Answer, Intent: e.Intent, Source: e.Source}
		if e.Answer == "" {
			row.Problem = "the answer is empty"
		}
		entries, report := merge(entries, []Row{row}, d.options)
		if len(report.Rejected) > 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "entry %q: %s", e.ID, report.Rejected[0].Reason)
		}
		last := &entries[len(entries)-1]
		last.Learned, last.Refused = e.Learned, e.Refused
		return entries, nil
	})
}

// Delete removes an entry, or reports NotFound.
func (d *Desk) Delete(id string) error {
	return d.change(func(entries []vitrine.BankEntry) ([]vitrine.BankEntry, error) {
		left := slices.DeleteFunc(entries, func(e vitrine.BankEntry) bool { return e.ID == id })
		if len(left) == len(entries) {
			return nil, vitrine.Errorf(vitrine.NotFound, "entry %q: is not in the bank", id)
		}
		return left, nil
	})
}

// Entries returns all entries, which must not be changed.
func (d *Desk) Entries() []vitrine.BankEntry { return d.bank.all() }

// Info describes the bank.
func (d *Desk) Info() vitrine.BankInfo {
	entries := d.bank.all()
	info := vitrine.BankInfo{Entries: len(entries), Ranking: "nearest", Current: d.seen.Load() == d.changes.Load(), Problems: problems(entries)}
	for i := range entries {
		info.Questions += len(entries[i].Questions) + len(entries[i].Learned)
	}
	if l := d.now.Load(); l != nil && l.intents != nil {
		info.Ranking = "intents"
	}
	return info
}

// Close ends the desk; [Desk.Follow] must have returned.
func (d *Desk) Close() error { return errors.Join(d.open.close()) }

// feedbackLimit is how many questions an entry learns, and how many it is refused for.
const feedbackLimit = 200

// Feedback takes in whether an answer helped, durably: its question then becomes one of the entry's, or is kept from it. An unknown reply is NotFound.
func (d *Desk) Feedback(f vitrine.AnswerFeedback) error {
	g, ok := d.replies.Get(f.Reply)
	if !ok {
		return vitrine.Errorf(vitrine.NotFound, "reply %q: is unknown, or too long ago", f.Reply)
	}
	if f.Entry == "" && len(g.entries) > 0 {
		f.Entry = g.entries[0]
	}
	if !slices.Contains(g.entries, f.Entry) {
		return vitrine.Errorf(vitrine.Invalid, "field entry: %q was not among the answers of reply %q", f.Entry, f.Reply)
	}
	return d.change(func(entries []vitrine.BankEntry) ([]vitrine.BankEntry, error) {
		i := slices.IndexFunc(entries, func(e vitrine.BankEntry) bool { return e.ID == f.Entry })
		if i < 0 {
			return nil, vitrine.Errorf(vitrine.NotFound, "entry %q: is no longer in the bank", f.Entry)
		}
		e := &entries[i]
		same := func(q string) bool { return plain(q) == plain(g.question) }
		e.Learned, e.Refused = slices.DeleteFunc(slices.Clone(e.Learned), same), slices.DeleteFunc(slices.Clone(e.Refused), same)
		list := &e.Refused
		if f.Helpful {
			list = &e.Learned
			if slices.ContainsFunc(e.Questions, same) {
				return entries, nil
			}
		}
		*list = append(*list, g.question)
		*list = (*list)[max(0, len(*list)-feedbackLimit):]
		return entries, nil
	})
}

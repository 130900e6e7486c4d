package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"vitrine"
	"vitrine/rerank/rules"
	"vitrine/retrieve"
)

// rulesKey is the key of the index setting that holds the rule book.
const rulesKey = "rules"

// merchandise holds the rule books of the indexes, ready to be asked.
type merchandise struct {
	// changing is held from reading a book to keeping the next.
	changing sync.Mutex
	mu       sync.Mutex
	books    map[string]openBook
}

// openBook is a rule book as a version of the setting has it.
type openBook struct {
	version uint64
	book    *vitrine.RuleBook
	set     *rules.Set
}

// RuleBook returns the rules and boosts of an index; the caller must not change them.
func (e *engine) RuleBook(_ context.Context, name string) (*vitrine.RuleBook, error) {
	b, err := e.openBook(name)
	return b.book, err
}

func (e *engine) openBook(name string) (openBook, error) {
	m := e.merchandise
	m.mu.Lock()
	defer m.mu.Unlock()
	setting, err := e.indexes.Setting(name, rulesKey)
	if err != nil {
		return openBook{}, err
	}
	if b, ok := m.books[name]; ok && b.version == setting.Version {
		return b, nil
	}
	book, err := vitrine.ParseRuleBook(setting.Data)
	if err != nil {
		return openBook{}, vitrine.Errorf(vitrine.Internal, "stored rules of index %q: %w", name, err)
	}
	if m.books == nil {
		m.books = map[string]openBook{}
	}
	b := openBook{setting.Version, book, rules.New(book, nil)}
	m.books[name] = b
	return b, nil
}

// rules returns the rules of an index as retrieval takes them. Rules that cannot be read are no reason not to search.
func (e *engine) rules(name string) retrieve.Rules {
	b, err := e.openBook(name)
	if err != nil {
		if vitrine.CodeOf(err) != vitrine.NotFound {
			slog.Error("no rules", "index", name, "reason", err)
		}
		return nil
	}
	return b.set
}

// ChangeRules lets change make another book of the present one and keeps that, one change after the other.
func (e *engine) ChangeRules(_ context.Context, name string, change func(*vitrine.RuleBook) (*vitrine.RuleBook, error)) error {
	e.merchandise.changing.Lock()
	defer e.merchandise.changing.Unlock()
	b, err := e.openBook(name)
	if err != nil {
		return err
	}
	book, err := change(b.book)
	if err != nil {
		return err
	}
	if err := book.Validate(); err != nil {
		return err
	}
	data, err := json.Marshal(book)
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "rules: %w", err)
	}
	return e.indexes.SetSetting(name, rulesKey, data)
}

// PreviewRules answers the query as the rules are, and as they would be with the draft; without a draft, as it would be answered without rules and as it is.
func (e *engine) PreviewRules(ctx context.Context, name string, q vitrine.Query, draft *vitrine.Rule, at time.Time) (before, after *vitrine.Results, err error) {
	b, err := e.openBook(name)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now
	if !at.IsZero() {
		now = func() time.Time { return at }
	}
	books := []*vitrine.RuleBook{{}, b.book}
	if draft != nil {
		if err := draft.Validate(); err != nil {
			return nil, nil, err
		}
		books = []*vitrine.RuleBook{b.book, b.book.With(*draft)}
	}
	answers := make([]*vitrine.Results, len(books))
	for i, book := range books {
		r, release, err := e.retrieverWith(name, func(p *retrieve.Parts, _ *retrieve.Options) { p.Rules = rules.New(book, now) })
		if err != nil {
			return nil, nil, err
		}
		answers[i], err = r.Search(ctx, q)
		release()
		if err != nil {
			return nil, nil, err
		}
	}
	return answers[0], answers[1], nil
}

package index

import (
	"context"

	"vitrine"
	"vitrine/index/catalog"
)

// intent is an entry that a writer wants stored.
type intent struct {
	catalog.Entry
	// expect is the version that the product must have when it is stored, "" when it must not be there; nil allows anything.
	expect *string
	// before is the version that it had, "" when it was not there; version is the entry's.
	before, version string
	// stale tells that the product had another version than expected, and that nothing was stored.
	stale bool
}

// commit is the intents of one writer, which are stored together.
type commit struct {
	intents []intent
	done    bool
	stored  bool
	err     error
}

// commit stores the intents. Writers that wait for their turn are served by the one whose turn it is, in one batch with one sync of the disk:
// that is what makes many small writes as fast as a few large ones. Once it is begun a commit goes on when ctx ends.
func (n *named) commit(ctx context.Context, intents []intent) (stored bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	c := &commit{intents: intents}
	n.queueMu.Lock()
	n.queue = append(n.queue, c)
	n.queueMu.Unlock()
	n.write.Lock()
	defer n.write.Unlock()
	for !c.done {
		n.flush(context.WithoutCancel(ctx), n.take())
	}
	return c.stored, c.err
}

// take returns the commits that wait, up to a batch of entries.
func (n *named) take() []*commit {
	n.queueMu.Lock()
	defer n.queueMu.Unlock()
	entries, count := 0, 0
	for count < len(n.queue) && (count == 0 || entries+len(n.queue[count].intents) <= followBatch) {
		entries += len(n.queue[count].intents)
		count++
	}
	taken := n.queue[:count:count]
	n.queue = n.queue[count:]
	return taken
}

// flush stores commits together; when that fails, each on its own, so that none pays for another's fault. The caller holds the write lock.
func (n *named) flush(ctx context.Context, commits []*commit) {
	stored, err := n.store(ctx, commits)
	if err != nil && !stored && len(commits) > 1 {
		for _, c := range commits {
			n.flush(ctx, []*commit{c})
		}
		return
	}
	for _, c := range commits {
		c.done, c.stored, c.err = true, stored, err
	}
}

// store writes the intents to the generation that serves now, which need not be the one their vectors were looked up in.
func (n *named) store(ctx context.Context, commits []*commit) (stored bool, err error) {
	g, err := n.acquire()
	if err != nil {
		return false, err
	}
	defer g.release()
	var ids []string
	for _, c := range commits {
		for i := range c.intents {
			ids = append(ids, c.intents[i].Product.ID)
		}
	}
	versions, err := g.versions(ctx, ids)
	if err != nil {
		return false, err
	}
	var entries []catalog.Entry
	for _, c := range commits {
		for i := range c.intents {
			t := &c.intents[i]
			id := t.Product.ID
			t.before = versions[id]
			if t.stale = t.expect != nil && *t.expect != t.before; !t.stale {
				versions[id] = t.version
				entries = append(entries, t.Entry)
			}
		}
	}
	if len(entries) == 0 {
		return true, nil
	}
	return g.put(ctx, entries)
}

// versions are those of the products that there are.
func (g *Generation) versions(ctx context.Context, ids []string) (map[string]string, error) {
	products, err := g.catalog.Find(ctx, ids)
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string, len(ids))
	for _, p := range products {
		if p != nil {
			versions[p.ID] = p.Version()
		}
	}
	return versions, nil
}

// intents are entries without conditions.
func intents(entries []catalog.Entry) []intent {
	list := make([]intent, len(entries))
	for i, e := range entries {
		list[i] = intent{Entry: e, version: e.Product.Version()}
	}
	return list
}

// statusOf tells what storing an intent did.
func (t *intent) statusOf() string {
	switch t.before {
	case "":
		return vitrine.Created
	case t.version:
		return vitrine.Unchanged
	}
	return vitrine.Updated
}

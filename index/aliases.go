package index

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vitrine"
)

// Alias is another name of an index: everything that takes the name of an index takes an alias too.
type Alias struct {
	Name  string `json:"alias"`
	Index string `json:"index"`
	// Error is why the alias leads nowhere; empty when it does not.
	Error string `json:"error,omitempty"`
}

// aliasFile is what the file aliases.json in the root holds. It is replaced whole at every change.
type aliasFile struct {
	Format  int               `json:"format"`
	Aliases map[string]string `json:"aliases"`
}

func aliasesPath(root string) string { return filepath.Join(root, "aliases.json") }

// readAliases reads the aliases of a root; without a file there are none.
func readAliases(root string) (map[string]string, error) {
	var f aliasFile
	err := readJSON(aliasesPath(root), &f)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case f.Format != formatVersion:
		return nil, vitrine.Errorf(vitrine.Conflict, "aliases.json: format %d, this program reads %d", f.Format, formatVersion)
	}
	for alias, index := range f.Aliases {
		if !isName(alias) || !isName(index) {
			return nil, vitrine.Errorf(vitrine.Internal, "aliases.json: damaged: %q cannot lead to %q", alias, index)
		}
	}
	return f.Aliases, nil
}

// Aliases lists the aliases by name. When their file cannot be read, the error says why.
func (x *Indexes) Aliases() ([]Alias, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.aliasFault != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(x.aliasFault), "aliases: %w", x.aliasFault)
	}
	list := make([]Alias, 0, len(x.aliases))
	for _, name := range slices.Sorted(maps.Keys(x.aliases)) {
		a := Alias{Name: name, Index: x.aliases[name]}
		switch _, exists := x.byName[a.Index]; {
		case x.byName[name] != nil:
			a.Error = "there is an index of this name"
		case !exists:
			a.Error = "the index does not exist"
		}
		list = append(list, a)
	}
	return list, nil
}

// Resolve returns the index that an alias leads to; any other name, as that of an index, is returned as it is.
func (x *Indexes) Resolve(name string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if index, ok := x.aliases[name]; ok && x.byName[name] == nil {
		return index
	}
	return name
}

// ChangeAliases points aliases at indexes, each by its own name, and removes those that are pointed at "". All change at one instant, or with an error none: a request by
// an alias finds the index of before or the one of now. The change is durable on return, and as long as an alias leads to an index, that cannot be dropped.
//
// A name that cannot be one has code Invalid, an alias of an index's name Conflict, an index that does not exist or an alias to remove that there is none of NotFound, an
// index that does not serve Unavailable; each is named. A damaged file of aliases is kept beside as aliases.json.damaged, and begun anew.
func (x *Indexes) ChangeAliases(changes map[string]string) error {
	x.aliasWrite.Lock()
	defer x.aliasWrite.Unlock()
	x.mu.Lock()
	before, fault := x.aliases, x.aliasFault
	x.mu.Unlock()
	next := map[string]string{}
	maps.Copy(next, before)
	for _, alias := range slices.Sorted(maps.Keys(changes)) {
		index := changes[alias]
		if index == "" && fault != nil {
			return vitrine.Errorf(vitrine.CodeOf(fault), "alias %q: %w", alias, fault)
		}
		if err := x.checkAlias(alias, index, before); err != nil {
			return err
		}
		if next[alias] = index; index == "" {
			delete(next, alias)
		}
	}
	path := aliasesPath(x.root)
	if fault != nil {
		if err := os.Rename(path, path+".damaged"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return vitrine.Errorf(vitrine.Internal, "aliases: %w", err)
		}
	}
	if err := writeJSON(path, aliasFile{formatVersion, next}); err != nil {
		// The file may have been replaced all the same; the next start must find what is true now.
		return vitrine.Errorf(vitrine.Internal, "aliases: %w", errors.Join(err, writeJSON(path, aliasFile{formatVersion, before})))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.aliases, x.aliasFault = next, nil
	return nil
}

// checkAlias reports why an alias cannot lead to an index, or, when that is "", not be removed.
func (x *Indexes) checkAlias(alias, index string, before map[string]string) error {
	if vitrine.ValidateIndexName(alias) != nil {
		return vitrine.Errorf(vitrine.Invalid, "alias %q: give 1 to 64 of a-z, 0-9, - and _", alias)
	}
	old, exists := before[alias]
	if index == "" {
		if !exists {
			return vitrine.Errorf(vitrine.NotFound, "alias %q: does not exist", alias)
		}
		return nil
	}
	x.mu.Lock()
	taken, n, closed := x.byName[alias] != nil, x.byName[index], x.closed
	x.mu.Unlock()
	_, chained := before[index]
	switch {
	case closed:
		return vitrine.Errorf(vitrine.Unavailable, "indexes are closed")
	case taken:
		return vitrine.Errorf(vitrine.Conflict, "alias %q: is the name of an index", alias)
	case n == nil && chained:
		return vitrine.Errorf(vitrine.Invalid, "alias %q: %q is an alias itself; name the index", alias, index)
	case n == nil:
		return vitrine.Errorf(vitrine.NotFound, "alias %q: index %q does not exist", alias, index)
	case old == index:
		return nil
	}
	g, err := n.acquire()
	if err != nil {
		return vitrine.Errorf(vitrine.CodeOf(err), "alias %q: %w", alias, err)
	}
	g.release()
	return nil
}

// pointing lists the aliases that lead to an index, sorted.
func (x *Indexes) pointing(index string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []string
	for alias, to := range x.aliases {
		if to == index {
			list = append(list, alias)
		}
	}
	slices.Sort(list)
	return list
}

// undroppable reports the aliases that an index would leave behind. The caller holds aliasWrite, so that none comes to it.
func (x *Indexes) undroppable(name string) error {
	if aliases := x.pointing(name); len(aliases) > 0 {
		return vitrine.Errorf(vitrine.Conflict, "index %q: aliases lead to it: %s; move or remove them first", name, strings.Join(aliases, ", "))
	}
	return nil
}

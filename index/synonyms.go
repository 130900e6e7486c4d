package index

import (
	"encoding/json"
	"errors"
	"slices"

	"vitrine"
)

// synonymsKey is the key of the setting that holds the synonyms of an index.
const synonymsKey = "synonyms"

// Synonyms returns the synonyms that an index has of its own, beside those of [Options].Keyword. An unknown index has code NotFound.
func (x *Indexes) Synonyms(name string) ([]vitrine.Synonym, error) {
	n, err := x.named(name)
	if err != nil {
		return nil, err
	}
	return n.ownSynonyms()
}

// SetSynonyms replaces the synonyms that an index has of its own. The next search heeds them; on return they are durable, and every later generation
// has them. When one is bad, the error has code Invalid and names it, and nothing changes.
func (x *Indexes) SetSynonyms(name string, list []vitrine.Synonym) error {
	n, err := x.named(name)
	if err != nil {
		return err
	}
	n.synonymsMu.Lock()
	defer n.synonymsMu.Unlock()
	g, err := n.acquire()
	if err != nil {
		return err
	}
	defer g.release()
	before, err := n.ownSynonyms()
	if err != nil {
		before = nil // kept badly, and replaced now
	}
	data, err := json.Marshal(slices.Concat([]vitrine.Synonym{}, list)) // an empty list, not null
	if err != nil {
		return vitrine.Errorf(vitrine.Invalid, "synonyms: %w", err)
	}
	if err := g.setSynonyms(list); err != nil {
		return err
	}
	if err := n.setSetting(synonymsKey, data); err != nil {
		return errors.Join(err, g.setSynonyms(before))
	}
	return nil
}

func (n *named) ownSynonyms() ([]vitrine.Synonym, error) {
	setting, err := n.setting(synonymsKey)
	if err != nil || setting.Data == nil {
		return nil, err
	}
	var list []vitrine.Synonym
	if err := json.Unmarshal(setting.Data, &list); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "stored synonyms of index %q: %w", n.name, err)
	}
	return list, nil
}

// giveSynonyms gives a generation that does not serve yet the synonyms of its index. Those that cannot be used are no reason not to search.
func (n *named) giveSynonyms(g *Generation) {
	list, err := n.ownSynonyms()
	if err == nil {
		err = g.setSynonyms(list)
	}
	if err != nil {
		g.note("synonyms of the index are not in use: " + err.Error())
	}
}

// setSynonyms makes searches heed own synonyms and, after them, those of the options: an error counts from the first of list.
func (g *Generation) setSynonyms(list []vitrine.Synonym) error {
	return g.keyword.SetSynonyms(slices.Concat(list, g.options.Keyword.Synonyms))
}

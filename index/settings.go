package index

import (
	"encoding/json"
	"errors"

	"vitrine"
)

// settingsKey is the key of the setting that holds how an index is searched.
const settingsKey = "settings"

// Settings returns what [Indexes.SetSettings] kept for an index. An unknown index has code NotFound.
func (x *Indexes) Settings(name string) (Setting, error) { return x.Setting(name, settingsKey) }

// SetSettings keeps how an index is searched, as JSON that [Options].Tuning reads. The next search heeds it; on return it is durable, and every later generation has it, as
// has an index that is restored from a snapshot. What Tuning or the keyword index refuses has code Invalid, and nothing changes.
func (x *Indexes) SetSettings(name string, data []byte) error {
	n, err := x.named(name)
	if err != nil {
		return err
	}
	if !json.Valid(data) {
		return vitrine.Errorf(vitrine.Invalid, "settings of index %q: are not JSON", name)
	}
	n.synonymsMu.Lock()
	defer n.synonymsMu.Unlock()
	g, err := n.acquire()
	if err != nil {
		return err
	}
	defer g.release()
	before, err := n.setting(settingsKey)
	if err != nil {
		return err
	}
	if err := g.tune(data); err != nil {
		return err
	}
	if err := n.setSetting(settingsKey, data); err != nil {
		return errors.Join(err, g.tune(before.Data))
	}
	return nil
}

// giveSettings gives a generation that does not serve yet the settings and synonyms of its index. Those that cannot be used are no reason not to search.
func (n *named) giveSettings(g *Generation) {
	s, err := n.setting(settingsKey)
	if err == nil && s.Data != nil {
		err = g.tune(s.Data)
	}
	if err != nil {
		g.note("settings of the index are not in use: " + err.Error())
	}
	n.giveSynonyms(g)
}

// tune makes searches by keyword heed settings; nil are those of the options alone.
func (g *Generation) tune(settings []byte) error {
	tuning := g.options.Keyword.Tuning()
	if g.options.Tuning != nil && settings != nil {
		var err error
		if tuning, err = g.options.Tuning(settings); err != nil {
			return err
		}
	}
	return g.keyword.Tune(tuning)
}

package index

import (
	"maps"
	"time"

	"vitrine"
)

// Info describes an index for people who run it.
type Info struct {
	Name string `json:"name"`
	// Aliases are its other names, sorted.
	Aliases []string `json:"aliases,omitempty"`
	// Generation is the number of the one that serves, Previous that of the one kept for rollback; 0 is none.
	Generation int       `json:"generation"`
	Previous   int       `json:"previous,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	Activated  time.Time `json:"activated,omitzero"`
	Documents  int       `json:"documents"`
	// Seq is the number of the last change.
	Seq    uint64           `json:"seq"`
	Engine string           `json:"engine,omitempty"`
	Spaces map[string]Space `json:"spaces,omitempty"`
	// Vectors counts the vectors of each space that can be searched.
	Vectors map[string]int `json:"vectors,omitempty"`
	// Building tells that a reindex, rollback or drop is under way.
	Building bool `json:"building"`
	// Notes say what was healed when the index was opened, and which spaces are out of service.
	Notes []string `json:"notes,omitempty"`
	// Error is why the index does not serve; empty when it does.
	Error string `json:"error,omitempty"`
}

// Info describes an index, given by its name or an alias; an unknown one has code NotFound.
func (x *Indexes) Info(name string) (Info, error) {
	n, err := x.named(name)
	if err != nil {
		return Info{}, err
	}
	aliases := x.pointing(n.name)
	g, err := n.acquire()
	n.mu.Lock()
	info := Info{Name: n.name, Aliases: aliases, Generation: n.alias.Current, Previous: n.alias.Previous, Building: n.building}
	if n.note != "" {
		info.Notes = append(info.Notes, n.note)
	}
	n.mu.Unlock()
	if err != nil {
		if vitrine.CodeOf(err) == vitrine.Unavailable {
			info.Error = err.Error()
		}
		return info, nil
	}
	defer g.release()
	g.describe(&info)
	return info, nil
}

// describe fills in what the generation knows.
func (g *Generation) describe(info *Info) {
	info.Generation = g.number
	info.Created, info.Activated = g.manifest.Created, g.manifest.Activated
	info.Documents, info.Seq = g.catalog.Len(), g.catalog.Seq()
	info.Engine, info.Spaces = g.manifest.Engine, maps.Clone(g.manifest.Spaces)
	info.Notes = append(info.Notes, g.notes...)
	info.Vectors = map[string]int{}
	for name, s := range g.spaces {
		info.Vectors[name] = s.engine.Len()
	}
}

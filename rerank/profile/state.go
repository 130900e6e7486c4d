package profile

import (
	"slices"
	"time"

	"vitrine"

	"github.com/fxamacker/cbor/v2"
)

// Given is what the shop says of a shopper; zero fields are unknown.
type Given struct {
	Gender string `json:"gender,omitempty" cbor:"g,omitempty"`
	Age    int    `json:"age,omitempty" cbor:"a,omitempty"`
	Region string `json:"region,omitempty" cbor:"r,omitempty"`
}

// State is everything that a profile is read from; the zero value is that of a stranger. It is not safe for concurrent use.
type State struct {
	// Basis names the models and rules that the state was folded with; another basis makes it worthless.
	Basis string `cbor:"b,omitempty"`
	// Seq is the number of the last event that is in it.
	Seq     uint64        `cbor:"n"`
	Given   Given         `cbor:"g,omitzero"`
	Events  int           `cbor:"e"`
	Updated int64         `cbor:"u"`
	Acts    []vitrine.Act `cbor:"a,omitempty"`
	Taste   taste         `cbor:"t"`
	Visit   visit         `cbor:"v"`
}

// visit is the present visit.
type visit struct {
	Session string   `cbor:"s,omitempty"`
	Started int64    `cbor:"b"`
	Last    int64    `cbor:"l"`
	Events  int      `cbor:"e"`
	Queries []string `cbor:"q,omitempty"`
	Taste   taste    `cbor:"t"`
}

// Encode writes the state as bytes.
func (s *State) Encode() ([]byte, error) {
	b, err := cbor.Marshal(s)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "profile: %w", err)
	}
	return b, nil
}

// DecodeState reads what [State.Encode] wrote.
func DecodeState(b []byte) (*State, error) {
	s := &State{}
	if err := cbor.Unmarshal(b, s); err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "stored profile: %w", err)
	}
	return s, nil
}

// Folder folds events into states by its rules. It is immutable and safe for concurrent use.
type Folder struct{ rules Rules }

// NewFolder returns a folder of the given rules.
func NewFolder(r Rules) *Folder { return &Folder{rules: r.withDefaults()} }

// Moves reports whether an event of this kind changes a profile at all, so that nobody looks up the product of one that does not.
func (f *Folder) Moves(kind vitrine.EventKind) bool {
	return kind == vitrine.EventSearch || f.rules.Weights[kind] != 0
}

// Apply folds one event into the state. A nil item is a product that is not in the catalogue.
func (f *Folder) Apply(s *State, e *vitrine.Event, item *Item) {
	if !f.Moves(e.Kind) {
		return
	}
	at := e.Time.UnixMilli()
	s.Events++
	s.Updated = max(s.Updated, at)
	present := s.Visit.join(f, e)
	if present && e.Kind == vitrine.EventSearch && e.Query != "" {
		s.Visit.Queries = remember(s.Visit.Queries, e.Query)
	}
	if e.Product == "" {
		return
	}
	s.remember(f, e)
	if item == nil || item.Product == nil {
		return
	}
	weight := f.rules.Weights[e.Kind]
	if e.Kind == vitrine.EventRating {
		const neutral = 3
		weight *= e.Value - neutral
	}
	if weight == 0 {
		return
	}
	s.Taste.add(f, e, item, weight, f.rules.HalfLife)
	if present {
		s.Visit.Taste.add(f, e, item, weight, f.rules.VisitHalfLife)
	}
}

// remember puts the act among the latest, by time.
func (s *State) remember(f *Folder, e *vitrine.Event) {
	act := vitrine.Act{Kind: e.Kind, Product: e.Product, Value: e.Value, Time: e.Time.UTC().Truncate(time.Millisecond)}
	i := 0
	for i < len(s.Acts) && s.Acts[i].Time.After(act.Time) {
		i++
	}
	if i >= f.rules.Acts {
		return
	}
	s.Acts = slices.Insert(s.Acts, i, act)
	s.Acts = s.Acts[:min(len(s.Acts), f.rules.Acts)]
}

// join counts the event into the visit, into a new one when the old one is over, and reports whether it belongs to the present visit: a late
// event of an earlier visit does not.
func (v *visit) join(f *Folder, e *vitrine.Event) bool {
	at, gap := e.Time.UnixMilli(), f.rules.VisitGap.Milliseconds()
	same := v.Events > 0 && (e.Session == v.Session || e.Session == "" || v.Session == "")
	switch {
	case same && at-v.Last <= gap && v.Started-at <= gap:
	case v.Events > 0 && at <= v.Last:
		return false
	default:
		*v = visit{Started: at}
	}
	if e.Session != "" {
		v.Session = e.Session
	}
	v.Started, v.Last = min(v.Started, at), max(v.Last, at)
	v.Events++
	return true
}

// Profile reads the profile of a state as of a moment, without Inferred and Reasons.
func (f *Folder) Profile(user string, s *State, now time.Time) *vitrine.Profile {
	at := now.UnixMilli()
	p := &vitrine.Profile{
		User: user, Gender: s.Given.Gender, Age: s.Given.Age, Region: s.Given.Region, Events: s.Events,
		Acts:       slices.Clone(s.Acts),
		Affinities: s.Taste.affinities(at, f.rules.HalfLife, f.rules.Prior),
		Price:      s.Taste.Price.taste(),
		Interests:  interests(s.Taste.Spaces, at, f.rules.HalfLife),
	}
	seen := make(map[string]bool, len(s.Acts))
	for _, a := range s.Acts {
		if !seen[a.Product] {
			seen[a.Product] = true
			p.History = append(p.History, a.Product)
		}
	}
	if s.Updated > 0 {
		p.Updated = time.UnixMilli(s.Updated).UTC()
	}
	if v := &s.Visit; v.Events > 0 && at-v.Last <= f.rules.VisitGap.Milliseconds() {
		p.Intent = &vitrine.Intent{
			Session: v.Session, Started: time.UnixMilli(v.Started).UTC(), Events: v.Events, Queries: slices.Clone(v.Queries),
			Affinities: v.Taste.affinities(at, f.rules.VisitHalfLife, f.rules.Prior),
			Price:      v.Taste.Price.taste(),
			Interests:  interests(v.Taste.Spaces, at, f.rules.VisitHalfLife),
		}
	}
	return p
}

package experiment

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"

	"vitrine"
)

// Experiment compares variants on the searches of one index.
type Experiment struct {
	// Name and the names of variants are 1 to 24 of a-z, 0-9, - and _.
	Name string `yaml:"name"`
	// Index is the index whose searches take part; empty is the default index.
	Index string `yaml:"index"`
	// Interleave answers every search of a known shopper by both of two variants, interleaved, instead of splitting the shoppers.
	Interleave bool `yaml:"interleave"`
	// Variants begin with the control, which also answers those who are not known. There are at least two.
	Variants []Variant `yaml:"variants"`
}

// Variant is one way to answer.
type Variant struct {
	Name string `yaml:"name"`
	// Share is the part of the shoppers that get the variant, in 0 … 1; those of an experiment sum to 1. Interleaved variants have none.
	Share float64 `yaml:"share"`
	// Mode, Understand, Fusion and Weights replace the settings where they are given; a control gives none as a rule.
	Mode       vitrine.Mode       `yaml:"mode"`
	Understand *bool              `yaml:"understand"`
	Fusion     string             `yaml:"fusion"`
	Weights    map[string]float64 `yaml:"weights"`
}

// longestName keeps [List] within the 64 bytes of an event's list.
const longestName = 24

// Validate reports the first fault with code [vitrine.Invalid], naming experiment and variant. The names of fusions and legs are for the caller to check.
func (e *Experiment) Validate() error {
	if !validName(e.Name) {
		return vitrine.Errorf(vitrine.Invalid, "name %q: is not 1 to %d of a-z, 0-9, - and _", e.Name, longestName)
	}
	if len(e.Variants) < 2 || e.Interleave && len(e.Variants) != 2 {
		return vitrine.Errorf(vitrine.Invalid, "experiment %s: %d variants; to split takes at least two, to interleave two", e.Name, len(e.Variants))
	}
	sum, seen := 0.0, map[string]bool{}
	for _, v := range e.Variants {
		switch {
		case !validName(v.Name):
			return vitrine.Errorf(vitrine.Invalid, "experiment %s: variant %q: the name is not 1 to %d of a-z, 0-9, - and _", e.Name, v.Name, longestName)
		case seen[v.Name]:
			return vitrine.Errorf(vitrine.Invalid, "experiment %s: variant %s: comes twice", e.Name, v.Name)
		case e.Interleave && v.Share != 0:
			return vitrine.Errorf(vitrine.Invalid, "experiment %s: variant %s: has a share, but both variants answer when they are interleaved", e.Name, v.Name)
		case !(v.Share >= 0 && v.Share <= 1):
			return vitrine.Errorf(vitrine.Invalid, "experiment %s: variant %s: share %v is not in 0 … 1", e.Name, v.Name, v.Share)
		}
		switch v.Mode {
		case "", vitrine.ModeKeyword, vitrine.ModeVector, vitrine.ModeHybrid, vitrine.ModeRanked:
		default:
			return vitrine.Errorf(vitrine.Invalid, "experiment %s: variant %s: mode %q is none of keyword, vector, hybrid, ranked", e.Name, v.Name, v.Mode)
		}
		for leg, w := range v.Weights {
			if !(w >= 0) || math.IsInf(w, 0) {
				return vitrine.Errorf(vitrine.Invalid, "experiment %s: variant %s: weight %v of %s is not 0 or more", e.Name, v.Name, w, leg)
			}
		}
		seen[v.Name] = true
		sum += v.Share
	}
	if !e.Interleave && math.Abs(sum-1) > 1e-9 {
		return vitrine.Errorf(vitrine.Invalid, "experiment %s: the shares sum to %v, not to 1", e.Name, sum)
	}
	return nil
}

func validName(name string) bool {
	return name != "" && len(name) <= longestName && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// Unit names whom a variant sticks to: the user, else the session; "" is nobody known.
func Unit(user, session string) string { return cmp.Or(user, session) }

// Assign returns the variant of a unit, always the same for the same name of the experiment, unit and shares; nobody known gets the control.
func (e *Experiment) Assign(unit string) *Variant {
	if unit == "" {
		return &e.Variants[0]
	}
	place, upto, last := float64(hash(e.Name, unit)>>11)/(1<<53), 0.0, 0
	for i, v := range e.Variants {
		if v.Share == 0 {
			continue
		}
		last = i
		if upto += v.Share; place < upto {
			break
		}
	}
	return &e.Variants[last]
}

// Takes tells whether a query takes part: one that itself says what a variant would change does not, nor does one whose order is not a ranking when
// rankings are to be interleaved.
func (e *Experiment) Takes(q *vitrine.Query) bool {
	for _, v := range e.Variants {
		if v.Mode != "" && q.Mode != "" || v.Understand != nil && q.Understand != nil {
			return false
		}
	}
	return !e.Interleave || len(q.Sort) == 0 && q.Cursor == "" && (q.Collapse == "" || q.Collapse == vitrine.FieldGroup)
}

// Apply returns the query as the variant asks it.
func (v *Variant) Apply(q vitrine.Query) vitrine.Query {
	q.Mode = cmp.Or(v.Mode, q.Mode)
	if v.Understand != nil {
		q.Understand = v.Understand
	}
	return q
}

// List is the name of the place where a variant showed a product, for [vitrine.Event.List].
func List(experiment, variant string) string { return "search:" + experiment + ":" + variant }

// ParseList reads what [List] wrote; ok is false for any other place.
func ParseList(list string) (experiment, variant string, ok bool) {
	rest, ok := strings.CutPrefix(list, "search:")
	if !ok {
		return "", "", false
	}
	experiment, variant, ok = strings.Cut(rest, ":")
	if !ok || !validName(experiment) || !validName(variant) {
		return "", "", false
	}
	return experiment, variant, true
}

// hash is the first 64 bits of the SHA-256 of the parts, each with its length before it.
func hash(parts ...string) uint64 {
	var text []byte
	for _, p := range parts {
		text = binary.AppendUvarint(text, uint64(len(p)))
		text = append(text, p...)
	}
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:])
}

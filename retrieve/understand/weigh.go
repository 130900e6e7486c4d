package understand

import (
	"vitrine"
	"vitrine/titles"
)

// weigh says how much the legs count for this query: model numbers are a matter of words, long descriptions one of meaning.
func (q *reading) weigh() {
	const (
		codes, described = 0.3, 1.5
		long             = 6
	)
	list := q.left()
	models, linking := 0, 0
	for _, t := range list {
		switch {
		case model(t.text) && !t.told:
			models++
		case titles.Links(t.Stem):
			linking++
		}
	}
	switch {
	case models > 0 && len(list) <= 4:
		q.result.Weights = map[string]float64{vitrine.SpaceText: codes, vitrine.SpaceJoint: codes}
	case models == 0 && len(list) >= long && linking > 0:
		q.result.Weights = map[string]float64{vitrine.SpaceText: described, vitrine.SpaceJoint: described}
	}
}

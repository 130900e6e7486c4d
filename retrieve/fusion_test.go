package retrieve_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vitrine"
	"vitrine/retrieve"
)

// The legs of the hand-computed tables: product 1 leads the words, product 2 the meanings, product 3 is the only one that both have.
var (
	words    = retrieve.Leg{Name: "keyword", Weight: 1, Candidates: []vitrine.Candidate{{Doc: 1, Score: 9}, {Doc: 3, Score: 6}, {Doc: 4, Score: 3}}}
	meanings = retrieve.Leg{Name: "text", Weight: 0.5, Candidates: []vitrine.Candidate{{Doc: 2, Score: 0.8}, {Doc: 3, Score: 0.7}}}
)

// Ensure that every fusion gives the scores that its formula gives on paper, best first, ties by Doc.
func TestFusion(t *testing.T) {
	// Words have mean 6 and deviation √6, meanings mean 0.75 and deviation 0.05.
	deviation := math.Sqrt(6)
	tests := []struct {
		name   string
		fusion retrieve.Fusion
		legs   []retrieve.Leg
		want   []vitrine.Candidate
	}{
		{"rrf", retrieve.ReciprocalRank(60), []retrieve.Leg{words, meanings}, []vitrine.Candidate{
			{Doc: 3, Score: 1.0/62 + 0.5/62}, {Doc: 1, Score: 1.0 / 61}, {Doc: 4, Score: 1.0 / 63}, {Doc: 2, Score: 0.5 / 61},
		}},
		{"rrf with a small constant", retrieve.ReciprocalRank(1), []retrieve.Leg{words, meanings}, []vitrine.Candidate{
			{Doc: 1, Score: 1.0 / 2}, {Doc: 3, Score: 1.0/3 + 0.5/3}, {Doc: 2, Score: 0.5 / 2}, {Doc: 4, Score: 1.0 / 4},
		}},
		{"rrf of 0 means the default", retrieve.ReciprocalRank(0), []retrieve.Leg{words}, []vitrine.Candidate{
			{Doc: 1, Score: 1.0 / 61}, {Doc: 3, Score: 1.0 / 62}, {Doc: 4, Score: 1.0 / 63},
		}},
		{"relative", retrieve.RelativeScore, []retrieve.Leg{words, meanings}, []vitrine.Candidate{
			{Doc: 1, Score: 1}, {Doc: 2, Score: 0.5}, {Doc: 3, Score: 0.5}, {Doc: 4, Score: 0},
		}},
		{"relative of equal scores", retrieve.RelativeScore, []retrieve.Leg{{Weight: 2, Candidates: []vitrine.Candidate{{Doc: 7, Score: 5}, {Doc: 8, Score: 5}}}}, []vitrine.Candidate{
			{Doc: 7, Score: 2}, {Doc: 8, Score: 2},
		}},
		{"dbsf", retrieve.DistributionBased, []retrieve.Leg{words, meanings}, []vitrine.Candidate{
			{Doc: 1, Score: 0.5 + 3/(6*deviation)},
			{Doc: 3, Score: 0.5 + 0.5*(0.5-0.05/(6*0.05))},
			{Doc: 2, Score: 0.5 * (0.5 + 0.05/(6*0.05))},
			{Doc: 4, Score: 0.5 - 3/(6*deviation)},
		}},
		{"dbsf of one candidate", retrieve.DistributionBased, []retrieve.Leg{{Weight: 1, Candidates: []vitrine.Candidate{{Doc: 7, Score: 5}}}}, []vitrine.Candidate{
			{Doc: 7, Score: 0.5},
		}},
		// Words are stretched from 0 to 9, meanings from -1 to 0.8; the weights sum to 1.5.
		{"convex", retrieve.Convex, []retrieve.Leg{words, meanings}, []vitrine.Candidate{
			{Doc: 3, Score: (6.0/9 + 0.5*1.7/1.8) / 1.5}, {Doc: 1, Score: 1 / 1.5}, {Doc: 2, Score: 0.5 / 1.5}, {Doc: 4, Score: 3.0 / 9 / 1.5},
		}},
		{"convex of no weight", retrieve.Convex, []retrieve.Leg{{Name: "keyword", Candidates: []vitrine.Candidate{{Doc: 7, Score: 5}}}}, []vitrine.Candidate{{Doc: 7}}},
		{"no candidates", retrieve.DistributionBased, []retrieve.Leg{{Weight: 1}}, nil},
		{"no legs", retrieve.RelativeScore, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.fusion(tt.legs), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Ensure that a score far out is cut off three deviations from the mean, and does not outweigh a whole leg.
func TestDistributionBasedCutsOff(t *testing.T) {
	leg := retrieve.Leg{Weight: 1, Candidates: []vitrine.Candidate{{Doc: 0, Score: 1000}}}
	for d := vitrine.Doc(1); d < 40; d++ {
		leg.Candidates = append(leg.Candidates, vitrine.Candidate{Doc: d, Score: 1})
	}
	if got := retrieve.DistributionBased([]retrieve.Leg{leg}); got[0].Score != 1 {
		t.Errorf("outlier has %v, want 1", got[0].Score)
	}
}

// Ensure that settings name every fusion and nothing else.
func TestFusionNamed(t *testing.T) {
	for _, name := range []string{"rrf", "relative", "dbsf", "convex"} {
		if f, err := retrieve.FusionNamed(name, 60); f == nil || err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := retrieve.FusionNamed("sum", 0); vitrine.CodeOf(err) != vitrine.Invalid {
		t.Errorf("unknown name: %v, want code invalid", err)
	}
}

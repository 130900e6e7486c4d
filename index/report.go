package index

import "time"

// Report says what became of the products of a Put or Reindex.
type Report struct {
	// Kept products are stored; Rejected ones are not, and each has a Problem.
	Kept     int `json:"kept"`
	Rejected int `json:"rejected"`
	// Texts, Pictures and Clips were embedded anew; those of unchanged products were not.
	Texts    int `json:"texts"`
	Pictures int `json:"pictures"`
	Clips    int `json:"clips,omitempty"`
	// Resumed counts the texts, and the products with pictures and clips, whose vectors were found in a build that had been cut off.
	Resumed int `json:"resumed,omitempty"`
	// Replayed counts the writes that arrived during a reindex or since the swap and were carried along.
	Replayed int `json:"replayed,omitempty"`
	// Recall is recall@10 of each vector engine against exact search, as its gate measured it.
	Recall map[string]float64 `json:"recall,omitempty"`
	// Forced is what the gate said that Force opened; empty when all were open, or none was asked to be forced.
	Forced string `json:"forced,omitempty"`
	// Took is the time of the whole operation in seconds.
	Took float64 `json:"took_s"`
	// ProblemCount counts all problems; Problems lists the first ones.
	ProblemCount int       `json:"problem_count"`
	Problems     []Problem `json:"problems,omitempty"`
}

// Problem is one thing that was wrong with one product.
type Problem struct {
	// Row counts the products given from 1.
	Row     int    `json:"row"`
	ID      string `json:"id,omitempty"`
	Message string `json:"message"`
	// Rejected tells a product that was not stored from one that was stored without the faulty part.
	Rejected bool `json:"rejected"`
}

// add sums up, keeping at most limit problems.
func (r *Report) add(part Report, limit int) {
	r.Kept += part.Kept
	r.Rejected += part.Rejected
	r.Texts += part.Texts
	r.Pictures += part.Pictures
	r.Clips += part.Clips
	r.Resumed += part.Resumed
	r.Replayed += part.Replayed
	r.ProblemCount += part.ProblemCount
	for _, p := range part.Problems {
		if len(r.Problems) < limit {
			r.Problems = append(r.Problems, p)
		}
	}
}

func (r *Report) note(p Problem) {
	if p.Rejected {
		r.Rejected++
	}
	r.ProblemCount++
	r.Problems = append(r.Problems, p)
}

// The stages of a reindex in their order.
const (
	StageLoad   = "load"
	StageReplay = "replay"
	StageCheck  = "check"
	StageSwap   = "swap"
)

// Progress is how far a reindex is.
type Progress struct {
	Stage string `json:"stage"`
	// Done counts the products read; Total is how many are expected, 0 when unknown.
	Done  int `json:"done"`
	Total int `json:"total,omitempty"`
	// Rate is in products per second since the start.
	Rate float64 `json:"rate"`
	// Remaining is the expected time to the end of the stage; 0 when unknown.
	Remaining time.Duration `json:"-"`
}

// meter makes Progress from counts.
type meter struct {
	start time.Time
	total int
	tell  func(Progress)
}

func (m *meter) report(stage string, done int) {
	if m.tell == nil {
		return
	}
	p := Progress{Stage: stage, Done: done, Total: m.total}
	if took := time.Since(m.start).Seconds(); took > 0 {
		p.Rate = float64(done) / took
	}
	if p.Rate > 0 && m.total > done {
		p.Remaining = time.Duration(float64(m.total-done) / p.Rate * float64(time.Second))
	}
	m.tell(p)
}

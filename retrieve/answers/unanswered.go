package answers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"vitrine"
	"vitrine/index/vector/distance"
)

// question is one that the bank had no answer to.
type question struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"`
}

// journal keeps unanswered questions in a file of JSON lines: appended one by one, and written anew when there are twice as many as are kept.
type journal struct {
	path string
	keep int
	mu   sync.Mutex
	file *os.File
	list []question
}

func openJournal(path string, keep int) (*journal, error) {
	j := &journal{path: path, keep: keep}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, vitrine.Errorf(vitrine.Unavailable, "unanswered questions: %w", err)
	}
	for line := range bytes.Lines(data) {
		var q question
		// A line that a crash cut off counts for nothing.
		if json.Unmarshal(line, &q) == nil {
			j.list = append(j.list, q)
		}
	}
	return j, j.rewrite()
}

// rewrite writes the latest questions anew; the caller holds mu.
func (j *journal) rewrite() error {
	j.list = slices.Clone(j.list[max(0, len(j.list)-j.keep):])
	err := j.close()
	if err == nil {
		err = writeLines(j.path, j.list)
	}
	if err == nil {
		j.file, err = os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0o600)
	}
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "unanswered questions: %w", err)
	}
	return nil
}

func (j *journal) add(q question) error {
	line, err := json.Marshal(q)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = append(j.list, q)
	if len(j.list) >= 2*j.keep || j.file == nil {
		return j.rewrite()
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// drop removes the questions with one of the texts, all of them without a text, and returns their number.
func (j *journal) drop(texts []string) (int, error) {
	gone := map[string]bool{}
	for _, t := range texts {
		gone[plain(t)] = true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	before := len(j.list)
	j.list = slices.DeleteFunc(slices.Clone(j.list), func(q question) bool { return len(texts) == 0 || gone[plain(q.Text)] })
	return before - len(j.list), j.rewrite()
}

func (j *journal) all() []question {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.list[max(0, len(j.list)-j.keep):]
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// clusterSize is the largest number of different questions that a cluster lists.
const clusterSize = 20

// Unanswered groups the questions that the bank had no answer to by their meaning, the largest group first. Without an encoder only equal questions are one.
func (d *Desk) Unanswered(ctx context.Context) ([]vitrine.UnansweredCluster, error) {
	counts := map[string]int{}
	var texts []string
	for _, q := range d.open.all() {
		key := plain(q.Text)
		if counts[key]++; counts[key] == 1 {
			texts = append(texts, q.Text)
		}
	}
	vectors := make([][]float32, len(texts))
	if d.options.Encoder != nil {
		encoded, err := d.options.Encoder.Texts(ctx, texts)
		if err != nil {
			return nil, err
		}
		for i, v := range encoded {
			vectors[i] = v[vitrine.SpaceText]
		}
	}
	// The questions asked most lead a group each, unless they are like one that leads already.
	byCount := make([]int, len(texts))
	for i := range byCount {
		byCount[i] = i
	}
	slices.SortStableFunc(byCount, func(a, b int) int { return cmp.Compare(counts[plain(texts[b])], counts[plain(texts[a])]) })
	var leaders []int
	members := map[int][]int{}
	for _, i := range byCount {
		best, like := -1, float32(d.options.Alike)
		for _, leader := range leaders {
			if vectors[i] == nil {
				break
			}
			if s := distance.Dot(vectors[i], vectors[leader]); s >= like {
				best, like = leader, s
			}
		}
		if best < 0 {
			best, leaders = i, append(leaders, i)
		}
		members[best] = append(members[best], i)
	}
	list := make([]vitrine.UnansweredCluster, 0, len(leaders))
	for _, leader := range leaders {
		c := vitrine.UnansweredCluster{Question: texts[middle(members[leader], vectors)]}
		for _, i := range members[leader] {
			c.Count += counts[plain(texts[i])]
			if len(c.Questions) < clusterSize {
				c.Questions = append(c.Questions, texts[i])
			}
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b vitrine.UnansweredCluster) int { return cmp.Compare(b.Count, a.Count) })
	return list, nil
}

// Dismiss drops unanswered questions by their texts, all of them without a text, and returns their number.
func (d *Desk) Dismiss(texts []string) (int, error) { return d.open.drop(texts) }

// middle is the member nearest to all others.
func middle(members []int, vectors [][]float32) int {
	if vectors[members[0]] == nil {
		return members[0]
	}
	sum := make([]float32, len(vectors[members[0]]))
	for _, i := range members {
		for j, x := range vectors[i] {
			sum[j] += x
		}
	}
	best := members[0]
	for _, i := range members {
		if distance.Dot(vectors[i], sum) > distance.Dot(vectors[best], sum) {
			best = i
		}
	}
	return best
}

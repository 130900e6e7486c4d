package answers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// Row is one row of an import: a question, or several, with their answer. Without an answer the questions go to the one entry of the intent.
type Row struct {
	// Number counts from 1 for messages.
	Number    int
	ID        string
	Questions []string
	Answer    string
	Intent    string
	Source    string
	// Problem tells why the row cannot be taken; "" when it can.
	Problem string
}

// plain is a question without what makes no difference.
func plain(question string) string {
	return strings.TrimRight(strings.Join(strings.Fields(strings.ToLower(question)), " "), " ?!.？！。")
}

// merge adds rows to the entries. Rows with the same id, or the same answer and intent, become one entry.
func merge(entries []vitrine.BankEntry, rows []Row, o Options) ([]vitrine.BankEntry, *vitrine.BankReport) {
	report := &vitrine.BankReport{Rows: len(rows), Rejected: []vitrine.BankRow{}}
	m := merger{entries: entries, byID: map[string]int{}, byAnswer: map[[2]string]int{}, byIntent: map[string][]int{}, report: report}
	for i := range entries {
		m.enter(i)
	}
	// Those without an answer need the others' intents.
	for _, answered := range []bool{true, false} {
		for _, r := range rows {
			if (strings.TrimSpace(r.Answer) != "") != answered {
				continue
			}
			if reason := m.add(r, o); reason != "" {
				report.Rejected = append(report.Rejected, vitrine.BankRow{Row: r.Number, Reason: reason})
			}
		}
	}
	slices.SortStableFunc(report.Rejected, func(a, b vitrine.BankRow) int { return a.Row - b.Row })
	report.Problems = problems(m.entries)
	return m.entries, report
}

// merger finds entries by what tells them apart.
type merger struct {
	entries  []vitrine.BankEntry
	byID     map[string]int
	byAnswer map[[2]string]int
	byIntent map[string][]int
	report   *vitrine.BankReport
	// asked holds the plain questions of the entries that rows were added to.
	asked map[int]map[string]bool
}

func (m *merger) enter(i int) {
	e := &m.entries[i]
	m.byID[e.ID] = i
	m.byAnswer[[2]string{plain(e.Answer), e.Intent}] = i
	if e.Intent != "" {
		m.byIntent[e.Intent] = append(m.byIntent[e.Intent], i)
	}
}

// add takes a row, or returns why not.
func (m *merger) add(r Row, o Options) string {
	if r.Problem != "" {
		return r.Problem
	}
	r.Answer = strings.TrimSpace(r.Answer)
	if n := utf8.RuneCountInString(r.Answer); n > o.AnswerLength {
		return fmt.Sprintf("the answer has %d characters, at most %d are allowed", n, o.AnswerLength)
	}
	var questions []string
	for _, q := range r.Questions {
		if q = strings.TrimSpace(q); plain(q) == "" {
			continue
		}
		if n := utf8.RuneCountInString(q); n > o.TextLength {
			return fmt.Sprintf("a question has %d characters, at most %d are allowed", n, o.TextLength)
		}
		questions = append(questions, q)
	}
	if len(questions) == 0 {
		return "there is no question"
	}
	i, reason := m.place(&r)
	if reason != "" {
		return reason
	}
	e := &m.entries[i]
	have := m.askedOf(i)
	for _, q := range questions {
		if have[plain(q)] {
			m.report.Duplicates++
			continue
		}
		have[plain(q)] = true
		// Clipped, so that an entry of before the change does not share what is appended.
		e.Questions = append(slices.Clip(e.Questions), q)
		m.report.Questions++
	}
	return ""
}

// place is the entry that a row belongs to, a new one where there is none.
func (m *merger) place(r *Row) (int, string) {
	if i, ok := m.byID[r.ID]; r.ID != "" && ok {
		if e := &m.entries[i]; r.Answer != "" && r.Answer != e.Answer {
			e.Answer = r.Answer
			m.report.Replaced++
		}
		return i, ""
	}
	if r.Answer == "" {
		switch of := m.byIntent[r.Intent]; {
		case r.Intent == "":
			return 0, "there is neither an answer nor an intent"
		case len(of) == 0:
			return 0, fmt.Sprintf("there is no answer, and none of the intent %q", r.Intent)
		case len(of) > 1:
			return 0, fmt.Sprintf("there is no answer, and several of the intent %q", r.Intent)
		default:
			return of[0], ""
		}
	}
	if i, ok := m.byAnswer[[2]string{plain(r.Answer), r.Intent}]; ok && r.ID == "" {
		return i, ""
	}
	if r.ID == "" {
		sum := sha256.Sum256([]byte(r.Intent + "\x00" + r.Answer))
		r.ID = hex.EncodeToString(sum[:8])
	}
	m.entries = append(m.entries, vitrine.BankEntry{ID: r.ID, Answer: r.Answer, Intent: r.Intent, Source: r.Source})
	m.enter(len(m.entries) - 1)
	m.report.Entries++
	return len(m.entries) - 1, ""
}

func (m *merger) askedOf(i int) map[string]bool {
	if m.asked == nil {
		m.asked = map[int]map[string]bool{}
	}
	if m.asked[i] == nil {
		m.asked[i] = map[string]bool{}
		for _, q := range m.entries[i].Questions {
			m.asked[i][plain(q)] = true
		}
	}
	return m.asked[i]
}

// problems lists questions and intents with several answers, in the order of the entries.
func problems(entries []vitrine.BankEntry) []vitrine.BankProblem {
	list := []vitrine.BankProblem{}
	find := func(keys func(*vitrine.BankEntry) []string, problem func(key string) vitrine.BankProblem) {
		at := map[string]int{}
		first := map[string]string{}
		for i := range entries {
			e := &entries[i]
			for _, key := range keys(e) {
				p, ok := at[key]
				switch have := first[key]; {
				case have == "":
					first[key] = e.ID
				case ok:
					list[p].Entries = append(list[p].Entries, e.ID)
				case have != e.ID:
					at[key] = len(list)
					found := problem(key)
					found.Kind, found.Entries = "contradiction", []string{have, e.ID}
					list = append(list, found)
				}
			}
		}
	}
	find(func(e *vitrine.BankEntry) []string {
		var keys []string
		for _, q := range e.Questions {
			keys = append(keys, plain(q))
		}
		return keys
	}, func(key string) vitrine.BankProblem { return vitrine.BankProblem{Question: key} })
	find(func(e *vitrine.BankEntry) []string {
		if e.Intent == "" {
			return nil
		}
		return []string{e.Intent}
	}, func(key string) vitrine.BankProblem { return vitrine.BankProblem{Intent: key} })
	return list
}

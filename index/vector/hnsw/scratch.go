package hnsw

import "vitrine"

// scratch is the working memory of one search or insertion, kept for the next: nothing is allocated in the steady state.
type scratch struct {
	query  []float32
	target target
	// open are the nodes yet to be expanded, best first (inverted keys); found are the best accepted nodes, worst first.
	open  heap
	found heap
	seen  marks
	// docs are the products that the answer already has.
	docs marks
	// holders are the docs of one node.
	holders []vitrine.Doc
	// ids and scores are a list of neighbours being compared.
	ids    []uint32
	scores []float32
	// chosen are links being selected, and own those of the node being inserted.
	chosen []uint32
	own    []uint32
	// ranked are candidates for links, best first.
	ranked []key
}

// marks is a set of numbers that is emptied in no time: a number is in it when its mark is the present epoch.
type marks struct {
	epoch uint16
	at    []uint16
}

// clear empties the set and makes room for numbers below n.
func (m *marks) clear(n int) {
	if len(m.at) < n {
		m.at = make([]uint16, n+n/8)
		m.epoch = 0
	}
	m.epoch++
	if m.epoch == 0 {
		clear(m.at)
		m.epoch = 1
	}
}

// add puts i in and reports whether it was new.
func (m *marks) add(i uint32) bool {
	if int(i) >= len(m.at) { // a node that was added after the search began
		m.at = append(m.at, make([]uint16, int(i)+1-len(m.at))...)
	}
	if m.at[i] == m.epoch {
		return false
	}
	m.at[i] = m.epoch
	return true
}

package keyword

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/vellum/levenshtein"
)

// matcher finds the values of a column that match.
type matcher func(c *column) []stretch

// beginning returns a matcher of the texts that start as a folded text does, or some edits away from it; nil if the text is not one to be corrected so.
// The first letter is right unless [Typos.AnyFirst] says otherwise.
func (x *Index) beginning(text string, edits int) (matcher, error) {
	if edits == 0 {
		return func(c *column) []stretch {
			from, to := c.starting(text)
			return []stretch{{from, to}}
		}, nil
	}
	first, size := utf8.DecodeRuneInString(text)
	if edits > x.now().options.Typos.edits(text) || hasDigit(text) || isCJK(first) || len(text) > maxWordLength {
		return nil, nil
	}
	automaton, err := x.automata[edits-1].BuildDfa(text, uint8(edits)) //nolint:gosec // at most maxEdits
	if err != nil {
		return nil, fmt.Errorf("corrections of %q: %w", text, err)
	}
	start := text[:size]
	if x.now().options.Typos.AnyFirst {
		start = ""
	}
	return func(c *column) []stretch { return c.startingNear(automaton, start) }, nil
}

// startingNear returns the ranges of the texts whose folded form starts with a prefix, and with something that an automaton accepts. It walks the sorted texts as
// a trie: what they have in common is read once, and where nothing can match any more the whole branch is left.
func (c *column) startingNear(automaton *levenshtein.DFA, prefix string) []stretch {
	var spans []stretch
	states := []int{automaton.Start()} // after each byte of before
	before := ""
	for at, end := c.starting(prefix); at < end; {
		text := c.values[at].folded
		depth := min(commonPrefix(before, text), len(states)-1)
		states, before = states[:depth+1], text
		state := states[depth]
		for depth < len(text) && automaton.CanMatch(state) && !automaton.IsMatch(state) {
			state = automaton.Accept(state, text[depth])
			states = append(states, state)
			depth++
		}
		next := at + 1
		if depth < len(text) || automaton.IsMatch(state) {
			branch := text[:depth]
			n, _ := slices.BinarySearchFunc(c.values[at:end], branch, func(v value, branch string) int {
				if strings.HasPrefix(v.folded, branch) {
					return -1
				}
				return 1
			})
			next = at + n
		}
		if automaton.IsMatch(state) {
			spans = append(spans, stretch{at, next})
		}
		at = next
	}
	return spans
}

// commonPrefix returns the number of bytes that two texts start with in common.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

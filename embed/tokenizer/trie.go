package tokenizer

import (
	"maps"
	"slices"
	"sort"
)

// trie finds the entries that a text begins with. Nodes lie in one slice, the children of a node side by side in the order of their bytes.
type trie struct{ nodes []trieNode }

type trieNode struct {
	// id is the entry that ends here, -1 for none.
	id       int64
	first    int32
	children int16
	label    byte
}

func newTrie(entries map[string]int64) trie {
	keys := slices.Sorted(maps.Keys(entries))
	t := trie{nodes: []trieNode{{id: -1}}}
	// Level by level: every node of the queue knows the keys below it, which are neighbours as they are sorted.
	type span struct {
		from, to, depth int
	}
	queue := []span{{0, len(keys), 0}}
	for at := 0; at < len(queue); at++ {
		s := queue[at]
		// The key that ends here is the first; "" is no entry to look for.
		if s.from < s.to && len(keys[s.from]) == s.depth {
			if s.depth > 0 {
				t.nodes[at].id = entries[keys[s.from]]
			}
			s.from++
		}
		t.nodes[at].first = int32(len(t.nodes)) //nolint:gosec // below the bytes of a vocabulary in memory
		for s.from < s.to {
			label := keys[s.from][s.depth]
			end := s.from + sort.Search(s.to-s.from, func(i int) bool { return keys[s.from+i][s.depth] > label })
			t.nodes = append(t.nodes, trieNode{id: -1, label: label})
			t.nodes[at].children++
			queue = append(queue, span{s.from, end, s.depth + 1})
			s.from = end
		}
	}
	return t
}

// prefixes yields the length and id of each entry that text begins with, the shortest first.
func (t *trie) prefixes(text string, yield func(length int, id int64)) {
	node := &t.nodes[0]
	for i := range len(text) {
		children := t.nodes[node.first : int(node.first)+int(node.children)]
		at, ok := slices.BinarySearchFunc(children, text[i], func(n trieNode, label byte) int { return int(n.label) - int(label) })
		if !ok {
			return
		}
		if node = &children[at]; node.id >= 0 {
			yield(i+1, node.id)
		}
	}
}

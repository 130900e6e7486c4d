package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// bpe cuts a word into characters and merges neighbours in the order that the merges were learnt in (byte-pair encoding, Sennrich et al. 2016).
type bpe struct {
	vocabulary   map[string]int64
	merges       map[pair]merge
	unknown      int64
	fuseUnknown  bool
	ignoreMerges bool
	prefix       string
	suffix       string
	ids          int
	// bytes are the ids of the 256 byte tokens; nil when a character without a token is unknown.
	bytes []int64
}

type pair struct{ left, right int64 }

type merge struct {
	rank int
	id   int64
}

func loadBPE(part json.RawMessage) (model, error) {
	file, err := decode[struct {
		Vocab        map[string]int64  `json:"vocab"`
		Merges       []json.RawMessage `json:"merges"`
		Unknown      *string           `json:"unk_token"`
		Prefix       string            `json:"continuing_subword_prefix"`
		Suffix       string            `json:"end_of_word_suffix"`
		FuseUnknown  bool              `json:"fuse_unk"`
		ByteFallback bool              `json:"byte_fallback"`
		IgnoreMerges bool              `json:"ignore_merges"`
		Dropout      *float64          `json:"dropout"`
	}](part)
	if err != nil {
		return nil, err
	}
	if file.Dropout != nil && *file.Dropout > 0 {
		return nil, unsupported("model BPE setting", "dropout")
	}
	b := &bpe{
		vocabulary: file.Vocab, merges: make(map[pair]merge, len(file.Merges)), unknown: -1,
		fuseUnknown: file.FuseUnknown, ignoreMerges: file.IgnoreMerges, prefix: file.Prefix, suffix: file.Suffix,
	}
	for token, id := range file.Vocab {
		if id < 0 {
			return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: token %q has the id %d", token, id)
		}
		b.ids = max(b.ids, int(id)+1)
	}
	if file.Unknown != nil {
		id, ok := file.Vocab[*file.Unknown]
		if !ok {
			return nil, vitrine.Errorf(vitrine.Invalid, "tokenizer: unknown token %q is not in the vocabulary", *file.Unknown)
		}
		b.unknown = id
	}
	if file.ByteFallback {
		b.bytes = byteTokens(file.Vocab)
	}
	for rank, raw := range file.Merges {
		if err := b.addMerge(rank, raw); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// addMerge reads a merge, written as ["a", "b"] or, in older files, "a b".
func (b *bpe) addMerge(rank int, raw json.RawMessage) error {
	var halves []string
	if err := json.Unmarshal(raw, &halves); err != nil {
		var line string
		if err := json.Unmarshal(raw, &line); err != nil {
			return vitrine.Errorf(vitrine.Invalid, "tokenizer: merge %d: %w", rank, err)
		}
		halves = strings.Split(line, " ")
	}
	if len(halves) != 2 {
		return vitrine.Errorf(vitrine.Invalid, "tokenizer: merge %d: %d parts, want 2", rank, len(halves))
	}
	left, okLeft := b.vocabulary[halves[0]]
	right, okRight := b.vocabulary[halves[1]]
	whole, okWhole := b.vocabulary[halves[0]+strings.TrimPrefix(halves[1], b.prefix)]
	if !okLeft || !okRight || !okWhole {
		return vitrine.Errorf(vitrine.Invalid, "tokenizer: merge %d of %q and %q: not in the vocabulary", rank, halves[0], halves[1])
	}
	b.merges[pair{left, right}] = merge{rank, whole}
	return nil
}

func (b *bpe) size() int { return b.ids }

// symbol is a token of the word under merge, linked to its neighbours by position; -1 ends the list. A merged-away symbol has id -1.
type symbol struct {
	id         int64
	prev, next int
}

// candidate is a merge that was possible when it was queued.
type candidate struct {
	rank, at int
	id       int64
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

func (b *bpe) tokens(dst []int64, word string, _ int) []int64 {
	if b.ignoreMerges {
		if id, ok := b.vocabulary[word]; ok {
			return append(dst, id)
		}
	}
	symbols := b.symbols(word)
	queue := make(queue, 0, len(symbols))
	offer := func(at int) {
		if at < 0 || symbols[at].next < 0 {
			return
		}
		if m, ok := b.merges[pair{symbols[at].id, symbols[symbols[at].next].id}]; ok {
			queue.push(candidate{m.rank, at, m.id})
		}
	}
	for at := range symbols {
		offer(at)
	}
	for len(queue) > 0 {
		c := queue.pop()
		left := &symbols[c.at]
		if left.id < 0 || left.next < 0 {
			continue
		}
		right := &symbols[left.next]
		// The neighbours may have changed since the merge was queued.
		if m, ok := b.merges[pair{left.id, right.id}]; !ok || m.id != c.id {
			continue
		}
		left.id, right.id = c.id, -1
		if left.next = right.next; left.next >= 0 {
			symbols[left.next].prev = c.at
		}
		offer(left.prev)
		offer(c.at)
	}
	for at := 0; at >= 0 && at < len(symbols); at = symbols[at].next {
		dst = append(dst, symbols[at].id)
	}
	return dst
}

// symbols looks up the characters of a word. One that the vocabulary lacks becomes its bytes or the unknown token, or is dropped when there are neither.
func (b *bpe) symbols(word string) []symbol {
	list := make([]symbol, 0, len(word))
	wasUnknown := false
	for start := 0; start < len(word); {
		_, size := utf8.DecodeRuneInString(word[start:])
		end := start + size
		token := word[start:end]
		if start > 0 {
			token = b.prefix + token
		}
		if end == len(word) {
			token += b.suffix
		}
		start = end
		id, ok := b.vocabulary[token]
		if !ok && b.bytes != nil {
			for i := range len(token) {
				list = append(list, symbol{id: b.bytes[token[i]], prev: len(list) - 1, next: len(list) + 1})
			}
			continue
		}
		if !ok {
			if b.unknown < 0 || b.fuseUnknown && wasUnknown {
				continue
			}
			id = b.unknown
		}
		wasUnknown = !ok
		list = append(list, symbol{id: id, prev: len(list) - 1, next: len(list) + 1})
	}
	if len(list) > 0 {
		list[len(list)-1].next = -1
	}
	return list
}

// queue is a binary heap of candidates, the best first.
type queue []candidate

func (q *queue) push(c candidate) {
	h := append(*q, c)
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
	*q = h
}

func (q *queue) pop() candidate {
	h := *q
	best, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && h[child+1].before(h[child]) {
			child++
		}
		if child >= last || !h[child].before(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*q = h
	return best
}

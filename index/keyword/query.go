package keyword

import "strings"

// queryTerm is a term to look for, with a bit for each word of the query that it stands for: a joined form stands for several.
type queryTerm struct {
	text string
	mask uint64
}

// query returns the terms of a query and the number of its words. Stop words are left out unless there is nothing else.
func (a *analyzer) query(text string, maxWords int) (terms []queryTerm, size int) {
	list := a.queryWords(text, maxWords)
	masks := make(map[string]int, len(list))
	add := func(text string, mask uint64) {
		if i, ok := masks[text]; ok {
			terms[i].mask |= mask
		} else if mask != 0 && len(text) <= maxWordLength {
			masks[text] = len(terms)
			terms = append(terms, queryTerm{text: text, mask: mask})
		}
	}
	bits := make([]uint64, len(list))
	for i, w := range list {
		pairs := w.cjk && i+1 < len(list) && list[i+1].link == glued
		switch {
		case w.cjk && w.link == glued:
			bits[i] = 1 << size
			add(list[i-1].text+w.text, bits[i])
		case pairs, !w.cjk && w.stop:
			continue
		default:
			bits[i] = 1 << size
			add(stem(w.text), bits[i])
		}
		size++
	}
	for i := range list {
		if i > 0 && !list[i].cjk && list[i].link != apart {
			add(stem(list[i-1].text+list[i].text), bits[i-1]|bits[i])
		}
		if chain := chainAt(list, i); len(chain) > 2 {
			add(joinChain(chain, bits[i:]))
		}
	}
	return terms, size
}

type queryWord struct {
	word
	stop bool
}

func (a *analyzer) queryWords(text string, maxWords int) []queryWord {
	var list []queryWord
	onlyStops := true
	for w := range words(text) {
		if len(list) == maxWords {
			break
		}
		stop := a.stop[w.text]
		onlyStops = onlyStops && stop
		list = append(list, queryWord{word: w, stop: stop})
	}
	for i := range list {
		list[i].stop = list[i].stop && !onlyStops
	}
	return list
}

// chainAt returns the words that hang together from i on, when a chain starts there.
func chainAt(list []queryWord, i int) []queryWord {
	if list[i].cjk || list[i].link == glued {
		return nil
	}
	end := i + 1
	for end < len(list) && list[end].link == glued && !list[end].cjk {
		end++
	}
	return list[i:end]
}

func joinChain(chain []queryWord, bits []uint64) (string, uint64) {
	var b strings.Builder
	mask := uint64(0)
	for i, w := range chain {
		b.WriteString(w.text)
		mask |= bits[i]
	}
	return stem(b.String()), mask
}

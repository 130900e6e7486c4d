package keyword

import "strings"

// queryTerm is a term to look for, with a bit for each word of the query that it stands for: a joined form stands for several.
type queryTerm struct {
	// text is empty when only the forms are looked for.
	text string
	mask uint64
	// forms are synonyms, corrections or completions. Together with the text they count as one term: a product has it when it has any of them.
	forms []form
}

// parsedQuery is a query after analysis. Bit i of a mask stands for words[i].
type parsedQuery struct {
	terms []queryTerm
	words []wanted
	// open says that the text ends in its last word, which may be unfinished.
	open  bool
	order wordOrder
	// by is what it was read with.
	by *tuned
	// synonyms are those that were added to the terms.
	synonyms *synonyms
}

// wanted is a word of a query that a product should contain.
type wanted struct {
	// term is what is looked for.
	term string
	// text is the word as it was typed, folded; empty for a script without spaces.
	text string
	// code says that the word is a model number or part of one.
	code bool
}

// query analyses a query of at most 64 words. Stop words are left out unless there is nothing else.
func (a *analyzer) query(text string, maxWords int) parsedQuery {
	var q parsedQuery
	list := a.queryWords(text, maxWords)
	masks := make(map[string]int, len(list))
	add := func(text string, mask uint64) {
		if i, ok := masks[text]; ok {
			q.terms[i].mask |= mask
		} else if mask != 0 && len(text) <= maxWordLength {
			masks[text] = len(q.terms)
			q.terms = append(q.terms, queryTerm{text: text, mask: mask})
		}
	}
	bits := make([]uint64, len(list))
	for i, w := range list {
		pairs := w.cjk && i+1 < len(list) && list[i+1].link == glued
		switch {
		case w.cjk && w.link == glued:
			q.words = append(q.words, wanted{term: list[i-1].text + w.text})
		case pairs, !w.cjk && w.stop:
			continue
		case w.cjk:
			q.words = append(q.words, wanted{term: w.text})
		default:
			q.words = append(q.words, wanted{term: stem(w.text), text: w.text, code: isCode(list, i)})
			q.open = w.end == len(text)
		}
		n := len(q.words)
		bits[i] = 1 << (n - 1)
		add(q.words[n-1].term, bits[i])
	}
	for i := range list {
		if i > 0 && !list[i].cjk && list[i].link != apart {
			add(stem(list[i-1].text+list[i].text), bits[i-1]|bits[i])
		}
		if chain := chainAt(list, i); len(chain) > 2 {
			add(joinChain(chain, bits[i:]))
		}
	}
	return q
}

// isCode reports whether a word, or one that it hangs together with, has a digit.
func isCode(list []queryWord, i int) bool {
	return hasDigit(list[i].text) || list[i].link == glued && hasDigit(list[i-1].text) ||
		i+1 < len(list) && list[i+1].link == glued && hasDigit(list[i+1].text)
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

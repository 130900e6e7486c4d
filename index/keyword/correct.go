package keyword

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Correct returns a text with its misspelt words replaced by those that were probably meant, "did you mean", or "" when there is nothing to correct. A word is misspelt when no
// product has it in any field; words with digits and scripts without spaces never are, nor are words shorter than Typos.OneEdit.
//
// It is the noisy-channel model of Kernighan, Church and Gale, "A spelling correction program based on a noisy channel model" (1990): of the words of titles, brands and categories up
// to two edits away, the one that is most frequent times most probable to be typed so. Common slips are swapped neighbours, doubled letters, keys beside each other and mixed-up
// vowels; the first letter is seldom wrong. Words that come together with the others of the text are preferred. A word may also be two that were run together, which are neighbours
// in a title.
func (x *Index) Correct(ctx context.Context, text string) (string, error) {
	if x.now().options.Typos.Off {
		return "", nil
	}
	q := x.now().analyzer.query(text, x.options.MaxWords)
	v, release, err := x.acquire()
	if err != nil {
		return "", err
	}
	defer release()
	c := corrector{Index: x, view: v}
	w, done := x.newScratch()
	defer done()
	c.scratch = w
	if err := c.sort(ctx, q); err != nil || len(c.wrong) == 0 {
		return "", err
	}
	better := map[string]string{}
	for _, word := range c.wrong {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if better[word], err = c.best(word); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	at, changed := 0, false
	for word := range words(text) {
		if right := better[word.text]; right != "" {
			b.WriteString(text[at:word.start])
			b.WriteString(right)
			at, changed = word.end, true
		}
	}
	b.WriteString(text[at:])
	if !changed {
		return "", nil
	}
	return b.String(), nil
}

// corrector finds the corrections of one text.
type corrector struct {
	*Index
	view    *view
	scratch *scratch
	// wrong are the misspelt words, context are the products with all others, by part; nil when there are no others.
	wrong   []string
	context []bitmap
}

// sort tells the right words from the wrong ones.
func (c *corrector) sort(ctx context.Context, q parsedQuery) error {
	for _, w := range q.words {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, err := c.planTerm(c.view, c.scratch, queryTerm{text: w.term})
		if err != nil {
			return err
		}
		switch {
		case t.products > 0:
			c.narrow(t.lists)
		case w.text != "" && !w.code && c.now().options.Typos.edits(w.text) > 0 && !c.joined(q, w):
			c.wrong = append(c.wrong, w.text)
		}
	}
	return nil
}

// joined reports whether a word is part of a form that products have, as in "head set".
func (c *corrector) joined(q parsedQuery, w wanted) bool {
	for _, term := range q.terms {
		if len(term.text) > len(w.term) && strings.Contains(term.text, w.text) {
			if t, err := c.planTerm(c.view, c.scratch, queryTerm{text: term.text}); err == nil && t.products > 0 {
				return true
			}
		}
	}
	return false
}

// narrow keeps the products of the context that are in lists, too.
func (c *corrector) narrow(lists []*list) {
	if c.context == nil {
		c.context = c.view.among(nil)
	}
	for i, l := range lists {
		c.context[i].and(setOf(l.docs, len(c.view.parts[i].docs)))
	}
}

// Costs in the channel, as negative natural logarithms of probabilities.
const (
	costCommonSlip  = 4.0
	costSlip        = 5.5
	costTwoSlips    = 11.0
	costFirstLetter = 2.5
	costRunTogether = 6.0
	// gainTogether is the weight of the logarithm of the number of products that have a correction beside the right words.
	gainTogether = 1.0
)

// best returns the correction of a word, "" if there is none.
func (c *corrector) best(word string) (string, error) {
	const twoEdits = 6
	edits := 1
	if utf8.RuneCountInString(word) >= min(twoEdits, c.now().options.Typos.TwoEdits) {
		edits = maxEdits
	}
	automaton, err := c.automata[edits-1].BuildDfa(word, uint8(edits))
	if err != nil {
		return "", err
	}
	found, err := c.view.spellings(automaton, "")
	if err != nil {
		return "", err
	}
	best, score := "", math.Inf(-1)
	slices.SortFunc(found, func(a, b spelling) int { return cmp.Compare(a.text, b.text) })
	for _, s := range found {
		if hasDigit(s.text) {
			continue
		}
		_, distance := automaton.MatchAndDistance(s.text)
		value := math.Log(float64(s.products)) - slipCost(word, s.text, int(distance))
		if c.context != nil {
			value += gainTogether * math.Log1p(float64(c.together(s.text)))
		}
		if value > score {
			best, score = s.text, value
		}
	}
	for at := range word {
		const shortest = 3
		if at < shortest || len(word)-at < shortest {
			continue
		}
		n := c.neighbours(word[:at], word[at:])
		if value := math.Log(float64(n)) - costRunTogether; n > 0 && value > score {
			best, score = word[:at]+" "+word[at:], value
		}
	}
	return best, nil
}

// together counts the products of the context that have a word in title, brand or category.
func (c *corrector) together(word string) int {
	n := 0
	for i := range c.view.parts {
		p := &c.view.parts[i]
		set := newBitmap(len(p.docs))
		if p.withTerms(set, fieldWords, word, word+"\x00") == nil {
			set.and(c.context[i])
			n += set.count()
		}
	}
	return n
}

// neighbours counts the products whose title has two words beside each other.
func (c *corrector) neighbours(a, b string) int {
	n := 0
	for i := range c.view.parts {
		p := &c.view.parts[i]
		if l, err := p.pairList(c.scratch, pairTerm(stem(a), stem(b))); err == nil {
			n += p.countLive(l.docs)
		}
	}
	return n
}

// slipCost is the cost of typing one word for another some edits away.
func slipCost(typed, meant string, edits int) float64 {
	cost := costTwoSlips
	if edits <= 1 {
		cost = costSlip
		if isCommonSlip([]rune(typed), []rune(meant)) {
			cost = costCommonSlip
		}
	}
	a, _ := utf8.DecodeRuneInString(typed)
	b, _ := utf8.DecodeRuneInString(meant)
	if a != b {
		cost += costFirstLetter
	}
	return cost
}

// isCommonSlip reports whether the one edit between two words is a swap, a letter doubled or not, a key beside the right one, or a wrong vowel.
func isCommonSlip(typed, meant []rune) bool {
	from := 0
	for from < len(typed) && from < len(meant) && typed[from] == meant[from] {
		from++
	}
	t, m := typed[from:], meant[from:]
	for len(t) > 0 && len(m) > 0 && t[len(t)-1] == m[len(m)-1] {
		t, m = t[:len(t)-1], m[:len(m)-1]
	}
	doubled := func(letters []rune) bool {
		return len(letters) == 1 && from > 0 && letters[0] == typed[from-1]
	}
	switch {
	case len(t) == 2 && len(m) == 2:
		return t[0] == m[1] && t[1] == m[0]
	case len(t) == 1 && len(m) == 1:
		const vowels = "aeiouy"
		return areNeighbours(t[0], m[0]) || strings.ContainsRune(vowels, t[0]) && strings.ContainsRune(vowels, m[0])
	case len(t) == 0:
		return doubled(m)
	case len(m) == 0:
		return doubled(t)
	}
	return false
}

// areNeighbours reports whether two letters are beside each other on a keyboard.
func areNeighbours(a, b rune) bool {
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		i, j := strings.IndexRune(row, a), strings.IndexRune(row, b)
		if i >= 0 && j >= 0 && (i-j == 1 || j-i == 1) {
			return true
		}
	}
	return false
}

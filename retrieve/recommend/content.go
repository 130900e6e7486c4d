package recommend

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// contentLinks is how many products of like titles or neighbouring numbers are kept beside each product.
const contentLinks = 30

// likeTexts links every product to those of the most alike titles: cosine of words weighted by rarity.
func likeTexts(texts []string, n int) [][]link {
	lists := make([][]link, n)
	words := map[string]int{}
	var postings [][]int32
	of := make([][]int, len(texts))
	for i, text := range texts {
		for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			at, ok := words[w]
			if !ok {
				at = len(postings)
				words[w] = at
				postings = append(postings, nil)
			}
			if !slices.Contains(of[i], at) {
				of[i] = append(of[i], at)
				postings[at] = append(postings[at], int32(i))
			}
		}
	}
	// A word of very many products tells little and costs much.
	most := max(1000, len(texts)/50)
	idf := make([]float32, len(postings))
	for w, list := range postings {
		idf[w] = float32(math.Log(float64(len(texts)+1) / float64(len(list))))
	}
	length := make([]float32, len(texts))
	for i, list := range of {
		square := float32(0)
		for _, w := range list {
			square += idf[w] * idf[w]
		}
		length[i] = sqrt(square)
	}
	sums := make([]float32, len(texts))
	var seen []int32
	for i, list := range of {
		seen = seen[:0]
		for _, w := range list {
			if len(postings[w]) > most {
				continue
			}
			for _, j := range postings[w] {
				if sums[j] == 0 {
					seen = append(seen, j)
				}
				sums[j] += idf[w] * idf[w]
			}
		}
		heap := make([]link, 0, contentLinks)
		for _, j := range seen {
			if int(j) != i && sums[j] > 0 {
				heap = push(heap, link{j, sums[j] / (length[i] * length[j])}, contentLinks)
			}
			sums[j] = 0
		}
		lists[i] = heap
	}
	return lists
}

// nearNumbers links products whose ids differ by little in their number, as those of one series do; the score is 1/(1+difference).
func nearNumbers(names *Names) [][]link {
	type numbered struct {
		stem   string
		number int
		item   int32
	}
	var list []numbered
	for i, id := range names.list {
		from := strings.IndexFunc(id, unicode.IsDigit)
		if from < 0 {
			continue
		}
		to := from
		for to < len(id) && id[to] >= '0' && id[to] <= '9' {
			to++
		}
		if n, err := strconv.Atoi(id[from:to]); err == nil && to-from >= 3 {
			list = append(list, numbered{id[:from], n, int32(i)})
		}
	}
	slices.SortFunc(list, func(a, b numbered) int {
		return cmp.Or(cmp.Compare(a.stem, b.stem), cmp.Compare(a.number, b.number), cmp.Compare(a.item, b.item))
	})
	lists := make([][]link, names.Len())
	for i, a := range list {
		for j := max(0, i-contentLinks/2); j <= min(len(list)-1, i+contentLinks/2); j++ {
			if b := list[j]; j != i && b.stem == a.stem {
				difference := max(a.number-b.number, b.number-a.number)
				lists[a.item] = append(lists[a.item], link{b.item, 1 / float32(1+difference)})
			}
		}
	}
	return lists
}

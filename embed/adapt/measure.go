package adapt

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Figures say how well words find pictures and pictures pictures; each is a mean over queries, 0 to 1, higher is better.
type Figures struct {
	// TitleMAP and TitleR10 are average precision and recall among the first 10 with each title as a query for its pictures.
	TitleMAP float64 `json:"title_to_image_map"`
	TitleR10 float64 `json:"title_to_image_r@10"`
	// ImageTitleRR is the reciprocal rank of a picture's title among the titles.
	ImageTitleRR float64 `json:"image_to_title_mrr"`
	// CategoryP10 and ImageP10 are the shares of the first 10 pictures that belong to the category, asked for by its name and by each picture; 0 without categories.
	CategoryP10 float64 `json:"category_to_image_p@10"`
	ImageP10    float64 `json:"image_to_image_p@10"`
}

// measured are figures with what they are computed from.
type measured struct {
	Figures
	// precision is the average precision of each title, in order of titles.
	precision []float64
	// cosines of titles and pictures that don't belong together, ascending.
	strange []float32
}

// measure asks some of the pairs' pictures by their titles and categories, as an adapter sees them; nil is the base model.
func (p *Pairs) measure(pictures []int, a *Adapter) *measured {
	text, picture := func(v []float32) []float32 { return v }, func(v []float32) []float32 { return v }
	if a != nil {
		text, picture = a.Text, a.Picture
	}
	dimension := len(p.Pictures[0])
	images := newMatrix(len(pictures), dimension)
	titles, categories := map[int]bool{}, map[int]bool{}
	for i, at := range pictures {
		copy(row(images, i), picture(p.Pictures[at]))
		titles[p.Title[at]] = true
		if p.Category[at] >= 0 {
			categories[p.Category[at]] = true
		}
	}
	m := &measured{}
	asked := slices.Sorted(maps.Keys(titles))
	texts := newMatrix(len(asked), dimension)
	for i, t := range asked {
		copy(row(texts, i), text(p.Texts[t]))
	}
	byTitle := product(texts, images)
	for q, t := range asked {
		scores := row(byTitle, q)
		ap, _, r10 := rank(scores, -1, func(i int) bool { return p.Title[pictures[i]] == t })
		m.precision = append(m.precision, ap)
		m.TitleMAP += ap / float64(len(asked))
		m.TitleR10 += r10 / float64(len(asked))
		for i, s := range scores {
			if p.Title[pictures[i]] != t {
				m.strange = append(m.strange, s)
			}
		}
	}
	slices.Sort(m.strange)
	position := make(map[int]int, len(asked))
	for q, t := range asked {
		position[t] = q
	}
	for i, at := range pictures {
		own, better := byTitle.Data[position[p.Title[at]]*byTitle.Stride+i], 0
		for q := range asked {
			if byTitle.Data[q*byTitle.Stride+i] > own {
				better++
			}
		}
		m.ImageTitleRR += 1 / float64(better+1) / float64(len(pictures))
	}
	if len(categories) < 2 {
		return m
	}
	names := newMatrix(len(categories), dimension)
	kinds := slices.Sorted(maps.Keys(categories))
	for i, c := range kinds {
		copy(row(names, i), text(p.Categories[c]))
	}
	byName := product(names, images)
	for q, c := range kinds {
		_, p10, _ := rank(row(byName, q), -1, func(i int) bool { return p.Category[pictures[i]] == c })
		m.CategoryP10 += p10 / float64(len(kinds))
	}
	byImage := product(images, images)
	for q, at := range pictures {
		_, p10, _ := rank(row(byImage, q), q, func(i int) bool { return p.Category[at] >= 0 && p.Category[pictures[i]] == p.Category[at] })
		m.ImageP10 += p10 / float64(len(pictures))
	}
	return m
}

// rank returns average precision, precision at 10 and recall at 10 of the order by score, best first and ties by position, without the item skip.
func rank(scores []float32, skip int, relevant func(int) bool) (ap, p10, r10 float64) {
	order := make([]int, 0, len(scores))
	for i := range scores {
		if i != skip {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	found, top := 0, 0
	for r, i := range order {
		if !relevant(i) {
			continue
		}
		found++
		ap += float64(found) / float64(r+1)
		if r < 10 {
			top++
		}
	}
	if found == 0 {
		return 0, 0, 0
	}
	return ap / float64(found), float64(top) / float64(min(10, len(order))), float64(top) / float64(found)
}

// floor moves the least cosine of a match so that as many strange pairs pass as before.
func floor(base, adapted *measured, least float64) float64 {
	if least == 0 || len(base.strange) == 0 {
		return least
	}
	at, _ := slices.BinarySearch(base.strange, float32(least))
	moved := float64(adapted.strange[min(at, len(adapted.strange)-1)])
	return math.Round(moved*1000) / 1000
}

func newMatrix(rows, columns int) blas32.General {
	return blas32.General{Rows: rows, Cols: columns, Stride: columns, Data: make([]float32, rows*columns)}
}

func row(m blas32.General, i int) []float32 { return m.Data[i*m.Stride : i*m.Stride+m.Cols] }

// product holds the dot product of each row of a with each of b.
func product(a, b blas32.General) blas32.General {
	c := newMatrix(a.Rows, b.Rows)
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, a, b, 0, c)
	return c
}

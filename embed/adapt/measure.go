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

// titleMAP is the mAP of some of the pairs' pictures asked for by their titles.
func (p *Pairs) titleMAP(pictures []int, a *Adapter) float64 {
	m := &measured{}
	p.measureTitles(m, pictures, a, p.seen(pictures, a))
	return m.TitleMAP
}

// measure asks some of the pairs' pictures by their titles, their categories and each other.
func (p *Pairs) measure(pictures []int, a *Adapter) *measured {
	m, images := &measured{}, p.seen(pictures, a)
	byTitle, asked := p.measureTitles(m, pictures, a, images)
	position := make(map[int]int, len(asked))
	for q, t := range asked {
		position[t] = q
		for i, s := range row(byTitle, q) {
			if p.Title[pictures[i]] != t {
				m.strange = append(m.strange, s)
			}
		}
	}
	slices.Sort(m.strange)
	for i, at := range pictures {
		own, better := byTitle.Data[position[p.Title[at]]*byTitle.Stride+i], 0
		for q := range asked {
			if byTitle.Data[q*byTitle.Stride+i] > own {
				better++
			}
		}
		m.ImageTitleRR += 1 / float64(better+1) / float64(len(pictures))
	}
	p.measureCategories(m, pictures, a, images)
	return m
}

// seen are the vectors of some pictures, a row each, as an adapter sees them.
func (p *Pairs) seen(pictures []int, a *Adapter) blas32.General {
	images := newMatrix(len(pictures), a.Dimension)
	for i, at := range pictures {
		copy(row(images, i), a.Picture(p.Pictures[at]))
	}
	return images
}

// measureTitles returns the cosines of the titles asked (rows, by number) and the pictures.
func (p *Pairs) measureTitles(m *measured, pictures []int, a *Adapter, images blas32.General) (cosines blas32.General, asked []int) {
	titles := map[int]bool{}
	for _, at := range pictures {
		titles[p.Title[at]] = true
	}
	asked = slices.Sorted(maps.Keys(titles))
	texts := newMatrix(len(asked), a.Dimension)
	for i, t := range asked {
		copy(row(texts, i), a.Text(p.Texts[t]))
	}
	cosines = product(texts, images)
	for q, t := range asked {
		ap, _, r10 := rank(row(cosines, q), -1, func(i int) bool { return p.Title[pictures[i]] == t })
		m.precision = append(m.precision, ap)
		m.TitleMAP += ap
		m.TitleR10 += r10
	}
	m.TitleMAP, m.TitleR10 = m.TitleMAP/float64(len(asked)), m.TitleR10/float64(len(asked))
	return cosines, asked
}

// measureCategories asks for pictures by the names of categories and by pictures; with fewer than two categories there is nothing to tell apart.
func (p *Pairs) measureCategories(m *measured, pictures []int, a *Adapter, images blas32.General) {
	categories := map[int]bool{}
	for _, at := range pictures {
		if p.Category[at] >= 0 {
			categories[p.Category[at]] = true
		}
	}
	if len(categories) < 2 {
		return
	}
	names := newMatrix(len(categories), a.Dimension)
	kinds := slices.Sorted(maps.Keys(categories))
	for i, c := range kinds {
		copy(row(names, i), a.Text(p.Categories[c]))
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

package keyword

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"vitrine"
)

// usualBuckets is the number of ranges where a request names none.
const usualBuckets = 6

// countRanges counts the numbers in each range.
func countRanges(numbers []*valueCount, ranges []vitrine.FacetRange) []vitrine.FacetRange {
	counted := slices.Clone(ranges)
	for i := range counted {
		counted[i].Count = 0
		for _, c := range numbers {
			if counted[i].Contains(c.number) {
				counted[i].Count += c.products
			}
		}
	}
	return counted
}

// roundRanges divides the numbers into at most n ranges with about equally many products in each, none empty. The bounds between them are round
// numbers close to the quantiles; the first range is open below, the last above. The numbers are sorted on the way.
func roundRanges(numbers []*valueCount, n int) []vitrine.FacetRange {
	slices.SortFunc(numbers, func(a, b *valueCount) int { return cmp.Compare(a.number, b.number) })
	total := 0
	upTo := make([]int, len(numbers))
	for i, c := range numbers {
		total += c.products
		upTo[i] = total
	}
	// from is the place of the first number that is in no range yet.
	from := 0
	var ranges []vitrine.FacetRange
	var low *float64
	for i := 1; i < n; i++ {
		at := sort.Search(len(upTo), func(j int) bool { return upTo[j]*n >= i*total })
		bound := roundNear(numbers[at].number)
		to := sort.Search(len(numbers), func(j int) bool { return numbers[j].number >= bound })
		if to <= from || to == len(numbers) {
			continue
		}
		high := bound
		ranges = append(ranges, vitrine.FacetRange{From: low, To: &high})
		from, low = to, &high
	}
	return append(ranges, vitrine.FacetRange{From: low})
}

// roundNear is the number nearest to x, by ratio, of those that people count money in: 1, 1.5, 2, 2.5, 3, 4, 5, 6 and 8 times a power of ten.
func roundNear(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) {
		return x
	}
	size := math.Abs(x)
	power := math.Floor(math.Log10(size))
	best, distance := size, math.Inf(1)
	for _, m := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		// Scaled by a whole number either way, so that 0.3 is 3/10 and not 3×0.1.
		candidate := m * math.Pow(10, power)
		if power < 0 {
			candidate = m / math.Pow(10, -power)
		}
		if d := math.Abs(math.Log(candidate / size)); d < distance {
			best, distance = candidate, d
		}
	}
	return math.Copysign(best, x)
}

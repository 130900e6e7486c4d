package understand

import (
	"iter"
	"slices"
	"strings"
	"unicode"

	"vitrine"
	"vitrine/titles"
)

// leaf is the field of the narrowest category, as [vitrine.FieldCategory] has every level of the path.
const leaf = "category leaf"

// longestName is the number of words of the longest value that is recognised by name.
const longestName = 4

// valuesOf yields the values of a product that are choices: brand, categories and the texts of its attributes.
func valuesOf(p *vitrine.Product) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		const longest = 40
		if p.Brand != "" && !yield(vitrine.FieldBrand, p.Brand) {
			return
		}
		for i, c := range p.Category {
			if !yield(vitrine.FieldCategory, c) {
				return
			}
			if i == len(p.Category)-1 && !yield(leaf, c) {
				return
			}
		}
		for name, v := range p.Attributes {
			if _, number := v.Number(); number {
				continue
			}
			if _, truth := v.Bool(); truth || saysKind(name) {
				continue
			}
			for _, text := range v.Texts() {
				if text != "" && len(text) <= longest && !yield(name, text) {
					return
				}
			}
		}
	}
}

// saysKind reports whether an attribute repeats what kind of product it is.
func saysKind(name string) bool {
	return name == "product_type" || name == "article_type"
}

func spaceless(p *vitrine.Product) bool {
	if hasSpaceless(p.Title) {
		return true
	}
	for _, t := range p.Translations {
		if hasSpaceless(t.Title) {
			return true
		}
	}
	return false
}

func hasSpaceless(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}

func stems(list []titles.Word) []string {
	var s []string
	for _, w := range list {
		s = append(s, w.Stem)
	}
	return s
}

// phrases are all runs of 1 to n words.
func phrases(list []string, n int) []string {
	var all []string
	for i := range list {
		for j := i + 1; j <= min(len(list), i+n); j++ {
			all = append(all, strings.Join(list[i:j], " "))
		}
	}
	return all
}

// once sorts a list and drops what is in it twice.
func once(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

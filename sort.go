package vitrine

import "strings"

// SortKey is a field to sort by. Numbers come before texts, texts sort by their letters without regard to case; of several texts the first in the
// direction of the key counts; products without the field come last in either direction.
type SortKey struct {
	Field      string
	Descending bool
}

// MaxSortKeys is the largest number of fields to sort by.
const MaxSortKeys = 8

// ParseSort reads sort keys like "price:asc" and "rating:desc"; a key without a direction ascends. [Invalid] names a key that is malformed.
func ParseSort(list []string) ([]SortKey, error) {
	if len(list) > MaxSortKeys {
		return nil, Errorf(Invalid, "field sort: %d keys, at most %d are allowed", len(list), MaxSortKeys)
	}
	keys := make([]SortKey, len(list))
	for i, text := range list {
		field, direction := text, "asc"
		if at := strings.LastIndexByte(text, ':'); at >= 0 {
			field, direction = text[:at], strings.ToLower(text[at+1:])
		}
		if field == "" || direction != "asc" && direction != "desc" {
			return nil, Errorf(Invalid, `field sort: %q is not like "price:asc" or "price:desc"`, text)
		}
		keys[i] = SortKey{Field: field, Descending: direction == "desc"}
	}
	return keys, nil
}

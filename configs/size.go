package configs

import (
	"fmt"
	"strconv"
	"strings"

	"vitrine"
)

// Size is a number of bytes, written as a whole number with an optional unit of KiB, MiB or GiB.
type Size int64

var units = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// UnmarshalYAML reads "16 MiB" or a plain number of bytes.
func (s *Size) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	number, factor := text, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			number, factor = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return vitrine.Errorf(vitrine.Invalid, "size %q: want a whole number of bytes, KiB, MiB or GiB, as in 16 MiB", text)
	}
	*s = Size(n * factor)
	return nil
}

// MarshalYAML writes the size with the largest unit that divides it.
func (s Size) MarshalYAML() (any, error) { return s.String(), nil }

// String is the size with the largest unit that divides it.
func (s Size) String() string {
	for _, u := range units {
		if s != 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d %s", int64(s)/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

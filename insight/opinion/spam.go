package opinion

import (
	"hash/fnv"
	"math/bits"
	"regexp"
	"strings"
	"unicode"
)

var (
	link    = regexp.MustCompile(`(?i)https?://|www\.|\b[a-z0-9-]+\.(com|net|org|shop|xyz|cn|ru)\b`)
	contact = regexp.MustCompile(`(?i)[\w.]+@[\w.]+\.\w+|\+\d[\d -]{8,}\d|\b\d{10,}\b|(微信|加v|vx|qq|whatsapp|telegram)[\s:：]*[\w-]{5,}`)
)

// spamOf says what speaks for a text not being the opinion of a shopper: "link", "contact", "repetition".
func spamOf(text string) []string {
	const enough = 200_000
	if len(text) > enough {
		text = text[:enough]
	}
	var reasons []string
	if link.MatchString(text) {
		reasons = append(reasons, "link")
	}
	if contact.MatchString(text) {
		reasons = append(reasons, "contact")
	}
	if repeats(text) {
		reasons = append(reasons, "repetition")
	}
	return reasons
}

// repeats tells whether a text says the same over and over: of its 4-grams, fewer than a fifth are different.
func repeats(text string) bool {
	const least = 60
	seen, n := map[uint64]bool{}, 0
	shingles(text, func(h uint64) {
		seen[h] = true
		n++
	})
	// Long texts repeat themselves by nature: what counts is what the first thousand could have said.
	return n >= least && len(seen)*5 < min(n, 1000)
}

// shingles calls use with a hash of every four letters or digits in a row.
func shingles(text string, use func(uint64)) {
	const length = 4
	var last [length]rune
	n := 0
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		copy(last[:], last[1:])
		last[length-1] = r
		if n++; n >= length {
			h := fnv.New64a()
			for _, r := range last {
				_, _ = h.Write([]byte{byte(r), byte(r >> 8), byte(r >> 16)}) //nolint:gosec // the bytes of the number are wanted
			}
			use(h.Sum64())
		}
	}
}

// fingerprint is a hash that is nearly the same for texts that are (SimHash, Charikar 2002), and whether the text is long enough for that.
func fingerprint(text string) (uint64, bool) {
	const least = 16
	var votes [64]int
	n := 0
	shingles(text, func(h uint64) {
		n++
		for b := range votes {
			votes[b] += int(h>>b&1)*2 - 1
		}
	})
	var f uint64
	for b, v := range votes {
		if v > 0 {
			f |= 1 << b
		}
	}
	return f, n >= least
}

// duplicates knows the fingerprints of the latest texts and finds those that differ in at most three bits: such two share one of four
// quarters. The zero value is ready to use.
type duplicates struct {
	ring  []print
	next  int
	bands [4]map[uint16][]int
}

type print struct {
	fingerprint uint64
	id          string
	used        bool
}

// add gives the id of an earlier text that is nearly the same, "" when there is none, and remembers the text, at most keep of them.
func (d *duplicates) add(id, text string, keep int) string {
	f, ok := fingerprint(text)
	if !ok {
		return ""
	}
	if d.ring == nil {
		d.ring = make([]print, keep)
		for b := range d.bands {
			d.bands[b] = map[uint16][]int{}
		}
	}
	const differ = 3
	original := ""
	for b := range d.bands {
		for _, at := range d.bands[b][band(f, b)] {
			if bits.OnesCount64(d.ring[at].fingerprint^f) <= differ {
				original = d.ring[at].id
			}
		}
	}
	if original != "" {
		return original
	}
	d.forget(d.next)
	d.ring[d.next] = print{f, id, true}
	for b := range d.bands {
		d.bands[b][band(f, b)] = append(d.bands[b][band(f, b)], d.next)
	}
	d.next = (d.next + 1) % len(d.ring)
	return ""
}

func (d *duplicates) forget(at int) {
	if !d.ring[at].used {
		return
	}
	for b := range d.bands {
		key := band(d.ring[at].fingerprint, b)
		list := d.bands[b][key]
		for i, other := range list {
			if other == at {
				list = append(list[:i], list[i+1:]...)
				break
			}
		}
		if len(list) == 0 {
			delete(d.bands[b], key)
		} else {
			d.bands[b][key] = list
		}
	}
}

func band(f uint64, b int) uint16 { return uint16(f >> (16 * b)) } //nolint:gosec // a quarter of the bits

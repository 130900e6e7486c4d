package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"vitrine"
)

// Basket is what one shopper took in one go.
type Basket struct {
	// User is the shopper's number in [Log.Users], -1 when nobody knows.
	User int32
	// Day is when the basket was begun, in days since 1970.
	Day float64
	// Items are the numbers in [Log.Items] of its distinct products, in the order in which they were taken; Amounts are their quantities.
	Items   []int32
	Amounts []float32
}

// Log is a history of baskets in order of time. Treat it as immutable.
type Log struct {
	Items, Users *Names
	// Texts are the products' titles by number; it may be shorter than Items, and a text may be empty.
	Texts   []string
	Baskets []Basket
}

// Names numbers ids from 0 in the order of their coming.
type Names struct {
	list []string
	at   map[string]int32
}

// NewNames numbers a list of distinct ids.
func NewNames(list ...string) *Names {
	n := &Names{at: make(map[string]int32, len(list))}
	for _, id := range list {
		n.add(id)
	}
	return n
}

// Len is the number of ids.
func (n *Names) Len() int { return len(n.list) }

// Name returns the id of a number.
func (n *Names) Name(i int32) string { return n.list[i] }

// Find returns the number of an id.
func (n *Names) Find(id string) (int32, bool) {
	i, ok := n.at[id]
	return i, ok
}

func (n *Names) add(id string) int32 {
	i, ok := n.at[id]
	if !ok {
		i = int32(len(n.list)) //nolint:gosec // fewer than 2³¹ ids
		n.at[id] = i
		n.list = append(n.list, id)
	}
	return i
}

func (n *Names) clone() *Names { return NewNames(n.list...) }

// Builder gathers events into a [Log]. The zero value is not usable; see [NewBuilder]. Not safe for concurrent use.
type Builder struct {
	items, users *Names
	texts        map[string]string
	baskets      []Basket
	open         map[string]int
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder {
	return &Builder{items: NewNames(), users: NewNames(), texts: map[string]string{}, open: map[string]int{}}
}

// Add takes the product of an event into the basket of its session; without a session, into one with the shopper's events of the same half hour.
// An event without a product adds nothing.
func (b *Builder) Add(e *vitrine.Event) {
	if e.Product == "" {
		return
	}
	const seconds = 86_400
	day := float64(e.Time.UnixMilli()) / 1000 / seconds
	key := basketKey(e)
	at, ok := b.open[key]
	if !ok || key == "" {
		at = len(b.baskets)
		user := int32(-1)
		if e.User != "" {
			user = b.users.add(e.User)
		}
		b.baskets = append(b.baskets, Basket{User: user, Day: day})
		b.open[key] = at
	}
	k := &b.baskets[at]
	k.Day = min(k.Day, day)
	item, amount := b.items.add(e.Product), float32(max(e.Value, 1))
	if i := slices.Index(k.Items, item); i >= 0 {
		k.Amounts[i] += amount
		return
	}
	k.Items, k.Amounts = append(k.Items, item), append(k.Amounts, amount)
}

// basketKey names the basket of an event; it is empty when the event stands alone.
func basketKey(e *vitrine.Event) string {
	switch {
	case e.Session != "":
		return e.User + "\x00" + e.Session
	case e.User != "":
		return fmt.Sprintf("%s\x00\x00%d", e.User, e.Time.Unix()/int64((30*time.Minute).Seconds()))
	}
	return ""
}

// Describe gives a product its title, by which like products are found before anyone bought them. Products that are only described belong to
// the log too.
func (b *Builder) Describe(item, text string) {
	b.items.add(item)
	b.texts[item] = text
}

// Forget removes the baskets of a user and their name, and returns the number of baskets.
func (b *Builder) Forget(user string) int {
	if _, ok := b.users.Find(user); !ok {
		return 0
	}
	log := b.Log()
	fresh := NewBuilder()
	fresh.items, fresh.texts = b.items, b.texts
	removed := 0
	for _, k := range log.Baskets {
		if k.User >= 0 {
			name := log.Users.Name(k.User)
			if name == user {
				removed++
				continue
			}
			k.User = fresh.users.add(name)
		}
		fresh.baskets = append(fresh.baskets, k)
	}
	// Open baskets are closed: what comes later in one of their sessions begins a new basket.
	*b = *fresh
	return removed
}

// Log returns what was gathered so far; the Builder may go on.
func (b *Builder) Log() *Log {
	log := &Log{Items: b.items.clone(), Users: b.users.clone(), Texts: make([]string, b.items.Len()), Baskets: slices.Clone(b.baskets)}
	for id, text := range b.texts {
		i, _ := b.items.Find(id)
		log.Texts[i] = text
	}
	for i := range log.Baskets {
		k := &log.Baskets[i]
		k.Items, k.Amounts = slices.Clone(k.Items), slices.Clone(k.Amounts)
	}
	slices.SortStableFunc(log.Baskets, func(a, b Basket) int { return cmp.Compare(a.Day, b.Day) })
	return log
}

// before returns the baskets begun before the day.
func (l *Log) before(day float64) []Basket {
	n, _ := slices.BinarySearchFunc(l.Baskets, day, func(k Basket, day float64) int { return cmp.Compare(k.Day, day) })
	return l.Baskets[:n]
}

// end is the day after which the log holds nothing.
func (l *Log) end() float64 {
	if len(l.Baskets) == 0 {
		return 0
	}
	return l.Baskets[len(l.Baskets)-1].Day
}

package behaviour

import (
	"fmt"

	"vitrine"
)

// Catalog says how many shoppers and products there are and what is known of them. Numbers of shoppers and products start from 0.
type Catalog struct {
	Users, Items int
	// UserAttributes are few-valued facts of shoppers, as in gender; at most one value each.
	UserAttributes []Attribute
	// ItemAttributes are few-valued facts of products, as in genre.
	ItemAttributes []Attribute
	// ItemNumbers and UserNumbers are numeric facts, NaN where unknown.
	ItemNumbers, UserNumbers []Numbers
}

// Attribute gives each shopper or product its values, numbered from 0 to Values-1.
type Attribute struct {
	Name   string
	Values int
	Of     [][]int32
}

// Numbers gives each shopper or product a number.
type Numbers struct {
	Name string
	Of   []float32
}

// Act is one shopper's answer to one product.
type Act struct {
	User, Item int32
	// Value is a rating or another strength; Label is 1 when it counts as positive and 0 otherwise.
	Value, Label float32
	// Time is in seconds since 1970.
	Time int64
}

func (c *Catalog) check() error {
	attributes := func(list []Attribute, n int, of string) error {
		for _, a := range list {
			if len(a.Of) != n {
				return vitrine.Errorf(vitrine.Invalid, "%s attribute %q: %d entries for %d", of, a.Name, len(a.Of), n)
			}
			for i, values := range a.Of {
				for _, v := range values {
					if v < 0 || int(v) >= a.Values {
						return vitrine.Errorf(vitrine.Invalid, "%s attribute %q: %d has value %d of %d", of, a.Name, i, v, a.Values)
					}
				}
			}
		}
		return nil
	}
	numbers := func(list []Numbers, n int, of string) error {
		for _, a := range list {
			if len(a.Of) != n {
				return vitrine.Errorf(vitrine.Invalid, "%s number %q: %d entries for %d", of, a.Name, len(a.Of), n)
			}
		}
		return nil
	}
	for _, err := range []error{
		attributes(c.UserAttributes, c.Users, "user"), attributes(c.ItemAttributes, c.Items, "item"),
		numbers(c.UserNumbers, c.Users, "user"), numbers(c.ItemNumbers, c.Items, "item"),
	} {
		if err != nil {
			return fmt.Errorf("catalog: %w", err)
		}
	}
	return nil
}

// Options says how much is kept. The zero value suits up to some millions of acts.
type Options struct {
	// Factors is the number of latent factors, 4 … 64; default 16.
	Factors int
	// Epochs is the number of passes of each fit of the factors; default 12.
	Epochs int
	// Growth is the share by which the log grows between fits; default 0.1.
	Growth float64
	// Neighbours is the largest number of products with neighbours; default 4096. Memory is 4 bytes times its square.
	Neighbours int
	// History is the number of a shopper's latest acts that neighbours are looked up for; default 500.
	History int
	// Session is the pause in seconds that ends a session; default 3600.
	Session int64
	Seed    uint64
}

func (o Options) withDefaults() Options {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.Factors, 16)
	set(&o.Epochs, 12)
	set(&o.Neighbours, 4096)
	set(&o.History, 500)
	if o.Growth <= 0 {
		o.Growth = 0.1
	}
	if o.Session <= 0 {
		o.Session = 3600
	}
	return o
}

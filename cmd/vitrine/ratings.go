package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"vitrine"
	"vitrine/loaders/recbole"
	"vitrine/rerank/behaviour"
	"vitrine/rerank/neural"
	"vitrine/rerank/train"
)

// ratings is a rating set: who answered what when, and what is known of both sides.
type ratings struct {
	catalog behaviour.Catalog
	acts    []behaviour.Act
}

const (
	// fewValues is the largest number of values of an attribute; columns with more are names, as titles and postal codes.
	fewValues = 64
	// fewTags is the same for sequences.
	fewTags = 256
	// buckets is the number of equally filled parts that a number is also taken as an attribute of.
	buckets = 8
)

// readRatings reads RecBole files; the paths of items and users may be empty. A rating from positive on is a positive answer.
func readRatings(interactions, items, users string, positive float64) (*ratings, error) {
	inter, err := recbole.Open(interactions)
	if err != nil {
		return nil, err
	}
	columns := map[string]*recbole.Column{}
	for name, kind := range map[string]recbole.Type{"user_id": recbole.Token, "item_id": recbole.Token, "rating": recbole.Float, "timestamp": recbole.Float} {
		c := inter.Column(name)
		if c == nil || c.Type != kind {
			return nil, vitrine.Errorf(vitrine.Invalid, "interactions %s: no column %s:%s", interactions, name, kind)
		}
		columns[name] = c
	}
	user, item, rating, times := columns["user_id"], columns["item_id"], columns["rating"].Floats, columns["timestamp"].Times
	r := &ratings{catalog: behaviour.Catalog{Users: len(user.Names), Items: len(item.Names)}, acts: make([]behaviour.Act, inter.Rows)}
	for i := range r.acts {
		if rating[i] != rating[i] || math.IsNaN(times[i]) {
			return nil, vitrine.Errorf(vitrine.Invalid, "interactions %s: row %d has no rating or no timestamp", interactions, i+1)
		}
		r.acts[i] = behaviour.Act{User: user.Tokens[i], Item: item.Tokens[i], Value: rating[i], Time: int64(times[i])}
		if float64(rating[i]) >= positive {
			r.acts[i].Label = 1
		}
	}
	if items != "" {
		if r.catalog.ItemAttributes, r.catalog.ItemNumbers, err = readSide(items, "item_id", item); err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
	}
	if users != "" {
		if r.catalog.UserAttributes, r.catalog.UserNumbers, err = readSide(users, "user_id", user); err != nil {
			return nil, fmt.Errorf("users: %w", err)
		}
	}
	return r, nil
}

// readSide reads what is known of the names of one side: few-valued columns as attributes, numeric ones as numbers and as attributes too.
func readSide(path, id string, names *recbole.Column) ([]behaviour.Attribute, []behaviour.Numbers, error) {
	table, err := recbole.Open(path)
	if err != nil {
		return nil, nil, err
	}
	key := table.Column(id)
	if key == nil || key.Type != recbole.Token {
		return nil, nil, vitrine.Errorf(vitrine.Invalid, "%s: no column %s:token", path, id)
	}
	// rows are those of the table by name, -1 for a name that it does not have.
	rows := make([]int, len(names.Names))
	for i := range rows {
		rows[i] = -1
	}
	for row, token := range key.Tokens {
		if at := names.Find(key.Names[token]); at >= 0 {
			rows[at] = row
		}
	}
	var attributes []behaviour.Attribute
	var numbers []behaviour.Numbers
	for i := range table.Columns {
		c := &table.Columns[i]
		if c.Name == id {
			continue
		}
		if values, ok := numeric(c); ok {
			n := behaviour.Numbers{Name: c.Name, Of: make([]float32, len(rows))}
			for at, row := range rows {
				n.Of[at] = float32(math.NaN())
				if row >= 0 {
					n.Of[at] = values[row]
				}
			}
			numbers = append(numbers, n)
			attributes = append(attributes, bucketed(n))
			continue
		}
		if a, ok := few(c, rows); ok {
			attributes = append(attributes, a)
		}
	}
	return attributes, numbers, nil
}

// few returns a column of tokens with few values as an attribute.
func few(c *recbole.Column, rows []int) (behaviour.Attribute, bool) {
	most := map[recbole.Type]int{recbole.Token: fewValues, recbole.TokenSeq: fewTags}[c.Type]
	if len(c.Names) > most || len(c.Names) < 2 {
		return behaviour.Attribute{}, false
	}
	a := behaviour.Attribute{Name: c.Name, Values: len(c.Names), Of: make([][]int32, len(rows))}
	for at, row := range rows {
		switch {
		case row < 0:
		case c.Type == recbole.TokenSeq:
			a.Of[at] = c.TokenSeqs[row]
		case c.Names[c.Tokens[row]] != "":
			a.Of[at] = c.Tokens[row : row+1 : row+1]
		}
	}
	return a, true
}

// numeric returns the values of a column of numbers, or of tokens that are numbers and not just a few codes.
func numeric(c *recbole.Column) ([]float32, bool) {
	if c.Type == recbole.Float {
		return c.Floats, true
	}
	const codes = 24
	if c.Type != recbole.Token || len(c.Names) <= codes {
		return nil, false
	}
	of := make([]float32, len(c.Names))
	for i, name := range c.Names {
		v, err := strconv.ParseFloat(name, 32)
		switch {
		case name == "":
			v = math.NaN()
		case err != nil || len(name) > 4: // a longer one is a code, as a postal code
			return nil, false
		}
		of[i] = float32(v)
	}
	values := make([]float32, len(c.Tokens))
	for i, t := range c.Tokens {
		values[i] = of[t]
	}
	return values, true
}

// bucketed turns numbers into an attribute of equally filled parts.
func bucketed(n behaviour.Numbers) behaviour.Attribute {
	var known []float32
	for _, v := range n.Of {
		if v == v {
			known = append(known, v)
		}
	}
	slices.Sort(known)
	var bounds []float32
	for b := 1; b < buckets && len(known) > 0; b++ {
		bounds = append(bounds, known[b*len(known)/buckets])
	}
	bounds = slices.Compact(bounds)
	a := behaviour.Attribute{Name: n.Name + "_range", Values: len(bounds) + 1, Of: make([][]int32, len(n.Of))}
	for i, v := range n.Of {
		if v == v {
			at, _ := slices.BinarySearch(bounds, v)
			a.Of[i] = []int32{int32(at)} //nolint:gosec // a few buckets
		}
	}
	return a
}

// dataset turns replayed ratings into rows to learn from.
func (r *ratings) dataset(p *behaviour.Replayed) *train.Dataset {
	n := len(p.Acts)
	d := &train.Dataset{
		Features: p.Names, X: p.X, IDNames: []string{"user", "item"}, IDs: [][]int32{make([]int32, n), make([]int32, n)},
		History: &neural.History{Items: p.PastItems, Values: p.PastValues, From: p.From, To: p.To, Column: 1},
		Label:   make([]float32, n), Group: make([]int32, n), Segments: map[string][]string{},
	}
	for _, a := range r.catalog.UserAttributes {
		of := make([]string, n)
		ids := make([]int32, n)
		for i := range p.Acts {
			ids[i] = -1
			if values := a.Of[p.Acts[i].User]; len(values) > 0 {
				ids[i] = values[0]
				of[i] = strconv.Itoa(int(values[0]))
			}
		}
		d.IDNames, d.IDs = append(d.IDNames, a.Name), append(d.IDs, ids)
		d.Segments[a.Name] = of
	}
	for i := range p.Acts {
		a := &p.Acts[i]
		d.IDs[0][i], d.IDs[1][i], d.Label[i], d.Group[i] = a.User, a.Item, a.Label, a.User
	}
	return d
}

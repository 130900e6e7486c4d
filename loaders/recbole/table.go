package recbole

import (
	"bufio"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"vitrine"
)

// Type is what the values of a column are.
type Type string

// The types that are read.
const (
	Token    Type = "token"
	TokenSeq Type = "token_seq"
	Float    Type = "float"
	FloatSeq Type = "float_seq"
)

// Table is one atomic file.
type Table struct {
	Columns []Column
	Rows    int
}

// Column is one column of a table; of the value slices the one that its type names is filled, with one element a row.
type Column struct {
	Name string
	Type Type
	// Names are the distinct tokens in the order of their appearance; Tokens and TokenSeqs index them. An empty cell is the token "".
	Names     []string
	Tokens    []int32
	TokenSeqs [][]int32
	// Floats has NaN for an empty cell.
	Floats    []float32
	FloatSeqs [][]float32
	// Times has the values of a float column whose name is in [TimeColumns], which float32 could not hold.
	Times []float64

	index map[string]int32
}

// TimeColumns are the names of float columns that are kept in full precision.
func TimeColumns() []string { return []string{"timestamp", "time"} }

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Open reads a file; the error's code is [vitrine.NotFound] when it cannot be opened and [vitrine.Invalid], with the line, when it is malformed.
func Open(path string) (*Table, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "atomic file: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	t, err := Read(f)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "atomic file %s: %w", path, err)
	}
	return t, nil
}

// lineLimit is the longest line in bytes.
const lineLimit = 1 << 20

// Read reads a table; see [Open] for errors.
func Read(r io.Reader) (*Table, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), lineLimit)
	if !lines.Scan() {
		return nil, scanError(1, lines.Err(), "no header")
	}
	t, err := header(strings.TrimSuffix(strings.TrimPrefix(lines.Text(), "\ufeff"), "\r"))
	if err != nil {
		return nil, err
	}
	for line := 2; lines.Scan(); line++ {
		text := strings.TrimSuffix(lines.Text(), "\r")
		if text == "" {
			continue
		}
		if err := t.add(text); err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "line %d: %w", line, err)
		}
	}
	if lines.Err() != nil {
		return nil, scanError(t.Rows+2, lines.Err(), "")
	}
	return t, nil
}

func scanError(line int, err error, otherwise string) error {
	switch {
	case err == nil:
		return vitrine.Errorf(vitrine.Invalid, "line %d: %s", line, otherwise)
	case errors.Is(err, bufio.ErrTooLong):
		return vitrine.Errorf(vitrine.TooLarge, "line %d: longer than %d bytes", line, lineLimit)
	}
	return vitrine.Errorf(vitrine.Unavailable, "line %d: %w", line, err)
}

func header(text string) (*Table, error) {
	t := &Table{}
	for i, cell := range strings.Split(text, "\t") {
		name, kind, ok := strings.Cut(cell, ":")
		if !ok || name == "" {
			return nil, vitrine.Errorf(vitrine.Invalid, "header: column %d: %q is not name:type", i+1, cell)
		}
		switch Type(kind) {
		case Token, TokenSeq, Float, FloatSeq:
		default:
			return nil, vitrine.Errorf(vitrine.Invalid, "header: column %q: type %q is none of token, token_seq, float, float_seq", name, kind)
		}
		if t.Column(name) != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "header: column %q: named twice", name)
		}
		t.Columns = append(t.Columns, Column{Name: name, Type: Type(kind), index: map[string]int32{}})
	}
	return t, nil
}

// add appends one line to every column, or to none.
func (t *Table) add(text string) error {
	if got := strings.Count(text, "\t") + 1; got != len(t.Columns) {
		return vitrine.Errorf(vitrine.Invalid, "%d columns instead of %d", got, len(t.Columns))
	}
	rest := text
	for i := range t.Columns {
		var cell string
		cell, rest, _ = strings.Cut(rest, "\t")
		if err := t.Columns[i].add(strings.TrimSpace(cell)); err != nil {
			return vitrine.Errorf(vitrine.Invalid, "column %q: %w", t.Columns[i].Name, err)
		}
	}
	t.Rows++
	return nil
}

func (c *Column) add(cell string) error {
	switch c.Type {
	case Token:
		c.Tokens = append(c.Tokens, c.token(cell))
	case TokenSeq:
		var list []int32
		for name := range strings.FieldsSeq(cell) {
			list = append(list, c.token(name))
		}
		c.TokenSeqs = append(c.TokenSeqs, list)
	case Float:
		v, err := number(cell)
		if err != nil {
			return err
		}
		c.Floats = append(c.Floats, float32(v))
		if c.Name == TimeColumns()[0] || c.Name == TimeColumns()[1] {
			c.Times = append(c.Times, v)
		}
	case FloatSeq:
		var list []float32
		for part := range strings.FieldsSeq(cell) {
			v, err := number(part)
			if err != nil {
				return err
			}
			list = append(list, float32(v))
		}
		c.FloatSeqs = append(c.FloatSeqs, list)
	}
	return nil
}

// token returns the number of a token, which is new when it has none.
func (c *Column) token(name string) int32 {
	if at, ok := c.index[name]; ok {
		return at
	}
	at := int32(len(c.Names)) //nolint:gosec // bounded by memory
	name = strings.Clone(name)
	c.index[name] = at
	c.Names = append(c.Names, name)
	return at
}

// Find returns the number of a token, or -1.
func (c *Column) Find(name string) int32 {
	if at, ok := c.index[name]; ok {
		return at
	}
	return -1
}

// number parses a finite number; an empty cell is NaN.
func number(cell string) (float64, error) {
	if cell == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, vitrine.Errorf(vitrine.Invalid, "%q is not a finite number", cell)
	}
	return v, nil
}

package api

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vitrine"
)

// maxFilterNesting bounds the parser's recursion; [vitrine.Filter.Validate] has the say about less.
const maxFilterNesting = 64

// ParseFilter reads a filter expression, as in
//
//	brand = HP AND price >= 100 AND NOT (colour IN [red, "light blue"] OR stock EXISTS)
//
// A condition is field = value, field:value (the same), field != value, field IN [value, …], field NOT IN [value, …], field EXISTS, or
// field with <, <=, > or >= and a number. NOT binds tighter than AND, AND tighter than OR. Keywords are case-insensitive. Fields and values
// are bare words or quoted with " or ', where a backslash escapes; a field with a keyword's name is quoted. An empty expression is nil.
// An error has code [vitrine.Invalid] and names the character, from 1, at which the expression goes wrong.
func ParseFilter(expression string) (*vitrine.Filter, error) {
	if !utf8.ValidString(expression) {
		return nil, vitrine.Errorf(vitrine.Invalid, "filter: is not valid UTF-8")
	}
	if strings.TrimSpace(expression) == "" {
		return nil, nil
	}
	p := &filterParser{text: expression}
	if err := p.advance(); err != nil {
		return nil, err
	}
	f, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.token.kind != tokenEnd {
		return nil, p.expected("AND, OR or the end")
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return f, nil
}

// filterParser descends recursively with one token of lookahead.
type filterParser struct {
	text  string
	next  int
	token filterToken
}

func (p *filterParser) or(depth int) (*vitrine.Filter, error) {
	list, err := p.list("or", depth, p.and)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return &vitrine.Filter{Or: list}, nil
}

func (p *filterParser) and(depth int) (*vitrine.Filter, error) {
	list, err := p.list("and", depth, p.unary)
	if err != nil || len(list) == 1 {
		return first(list), err
	}
	return &vitrine.Filter{And: list}, nil
}

// list reads operands separated by the keyword.
func (p *filterParser) list(keyword string, depth int, operand func(int) (*vitrine.Filter, error)) ([]vitrine.Filter, error) {
	var list []vitrine.Filter
	for {
		f, err := operand(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, *f)
		if !p.token.is(keyword) {
			return list, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func first(list []vitrine.Filter) *vitrine.Filter {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

func (p *filterParser) unary(depth int) (*vitrine.Filter, error) {
	if depth >= maxFilterNesting {
		return nil, p.errorf("nested deeper than %d", maxFilterNesting)
	}
	switch {
	case p.token.is("not"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		f, err := p.unary(depth + 1)
		if err != nil {
			return nil, err
		}
		return &vitrine.Filter{Not: f}, nil
	case p.token.is("("):
		if err := p.advance(); err != nil {
			return nil, err
		}
		f, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return f, p.take(")", `AND, OR or ")"`)
	}
	return p.condition()
}

func (p *filterParser) condition() (*vitrine.Filter, error) {
	if p.token.kind != tokenQuoted && (p.token.kind != tokenWord || p.token.keyword()) {
		return nil, p.expected("a field")
	}
	field := p.token.text
	if field == "" {
		return nil, p.errorf("the field is empty")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	operator := p.token
	switch {
	case operator.is("exists"):
		return &vitrine.Filter{Exists: field}, p.advance()
	case operator.is("not"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		if !p.token.is("in") {
			return nil, p.expected("IN")
		}
		values, err := p.values()
		return not(term(field, values)), err
	case operator.is("in"):
		values, err := p.values()
		return term(field, values), err
	case operator.is("="), operator.is(":"), operator.is("!="):
		if err := p.advance(); err != nil {
			return nil, err
		}
		value, err := p.value()
		f := term(field, []string{value})
		if operator.is("!=") {
			f = not(f)
		}
		return f, err
	case operator.is("<"), operator.is("<="), operator.is(">"), operator.is(">="):
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.bound(field, operator.text)
	}
	return nil, p.expected("an operator (= != : < <= > >= IN NOT IN EXISTS)")
}

func term(field string, values []string) *vitrine.Filter {
	return &vitrine.Filter{Term: &vitrine.Term{Field: field, Values: values}}
}

func not(f *vitrine.Filter) *vitrine.Filter { return &vitrine.Filter{Not: f} }

func (p *filterParser) bound(field, operator string) (*vitrine.Filter, error) {
	number, err := strconv.ParseFloat(p.token.text, 64)
	if p.token.kind != tokenWord || err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
		return nil, p.expected("a number")
	}
	r := &vitrine.Range{Field: field}
	switch operator {
	case "<":
		r.LT = &number
	case "<=":
		r.LTE = &number
	case ">":
		r.GT = &number
	default:
		r.GTE = &number
	}
	return &vitrine.Filter{Range: r}, p.advance()
}

// values reads IN's list, from the keyword on.
func (p *filterParser) values() ([]string, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.take("[", `"["`); err != nil {
		return nil, err
	}
	var values []string
	for {
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if !p.token.is(",") {
			return values, p.take("]", `"," or "]"`)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *filterParser) value() (string, error) {
	if p.token.kind != tokenWord && p.token.kind != tokenQuoted {
		return "", p.expected("a value")
	}
	text := p.token.text
	return text, p.advance()
}

func (p *filterParser) take(symbol, wanted string) error {
	if !p.token.is(symbol) {
		return p.expected(wanted)
	}
	return p.advance()
}

func (p *filterParser) expected(what string) error {
	got := strconv.Quote(p.token.text)
	if p.token.kind == tokenEnd {
		got = "the end"
	}
	return p.errorf("expected %s, got %s", what, got)
}

func (p *filterParser) errorf(format string, args ...any) error {
	return errorAt(p.text, p.token.at, format, args...)
}

// errorAt reports an error at a byte offset as a position in characters.
func errorAt(text string, at int, format string, args ...any) error {
	return vitrine.Errorf(vitrine.Invalid, "filter: at character %d: "+format, append([]any{utf8.RuneCountInString(text[:at]) + 1}, args...)...)
}

func (p *filterParser) advance() error {
	for p.next < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.next:])
		if !unicode.IsSpace(r) {
			break
		}
		p.next += size
	}
	token, err := scanFilterToken(p.text, p.next)
	if err != nil {
		return err
	}
	p.token, p.next = token, token.end
	return nil
}

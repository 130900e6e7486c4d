package loaders

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vitrine"
)

// pick is a cell that a role may take its value from.
type pick struct {
	rank  int
	field *field
}

// maker turns records into products by a plan. It is for one goroutine.
type maker struct {
	*plan
	currency   string
	priceLimit float64
	picks      [roleCount][]pick
	filled     []field
}

// product makes the product of a record. Repairs are noted on the record; an error means that no index can take the product.
func (m *maker) product(rec *record) (*vitrine.Product, error) {
	for i := range m.picks {
		m.picks[i] = m.picks[i][:0]
	}
	p := &vitrine.Product{}
	for i := range rec.fields {
		f := &rec.fields[i]
		s := m.slot(f.name)
		for _, u := range s.uses {
			m.picks[u.role] = append(m.picks[u.role], pick{u.rank, f})
		}
		if s.attribute != "" {
			m.setAttribute(p, s.attribute, f, rec)
		}
		if s.translation != "" {
			m.setTranslation(p, s, f, rec)
		}
	}
	m.fillTemplates(rec)
	for i := range m.picks {
		if len(m.picks[i]) > 1 {
			slices.SortStableFunc(m.picks[i], func(a, b pick) int { return a.rank - b.rank })
		}
	}
	p.ID = strings.TrimSpace(m.scalar(roleID))
	p.Group = m.text(roleGroup, rec)
	p.Title = m.text(roleTitle, rec)
	p.Description = m.prose(roleDescription, rec)
	p.Brand = m.text(roleBrand, rec)
	p.Category = m.category(rec)
	p.Codes = m.list(roleCodes, rec)
	p.Images = m.list(roleImages, rec)
	p.Clips = m.list(roleClips, rec)
	p.URL = m.text(roleURL, rec)
	m.setPrice(p, rec)
	m.setStock(p, rec)
	m.setReleased(p, rec)
	return p, p.Validate()
}

func (m *maker) fillTemplates(rec *record) {
	m.filled = m.filled[:0]
	for _, t := range m.templates {
		if s := fill(t.text, rec); s != "" {
			m.filled = append(m.filled, textField(t.text, s))
		} else {
			m.filled = append(m.filled, field{})
		}
	}
	for i, t := range m.templates {
		m.picks[t.role] = append(m.picks[t.role], pick{t.rank, &m.filled[i]})
	}
}

// fill replaces {column} in a template; it returns "" when a column is empty or missing.
func fill(text string, rec *record) string {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(text, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return ""
		}
		value := ""
		for i := range rec.fields {
			if fold(rec.fields[i].name) == fold(name) {
				value = strings.TrimSpace(rec.fields[i].first())
				break
			}
		}
		if value == "" {
			return ""
		}
		b.WriteString(value)
		text = after
	}
}

// scalar returns the first text that is not blank among a role's columns.
func (m *maker) scalar(r role) string {
	for _, p := range m.picks[r] {
		if s := p.field.first(); strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

func (m *maker) text(r role, rec *record) string { return cleanLine(m.scalar(r), rec) }

// prose is a role's text with its lines kept.
func (m *maker) prose(r role, rec *record) string {
	for _, p := range m.picks[r] {
		s := p.field.first()
		if texts := p.field.texts(); len(texts) > 1 {
			s = strings.Join(texts, "\n")
		}
		if s = cleanProse(s, rec); s != "" {
			return s
		}
	}
	return ""
}

// list returns all texts of a role, each once; a single text is split at the list separator.
func (m *maker) list(r role, rec *record) []string {
	separator := m.ListSeparator
	if separator == "" {
		separator = "|"
	}
	var list []string
	for _, p := range m.picks[r] {
		texts := p.field.texts()
		if len(texts) == 1 && strings.Contains(texts[0], separator) && !strings.HasPrefix(texts[0], "data:") {
			texts = strings.Split(texts[0], separator)
		}
		for _, s := range texts {
			if s = cleanLine(s, rec); s != "" && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	return list
}

func (m *maker) category(rec *record) []string {
	var path []string
	for _, p := range m.picks[roleCategory] {
		texts := p.field.texts()
		if len(texts) == 1 && (m.alternatives || len(m.Category) == 1) {
			texts = m.splitPath(texts[0])
		}
		for _, s := range texts {
			if s = cleanLine(s, rec); s != "" && (len(path) == 0 || path[len(path)-1] != s) {
				path = append(path, s)
			}
		}
		if m.alternatives && len(path) > 0 {
			break
		}
	}
	return path
}

func (m *maker) splitPath(s string) []string {
	if m.CategorySeparator != "" {
		return strings.Split(s, m.CategorySeparator)
	}
	s = cleanLine(s, nil)
	for _, separator := range []string{">", "|", " / "} {
		if strings.Contains(s, separator) {
			return strings.Split(s, separator)
		}
	}
	return []string{s}
}

func (m *maker) setPrice(p *vitrine.Product, rec *record) {
	raw := strings.TrimSpace(m.scalar(rolePrice))
	column := m.scalar(roleCurrency)
	fallback := m.currency
	if column != "" {
		if code, ok := parseCurrency(column); ok {
			fallback = code
		} else {
			rec.mend("currency unknown, dropped", column)
		}
	}
	if raw == "" {
		return
	}
	amount, code, ok := ParsePrice(raw, m.Decimal, fallback)
	if m.PriceScale != 0 {
		amount = math.Round(amount*m.PriceScale*1e6) / 1e6
	}
	switch {
	case !ok:
		rec.mend("price unreadable, dropped", raw)
	case amount < 0:
		rec.mend("price negative, dropped", raw)
	case amount > m.priceLimit:
		rec.mend("price absurd, dropped", raw)
	case amount > 0:
		p.Price, p.Currency = amount, code
	}
}

func (m *maker) setStock(p *vitrine.Product, rec *record) {
	raw := strings.ToLower(strings.TrimSpace(m.scalar(roleStock)))
	none := 0
	switch strings.ReplaceAll(raw, "_", " ") {
	case "", "in stock", "available", "true", "yes", "preorder", "backorder", "instock":
		return
	case "out of stock", "sold out", "unavailable", "false", "no", "outofstock":
		p.Stock = &none
		return
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(n) || n > math.MaxInt32 {
		rec.mend("stock unreadable, dropped", raw)
		return
	}
	// Oversold articles have a negative stock in many shop systems.
	pieces := max(0, int(n))
	p.Stock = &pieces
}

func (m *maker) setReleased(p *vitrine.Product, rec *record) {
	raw := strings.TrimSpace(m.scalar(roleReleased))
	if raw == "" {
		return
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "02.01.2006", "2006/01/02", "2006-01"} {
		if t, err := time.Parse(layout, raw); err == nil {
			p.Released = t
			return
		}
	}
	rec.mend("date unreadable, dropped", raw)
}

func (m *maker) setTranslation(p *vitrine.Product, s *slot, f *field, rec *record) {
	if p.Translations == nil {
		p.Translations = make(map[string]vitrine.Translation, 1)
	}
	t := p.Translations[s.translation]
	if s.title {
		t.Title = cleanLine(f.first(), rec)
	} else {
		t.Description = cleanProse(f.first(), rec)
	}
	p.Translations[s.translation] = t
}

func (m *maker) setAttribute(p *vitrine.Product, name string, f *field, rec *record) {
	value := f.value
	if f.literal == "" {
		if _, isBool := value.Bool(); !isBool {
			var ok bool
			if value, ok = m.attribute(f.value.Texts(), rec); !ok {
				return
			}
		}
	}
	if p.Attributes == nil {
		p.Attributes = make(map[string]vitrine.Value, len(rec.fields))
	}
	p.Attributes[name] = value
}

// attribute cleans the texts of an attribute; ok is false when nothing is left.
func (m *maker) attribute(texts []string, rec *record) (value vitrine.Value, ok bool) {
	if len(texts) == 1 && m.ListSeparator != "" {
		texts = strings.Split(texts[0], m.ListSeparator)
	}
	if len(texts) == 1 {
		s := cleanLine(texts[0], rec)
		if s == "" {
			return value, false
		}
		if rec.untyped {
			return typed(s), true
		}
		if s == texts[0] {
			return vitrine.Texts(texts...), true
		}
		return vitrine.Text(s), true
	}
	clean := make([]string, 0, len(texts))
	for _, s := range texts {
		if s = cleanLine(s, rec); s != "" {
			clean = append(clean, s)
		}
	}
	if len(clean) == 1 && rec.untyped {
		return typed(clean[0]), true
	}
	return vitrine.Texts(clean...), len(clean) > 0
}

// typed gives a text the type that it looks like: plain decimals without leading zeros are numbers, true and false are booleans.
func typed(s string) vitrine.Value {
	switch s {
	case "true", "True", "TRUE":
		return vitrine.Bool(true)
	case "false", "False", "FALSE":
		return vitrine.Bool(false)
	}
	if plainDecimal(s) {
		if x, err := strconv.ParseFloat(s, 64); err == nil {
			return vitrine.Number(x)
		}
	}
	return vitrine.Text(s)
}

func plainDecimal(s string) bool {
	const longest = 15
	digits := strings.TrimPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if len(digits) > longest || whole == "" || point && fraction == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	for _, part := range []string{whole, fraction} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return false
			}
		}
	}
	return true
}

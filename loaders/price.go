package loaders

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/currency"
)

// signs are the currency signs and local names that prices are written with; longer ones come first.
var signs = []struct{ sign, code string }{
	{"US$", "USD"},
	{"A$", "AUD"},
	{"AU$", "AUD"},
	{"C$", "CAD"},
	{"CA$", "CAD"},
	{"NZ$", "NZD"},
	{"HK$", "HKD"},
	{"NT$", "TWD"},
	{"S$", "SGD"},
	{"MX$", "MXN"},
	{"R$", "BRL"},
	{"€", "EUR"},
	{"EURO", "EUR"},
	{"£", "GBP"},
	{"$", "USD"},
	{"元", "CNY"},
	{"円", "JPY"},
	{"RMB", "CNY"},
	{"¥", "JPY"},
	{"\uffe5", "JPY"},
	{"₹", "INR"},
	{"RS.", "INR"},
	{"RS", "INR"},
	{"₽", "RUB"},
	{"₩", "KRW"},
	{"₺", "TRY"},
	{"₪", "ILS"},
	{"₴", "UAH"},
	{"฿", "THB"},
	{"₫", "VND"},
	{"ZŁ", "PLN"},
	{"KČ", "CZK"},
	{"KR", "SEK"},
	{"KR.", "DKK"},
	{"FR.", "CHF"},
	{"SFR.", "CHF"},
	{"FT", "HUF"},
	{"LEI", "RON"},
}

// sharedSigns are signs of several currencies; the file's own currency wins over the usual meaning where it is one of them.
var sharedSigns = map[string]string{
	"$":      "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP",
	"¥":      "JPY CNY",
	"\uffe5": "JPY CNY",
	"KR":     "SEK NOK DKK ISK",
	"£":      "GBP EGP LBP",
}

// ParsePrice reads a price as people and exports write it: "1,299.00 USD", "€ 1.299,00", "CHF 1'299.-", "$5", "(5.00)". The decimal
// mark is "." or ","; when empty it is the later of the two marks, or a lone mark unless it is a comma before exactly three digits.
// The currency is the code or sign in the text, else fallback. ok is false when the text is not one price, as in "10-20".
func ParsePrice(s, decimal, fallback string) (amount float64, code string, ok bool) {
	s = strings.TrimSpace(s)
	if inner, found := strings.CutPrefix(s, "("); found && strings.HasSuffix(inner, ")") {
		amount, code, ok = ParsePrice(strings.TrimSuffix(inner, ")"), decimal, fallback)
		return -amount, code, ok
	}
	first := strings.IndexFunc(s, isDigit)
	last := strings.LastIndexFunc(s, isDigit)
	if first < 0 {
		return 0, fallback, false
	}
	before, number, after := s[:first], s[first:last+1], s[last+1:]
	if strings.HasSuffix(before, ".") && !unicode.IsLetter(lastRune(strings.TrimSuffix(before, "."))) {
		before, number = strings.TrimSuffix(before, "."), "0."+number
	}
	negative := false
	for _, minus := range []string{"-", "−", "–"} {
		if rest := strings.Replace(before, minus, "", 1); rest != before {
			before, negative = rest, true
			break
		}
	}
	after = strings.TrimLeft(after, ".,-–—")
	if code, ok = currencyAround(before, after, fallback); !ok {
		return 0, fallback, false
	}
	if amount, ok = parseAmount(number, decimal); !ok {
		return 0, fallback, false
	}
	if negative {
		amount = -amount
	}
	return amount, code, true
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func lastRune(s string) rune {
	last := rune(0)
	for _, r := range s {
		last = r
	}
	return last
}

// currencyAround finds the one currency in what stands before and after the number.
func currencyAround(before, after, fallback string) (string, bool) {
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	if before == "" && after == "" {
		return fallback, true
	}
	if before != "" && after != "" {
		a, okA := parseCurrencyOr(before, fallback)
		b, okB := parseCurrencyOr(after, a)
		// "$5 USD" names one currency twice; "$5 CAD" is made precise by its code.
		return b, okA && okB
	}
	return parseCurrencyOr(before+after, fallback)
}

func parseCurrency(s string) (string, bool) { return parseCurrencyOr(s, "") }

// parseCurrencyOr returns the code that s stands for; own is the code to prefer when s is a sign of several currencies.
func parseCurrencyOr(s, own string) (string, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for _, c := range signs {
		if s != c.sign {
			continue
		}
		if own != "" && strings.Contains(sharedSigns[c.sign], own) {
			return own, true
		}
		return c.code, true
	}
	if len(s) == 3 {
		if unit, err := currency.ParseISO(s); err == nil {
			return unit.String(), true
		}
	}
	return "", false
}

// parseAmount reads digits with decimal and grouping marks.
func parseAmount(s, decimal string) (float64, bool) {
	for _, group := range []string{" ", "\u00a0", "\u202f", "\u2009", "'", "’", "_"} {
		s = strings.ReplaceAll(s, group, "")
	}
	if x, err := strconv.ParseFloat(s, 64); err == nil && isExponent(s) {
		return x, true
	}
	if decimal == "" {
		decimal = decimalMark(s)
	}
	group := ","
	if decimal == "," {
		group = "."
	}
	whole, fraction, _ := strings.Cut(s, decimal)
	if strings.Contains(fraction, group) {
		return 0, false
	}
	parts := strings.Split(whole, group)
	for i, part := range parts[1:] {
		// Indian grouping has pairs: 1,29,900.
		if len(part) != 3 && (len(part) != 2 || i == len(parts)-2) {
			return 0, false
		}
	}
	digits := strings.Join(parts, "")
	for _, r := range digits + fraction {
		if !isDigit(r) {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(digits+"."+fraction+"0", 64)
	return x, err == nil
}

func isExponent(s string) bool {
	return strings.ContainsAny(s, "eE") && !strings.ContainsAny(s, "xXpP")
}

// decimalMark guesses which mark of s is the decimal one.
func decimalMark(s string) string {
	point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case comma < 0 && strings.Count(s, ".") > 1:
		return ","
	case comma < 0:
		return "."
	case point >= 0 && comma > point:
		return ","
	case point >= 0:
		return "."
	case strings.HasPrefix(s, "0,"):
		return ","
	case strings.Count(s, ",") > 1 || len(s)-comma-1 == 3:
		return "."
	}
	return ","
}

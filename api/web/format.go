package web

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// money formats a price as "€ 1,234.50"; a currency without a sign of its own keeps its code.
func money(amount float64, currency string) string {
	decimals := 2
	sign := currency
	switch currency {
	case "EUR":
		sign = "€"
	case "USD":
		sign = "$"
	case "GBP":
		sign = "£"
	case "CNY":
		sign = "CN¥"
	case "INR":
		sign = "₹"
	case "JPY":
		sign, decimals = "¥", 0
	case "KRW":
		sign, decimals = "₩", 0
	}
	text := group(strconv.FormatFloat(amount, 'f', decimals, 64))
	switch sign {
	case "":
		return text
	case "$", "£", "₹":
		return sign + text
	}
	return sign + "\u00a0" + text
}

// group puts commas between the thousands of a decimal number.
func group(text string) string {
	whole, fraction, hasFraction := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasFraction {
		return whole + "." + fraction
	}
	return whole
}

// number formats a count.
func number(n int) string { return group(strconv.Itoa(n)) }

// label makes a field's name readable: "display_diagonal" is "Display diagonal".
func label(field string) string {
	text := strings.TrimSpace(strings.ReplaceAll(field, "_", " "))
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return field
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// initial is the letter that stands for a product without a picture.
func initial(title string) string {
	for _, r := range title {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}

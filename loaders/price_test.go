package loaders_test

import (
	"math"
	"testing"

	"vitrine/loaders"
)

// Ensure that prices are read as the world writes them, and that a text that is not one price is refused.
func TestParsePrice(t *testing.T) {
	for _, c := range []struct {
		in, decimal, fallback string
		amount                float64
		currency              string
		ok                    bool
	}{
		{in: "12", amount: 12, ok: true},
		{in: "1,299.00 USD", amount: 1299, currency: "USD", ok: true},
		{in: "€ 1.299,00", amount: 1299, currency: "EUR", ok: true},
		{in: "1.299,00€", amount: 1299, currency: "EUR", ok: true},
		{in: "$5", amount: 5, currency: "USD", ok: true},
		{in: "$.99", amount: 0.99, currency: "USD", ok: true},
		{in: "$5", fallback: "CAD", amount: 5, currency: "CAD", ok: true},
		{in: "$5 CAD", amount: 5, currency: "CAD", ok: true},
		{in: "US$ 5.50", fallback: "CAD", amount: 5.5, currency: "USD", ok: true},
		{in: "CHF 1'299.-", amount: 1299, currency: "CHF", ok: true},
		{in: "1 299,00 zł", amount: 1299, currency: "PLN", ok: true},
		{in: "1\u202f299,50\u00a0€", amount: 1299.5, currency: "EUR", ok: true},
		{in: "4,95", amount: 4.95, ok: true},
		{in: "1,299", amount: 1299, ok: true},
		{in: "0,299", amount: 0.299, ok: true},
		{in: "1.299", amount: 1.299, ok: true},
		{in: "1.299", decimal: ",", amount: 1299, ok: true},
		{in: "1,299", decimal: ",", amount: 1.299, ok: true},
		{in: "1.234.567", amount: 1234567, ok: true},
		{in: "₹1,29,900", amount: 129900, currency: "INR", ok: true},
		{in: "¥199", fallback: "CNY", amount: 199, currency: "CNY", ok: true},
		{in: "¥199", amount: 199, currency: "JPY", ok: true},
		{in: "199元", amount: 199, currency: "CNY", ok: true},
		{in: "1e+05", amount: 100000, ok: true},
		{in: "-5", amount: -5, ok: true},
		{in: "−5,00 €", amount: -5, currency: "EUR", ok: true},
		{in: "($5.00)", amount: -5, currency: "USD", ok: true},
		{in: "12.5", fallback: "EUR", amount: 12.5, currency: "EUR", ok: true},
		{in: "10 - 20"},
		{in: "from 10"},
		{in: "10 XYZ"},
		{in: "1,2,3"},
		{in: "12,34.56.78"},
		{in: "0x10"},
		{in: "call us"},
		{in: ""},
		{in: "()"},
	} {
		amount, currency, ok := loaders.ParsePrice(c.in, c.decimal, c.fallback)
		if ok != c.ok || ok && (math.Abs(amount-c.amount) > 1e-9 || currency != c.currency) {
			t.Errorf("ParsePrice(%q, %q, %q) = %v %q %v, want %v %q %v", c.in, c.decimal, c.fallback, amount, currency, ok, c.amount, c.currency, c.ok)
		}
	}
}

func FuzzParsePrice(f *testing.F) {
	for _, s := range []string{"€ 1.299,00", "$.99", "1'299.-", "(5)", "1e9", "₹1,29,900", "-", ".,", "$-", "5 kr."} {
		f.Add(s, "", "EUR")
	}
	f.Fuzz(func(t *testing.T, s, decimal, fallback string) {
		amount, _, ok := loaders.ParsePrice(s, decimal, fallback)
		if ok && math.IsNaN(amount) {
			t.Errorf("%q is read as NaN", s)
		}
	})
}

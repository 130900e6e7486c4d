package web

import "testing"

// Ensure that prices are written with the sign, the thousands and the decimals of their currency.
func TestMoney(t *testing.T) {
	for _, c := range []struct {
		amount         float64
		currency, want string
	}{
		{0.5, "EUR", "€\u00a00.50"},
		{1234567.891, "USD", "$1,234,567.89"},
		{999, "GBP", "£999.00"},
		{1000, "JPY", "¥\u00a01,000"},
		{12.3, "SEK", "SEK\u00a012.30"},
		{12.3, "", "12.30"},
	} {
		if got := money(c.amount, c.currency); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
}

// Ensure that a highlight is trusted with <em> as its only markup, and not otherwise.
func TestMarked(t *testing.T) {
	for in, want := range map[string]string{
		"<em>Red</em> &amp; blue": "<em>Red</em> &amp; blue", "": "", "plain": "plain",
		"<em>Red": "", "<b>Red</b>": "", `<em class="x">Red</em>`: "", "a > b": "",
	} {
		if got := string(marked(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Ensure that the links to pages show the ends and the neighbours, and no page beyond the window.
func TestPages(t *testing.T) {
	for _, c := range []struct {
		page, total int
		want        []int
	}{
		{1, 0, []int{1}}, {1, 24, []int{1}}, {1, 25, []int{1, 2}}, {5, 240, []int{1, 3, 4, 5, 6, 7, 10}}, {1, 1_000_000, []int{1, 2, 3, 41}},
	} {
		v := newPagesView(search{Page: c.page}, c.total, 24, 1000)
		var got []int
		for _, link := range v.Pages {
			got = append(got, link.Number)
		}
		if len(got) != len(c.want) {
			t.Errorf("page %d of %d products: %v, want %v", c.page, c.total, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("page %d of %d products: %v, want %v", c.page, c.total, got, c.want)
			}
		}
	}
}

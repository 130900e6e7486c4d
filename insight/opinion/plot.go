package opinion

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// SVG draws a trend: bars of texts, their negative part in red, and the mean score as a line from −1 to 1.
func (t *Trend) SVG(w io.Writer) error {
	const (
		width, height     = 900.0, 320.0
		left, right       = 46.0, 46.0
		top, bottom       = 34.0, 40.0
		innerW, innerH    = width - left - right, height - top - bottom
		grey, red, blue   = "#c9ced6", "#d0433e", "#1f5fa8"
		labels, textColor = 6, "#333"
	)
	most := 1
	for _, p := range t.Points {
		most = max(most, p.Texts)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="12" fill="%s" role="img">`, width, height, textColor)
	var title strings.Builder
	if err := xml.EscapeText(&title, []byte(t.Scope.String())); err != nil {
		return err
	}
	fmt.Fprintf(&b, `<title>Opinions: %s</title><rect width="100%%" height="100%%" fill="#fff"/>`, title.String())
	fmt.Fprintf(&b, `<text x="%g" y="20">Opinions of %s: %d texts, %d negative, mean score %+.2f</text>`, left, title.String(), t.Texts, t.Negative, t.Score)
	y := func(score float64) float64 { return top + innerH*(1-score)/2 }
	for _, s := range []float64{-1, 0, 1} {
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#e6e8ec"/><text x="%g" y="%.1f" fill="%s">%g</text>`,
			left, width-right, y(s), y(s), width-right+6, y(s)+4, blue, s)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="end">%d</text><text x="%g" y="%g" text-anchor="end">0</text>`, left-6, top+4, most, left-6, top+innerH+4)
	step := innerW / float64(max(1, len(t.Points)))
	var line strings.Builder
	for i, p := range t.Points {
		x := left + step*float64(i)
		whole, bad := innerH*float64(p.Texts)/float64(most), innerH*float64(p.Negative)/float64(most)
		if p.Texts > 0 {
			fmt.Fprintf(&b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"/><rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"/>`,
				x, top+innerH-whole, step*0.85, whole, grey, x, top+innerH-bad, step*0.85, bad, red)
			fmt.Fprintf(&line, "%.2f,%.2f ", x+step*0.425, y(p.Score))
		}
		if every := max(1, len(t.Points)/labels); i%every == 0 {
			fmt.Fprintf(&b, `<text x="%.2f" y="%g">%s</text>`, x, height-bottom+18, p.Time.Format("2006-01-02 15h"))
		}
	}
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`, strings.TrimSpace(line.String()), blue)
	fmt.Fprintf(&b, `<text x="%g" y="%g">bars: texts (left), red: negative ones; line: mean score (right)</text></svg>`, left, height-6)
	_, err := io.WriteString(w, b.String())
	return err
}

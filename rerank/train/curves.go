package train

import (
	"bytes"
	"fmt"

	"vitrine/rerank/neural"
)

// Curves draws losses and AUC by epoch as an SVG picture.
func Curves(epochs []neural.Epoch) []byte {
	const width, height, margin = 640, 360, 48
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`, width, height)
	lines := []struct {
		name, colour string
		of           func(neural.Epoch) float64
	}{
		{"training loss", "#888", func(e neural.Epoch) float64 { return e.TrainLoss }},
		{"validation loss", "#c33", func(e neural.Epoch) float64 { return e.ValidLoss }},
		{"validation AUC", "#27a", func(e neural.Epoch) float64 { return e.ValidAUC }},
	}
	low, high := 1.0, 0.0
	for _, e := range epochs {
		for _, l := range lines {
			low, high = min(low, l.of(e)), max(high, l.of(e))
		}
	}
	if high <= low {
		low, high = 0, 1
	}
	x := func(i int) float64 {
		return margin + float64(i)*float64(width-2*margin)/float64(max(1, len(epochs)-1))
	}
	y := func(v float64) float64 { return float64(height-margin) - (v-low)/(high-low)*float64(height-2*margin) }
	for k := range 5 {
		v := low + (high-low)*float64(k)/4
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#eee"/><text x="6" y="%.1f">%.3f</text>`, margin, y(v), width-margin, y(v)+4, v)
	}
	for i, e := range epochs {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`, x(i), height-margin+20, e.Epoch)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">epoch</text>`, width/2, height-8)
	for k, l := range lines {
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, l.colour)
		for i, e := range epochs {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(i), y(l.of(e)))
		}
		b.WriteString(`"/>`)
		for i, e := range epochs {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"><title>%s, epoch %d: %.4f</title></circle>`,
				x(i), y(l.of(e)), l.colour, l.name, e.Epoch, l.of(e))
		}
		fmt.Fprintf(&b, `<text x="%d" y="24" fill="%s">%s</text>`, margin+k*150, l.colour, l.name)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

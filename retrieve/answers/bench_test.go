package answers_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"vitrine"
	"vitrine/retrieve/answers"
)

// noise is an encoder whose vectors, of the shipped model's length, depend on nothing but the text, and cost nothing: what is measured is the desk alone.
type noise struct{}

func (noise) Text(_ context.Context, text string) (vitrine.Vectors, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	rng := rand.New(rand.NewPCG(h.Sum64(), 1))
	v := make([]float32, 384)
	for i := range v {
		v[i] = float32(rng.NormFloat64() / math.Sqrt(384))
	}
	return vitrine.Vectors{vitrine.SpaceText: v}, nil
}

func (n noise) Texts(ctx context.Context, texts []string) ([]vitrine.Vectors, error) {
	all := make([]vitrine.Vectors, len(texts))
	for i, t := range texts {
		all[i], _ = n.Text(ctx, t) // has no errors
	}
	return all, nil
}

// BenchmarkAsk asks a bank of 10,000 different answers.
func BenchmarkAsk(b *testing.B) {
	words := []string{"order", "parcel", "refund", "size", "colour", "voucher", "account", "invoice", "delivery", "return", "gift", "payment"}
	rng := rand.New(rand.NewPCG(1, 2))
	sentence := func() string {
		var s string
		for range 10 {
			s += fmt.Sprintf("%s%d ", words[rng.IntN(len(words))], rng.IntN(20))
		}
		return s
	}
	d, err := answers.Open(answers.Options{Folder: b.TempDir(), Encoder: noise{}})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // of a temporary folder
	var rows strings.Builder
	rows.WriteString("question,answer\n")
	for range 10_000 {
		fmt.Fprintf(&rows, "%s,%s\n", sentence(), sentence())
	}
	if _, err := d.Import("bench", answers.FormatCSV, strings.NewReader(rows.String())); err != nil {
		b.Fatal(err)
	}
	if err := d.Learn(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Ask(b.Context(), "", vitrine.AnswerQuery{Text: sentence()}); err != nil {
			b.Fatal(err)
		}
	}
}

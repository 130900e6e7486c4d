package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/rerank/metric"
	"vitrine/rerank/neural"
)

// trainRun is one training of the network.
type trainRun struct {
	Seconds float64 `json:"seconds"`
	// Loss is the mean training loss of the last epoch, AUC that of the rows held out.
	Loss float64 `json:"loss"`
	AUC  float64 `json:"auc"`
}

// trainBench is the JSON of `bench train`. Ratio is Vitrine's time over the peer's, below 1 when Vitrine is faster.
type trainBench struct {
	Rows     int       `json:"rows"`
	Features int       `json:"features"`
	Epochs   int       `json:"epochs"`
	Vitrine  trainRun  `json:"vitrine"`
	Peer     *trainRun `json:"peer,omitempty"`
	Ratio    float64   `json:"ratio,omitempty"`
}

// benchTrain are the flags of `bench train`.
type benchTrain struct {
	rows, features, epochs, batch, threads int
	python, peer                           string
}

func newBenchTrain(s *settings) *cobra.Command {
	var b benchTrain
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Measure how fast the network learns, beside PyTorch",
		Long: "Trains features-128-64-1 with Adam and cross-entropy on impressions made from a seed, and the peer trains the same network on the\n" +
			"same rows with as many threads. The peer needs fixtures/peers/requirements.txt; without --python it is left out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := b.run(cmd.Context())
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				row := func(name string, r *trainRun) {
					cmd.Printf("%-10s %8.1f s   loss %.4f   AUC %.4f\n", name, r.Seconds, r.Loss, r.AUC)
				}
				cmd.Printf("%d rows of %d features, %d epochs\n", report.Rows, report.Features, report.Epochs)
				row("vitrine", &report.Vitrine)
				if report.Peer != nil {
					row("PyTorch", report.Peer)
					cmd.Printf("ratio %.2f\n", report.Ratio)
				}
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&b.rows, "rows", 1_000_000, "impressions to learn from")
	flags.IntVar(&b.features, "features", 64, "features of an impression")
	flags.IntVar(&b.epochs, "epochs", 3, "passes over the impressions")
	flags.IntVar(&b.batch, "batch", 1024, "impressions of a step")
	flags.IntVar(&b.threads, "threads", 2, "threads of both")
	flags.StringVar(&b.python, "python", "", "Python interpreter with the peer's requirements")
	flags.StringVar(&b.peer, "peer", "fixtures/peers/train.py", "the peer's script")
	return cmd
}

func (b *benchTrain) run(ctx context.Context) (report *trainBench, err error) {
	if b.rows < 100 || b.features < 2 || b.epochs < 1 || b.batch < 1 || b.threads < 1 {
		return nil, vitrine.Errorf(vitrine.Invalid, "bench train: %d rows of %d features, %d epochs, batches of %d, %d threads", b.rows, b.features, b.epochs, b.batch, b.threads)
	}
	data := b.impressions(b.rows + b.rows/10)
	part := func(from, to int) *neural.Data {
		return &neural.Data{X: data.X[from*b.features : to*b.features], Width: b.features, Label: data.Label[from:to]}
	}
	report = &trainBench{Rows: b.rows, Features: b.features, Epochs: b.epochs}
	held := part(b.rows, len(data.Label))
	start := time.Now()
	net, epochs, err := neural.Train(ctx, part(0, b.rows), &neural.Data{}, neural.Options{
		Hidden: []int{128, 64}, Batch: b.batch, Epochs: b.epochs, Threads: b.threads, Seed: 1,
	})
	if err != nil {
		return nil, err
	}
	report.Vitrine = trainRun{Seconds: time.Since(start).Seconds(), Loss: epochs[len(epochs)-1].TrainLoss}
	logits, err := net.Score(held)
	if err != nil {
		return nil, err
	}
	report.Vitrine.AUC = metric.AUC(logits, held.Label)
	if b.python == "" {
		return report, nil
	}
	file := filepath.Join(os.TempDir(), "vitrine-bench-train-"+strconv.Itoa(os.Getpid()))
	defer func() { err = joinClose(err, func() error { return os.Remove(file) }) }()
	if err := writeImpressions(file, data); err != nil {
		return nil, err
	}
	report.Peer = &trainRun{}
	number := strconv.Itoa
	args := []string{
		b.python, b.peer, "--data", file, "--rows", number(b.rows), "--held", number(len(held.Label)), "--features", number(b.features),
		"--epochs", number(b.epochs), "--batch", number(b.batch), "--threads", number(b.threads),
	}
	if err := runJSON(ctx, args, report.Peer); err != nil {
		return nil, err
	}
	report.Ratio = report.Vitrine.Seconds / report.Peer.Seconds
	return report, nil
}

// impressions are rows whose label depends on their features and on products of two.
func (b *benchTrain) impressions(rows int) *neural.Data {
	r := rand.New(rand.NewPCG(1, 17)) //nolint:gosec // must be repeatable
	d := &neural.Data{X: make([]float32, rows*b.features), Width: b.features, Label: make([]float32, rows)}
	for i := range rows {
		x := d.X[i*b.features : (i+1)*b.features]
		z := -1.0
		for f := range x {
			x[f] = float32(r.NormFloat64())
			z += float64(x[f]) * 0.8 / math.Sqrt(float64(b.features))
			if f%8 == 1 {
				z += float64(x[f]*x[f-1]) * 0.5
			}
		}
		if r.Float64() < 1/(1+math.Exp(-z)) {
			d.Label[i] = 1
		}
	}
	return d
}

// writeImpressions writes all features and then all labels as little-endian float32.
func writeImpressions(path string, d *neural.Data) (err error) {
	f, err := os.Create(path) //nolint:gosec // in the folder for temporary files
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "bench train: %w", err)
	}
	defer func() { err = joinClose(err, f.Close) }()
	out := bufio.NewWriterSize(f, 1<<20)
	for _, part := range [][]float32{d.X, d.Label} {
		if err := binary.Write(out, binary.LittleEndian, part); err != nil {
			return vitrine.Errorf(vitrine.Unavailable, "bench train: %w", err)
		}
	}
	return out.Flush()
}

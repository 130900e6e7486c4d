package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
	"vitrine/index"
	"vitrine/loaders"
)

func newBench(s *settings) *cobra.Command {
	return newGroup("bench", "Measure speed beside a peer, and alerts on simulated months", newBenchIndex(s), newBenchSearch(s), newBenchKeyword(s), newBenchVector(s), newBenchExport(s),
		newBenchEvents(s), newBenchTrain(s), newBenchAlerts(s), newBenchWeaviate(s))
}

// indexRun is one process's indexing of the same catalogue.
type indexRun struct {
	Products int64   `json:"products"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"products_per_second"`
}

// indexBench is the JSON of `bench index`. Ratio is Vitrine's rate over the peer's, above 1 when Vitrine is faster.
type indexBench struct {
	Vitrine  indexRun  `json:"vitrine"`
	Peer     *indexRun `json:"peer,omitempty"`
	Ratio    float64   `json:"ratio,omitempty"`
	AllCores indexRun  `json:"vitrine_all_cores"`
	// Pinned tells that the first two had one and the same processor to themselves.
	Pinned bool `json:"pinned"`
}

func newBenchIndex(s *settings) *cobra.Command {
	var products, images, python, peer, model string
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Measure how fast a catalogue is indexed, beside the same work in Python",
		Long: "Indexes a catalogue in a process of its own with one thread, then the peer does the same work with one thread, then Vitrine with\n" +
			"all cores. The peer needs fixtures/peers/requirements.txt; without --python it is left out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := benchIndex{s: s, products: products, images: images, python: python, peer: peer, model: model}
			report, err := b.run(cmd.Context())
			if err != nil {
				return err
			}
			return s.print(cmd, report, func() { printIndexBench(cmd, report) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&products, "products", "", "catalogue file")
	flags.StringVar(&images, "images", "", "folder that picture paths start from; without it pictures are left out")
	flags.StringVar(&python, "python", "", "Python interpreter of the peer")
	flags.StringVar(&peer, "peer", "fixtures/peers/index.py", "the peer's script")
	flags.StringVar(&model, "model", "embed/builtin/vitrine-mini-4", "model folder, for the peer")
	if err := cmd.MarkFlagRequired("products"); err != nil {
		cmd.PrintErrln(err)
	}
	return cmd
}

type benchIndex struct {
	s                                     *settings
	products, images, python, peer, model string
}

func (b *benchIndex) run(ctx context.Context) (report *indexBench, err error) {
	dir, err := os.MkdirTemp("", "vitrine-bench-")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "bench: %w", err)
	}
	defer func() { err = joinClose(err, func() error { return os.RemoveAll(dir) }) }()
	taskset, lookErr := exec.LookPath("taskset")
	var pin []string
	if lookErr == nil {
		pin = []string{taskset, "-c", "0"}
	}
	report = &indexBench{Pinned: len(pin) > 0}
	if report.Vitrine, err = b.vitrine(ctx, filepath.Join(dir, "one"), pin); err != nil {
		return nil, err
	}
	if b.python != "" {
		peer, err := b.python3(ctx, dir, pin)
		if err != nil {
			return nil, err
		}
		report.Peer, report.Ratio = &peer, report.Vitrine.Rate/peer.Rate
	}
	report.AllCores, err = b.vitrine(ctx, filepath.Join(dir, "all"), nil)
	return report, err
}

// vitrine indexes in a process of its own.
func (b *benchIndex) vitrine(ctx context.Context, data string, pin []string) (indexRun, error) {
	self, err := os.Executable()
	if err != nil {
		return indexRun{}, err
	}
	args := []string{self, "index", b.products, "--json", "--data", data}
	if b.images == "" {
		args = append(args, "--no-pictures")
	} else {
		args = append(args, "--images", b.images)
	}
	if b.s.configPath != "" {
		args = append(args, "--config", b.s.configPath)
	}
	var r api.Report
	if err := runJSON(ctx, append(pin[:len(pin):len(pin)], args...), &r); err != nil {
		return indexRun{}, err
	}
	return indexRun{Products: r.Kept, Seconds: r.Seconds, Rate: float64(r.Kept) / r.Seconds}, nil
}

// python3 writes the catalogue as the peer reads it and runs the peer.
func (b *benchIndex) python3(ctx context.Context, dir string, pin []string) (run indexRun, err error) {
	rows := filepath.Join(dir, "rows.jsonl")
	if err := b.writeRows(ctx, rows); err != nil {
		return run, err
	}
	args := append(pin[:len(pin):len(pin)], b.python, b.peer, "--model", b.model, "--rows", rows, "--images", b.images)
	return run, runJSON(ctx, args, &run)
}

func (b *benchIndex) writeRows(ctx context.Context, path string) (err error) {
	reader, err := loaders.Open(b.products, loaders.Options{})
	if err != nil {
		return err
	}
	defer reader.Close()
	f, err := os.Create(path) //nolint:gosec // in a folder of our own
	if err != nil {
		return err
	}
	defer func() { err = joinClose(err, f.Close) }()
	out := json.NewEncoder(f)
	for row, err := range reader.Rows(ctx) {
		if err != nil {
			return err
		}
		p := row.Product
		whole, err := json.Marshal(p)
		if err != nil {
			return err
		}
		image := ""
		if len(p.Images) > 0 {
			image = p.Images[0]
		}
		err = out.Encode(map[string]string{
			"id": p.ID, "text": index.Passage(p), "title": p.Title, "body": peerBody(p), "image": image, "product": string(whole),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// peerBody is what a peer searches beside the title, a line for each field.
func peerBody(p *vitrine.Product) string {
	body := []string{p.Description, p.Brand, strings.Join(p.Category, " "), strings.Join(p.Codes, " ")}
	for _, name := range sortedKeys(p.Attributes) {
		body = append(body, p.Attributes[name].String())
	}
	return strings.Join(body, "\n")
}

// runJSON runs a command and reads the JSON object that ends its output.
func runJSON(ctx context.Context, args []string, into any) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // the user asked for these programs
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, complaints.Bytes())
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	return json.Unmarshal(lines[len(lines)-1], into)
}

func printIndexBench(cmd *cobra.Command, r *indexBench) {
	row := func(name string, run indexRun) {
		cmd.Printf("%-22s %7d products  %7.1f s  %7.0f products/s\n", name, run.Products, run.Seconds, run.Rate)
	}
	row("vitrine, one thread", r.Vitrine)
	if r.Peer != nil {
		row("Python, one thread", *r.Peer)
		cmd.Printf("%-22s %.2f\n", "ratio", r.Ratio)
	}
	row("vitrine, all cores", r.AllCores)
}

package main

import (
	"encoding/json"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// printJSON prints v as the one JSON object that ends a command's standard output.
func printJSON(cmd *cobra.Command, v any) error {
	encoder := json.NewEncoder(cmd.OutOrStdout())
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// progress shows how far a long work is on a terminal; elsewhere it is silent.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress starts a bar; a total of -1 is unknown and shows a spinner with the rate.
func newProgress(what string, total int64) *progress {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &progress{bar: progressbar.DefaultSilent(total)}
	}
	return &progress{bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("products"), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))}
}

// set moves the bar to done of total and renames it. Drawing errors are those of a closed terminal and change nothing.
func (p *progress) set(what string, done, total int64) {
	if total > 0 && total != p.bar.GetMax64() {
		p.bar.ChangeMax64(total)
	}
	p.bar.Describe(what)
	_ = p.bar.Set64(done)
}

func (p *progress) end() { _ = p.bar.Finish() }

// print ends a command: the JSON object when asked for, else the text for people.
func (s *settings) print(cmd *cobra.Command, v any, text func()) error {
	if s.json {
		return printJSON(cmd, v)
	}
	text()
	return nil
}

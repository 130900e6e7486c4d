package main

import (
	"io"
	"strings"
	"testing"
)

// Ensure a mistake on the command line is an error that names it, so that the exit status is not 0.
func TestCommands_Mistakes(t *testing.T) {
	for want, args := range map[string][]string{
		"nosuch":         {"nosuch"},
		"eval magic":     {"eval", "magic"},
		"give one of":    {"models"},
		"--products -3":  {"demo", "--build-only", "--products", "-3", "--data", t.TempDir()},
		"--number 0":     {"suggest", "x", "-n", "0"},
		"does not exist": {"search", "x", "--data", t.TempDir()},
		"nowhere.jsonl":  {"index", "nowhere.jsonl", "--data", t.TempDir()},
		"no such model":  {"models", "verify", "no such model"},
		"magic":          {"eval", "relevance", "--profile", "magic", "--products", "x", "--judgments", "y"},
		"nowhere.yaml":   {"models", "list", "--config", "nowhere.yaml"},
	} {
		root := newRoot()
		root.SetArgs(args)
		root.SetOut(io.Discard)
		err := root.ExecuteContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", args, err, want)
		}
	}
}

// Command vitrine is the product search server and its tools in one binary: it serves an index over HTTP, builds indexes, answers
// queries on the terminal, measures relevance and speed, and looks after models.
//
// Main files: wire.go joins the packages into one [engine]; every other file is one command.
//
// # Caveats
//
// One process owns a data folder at a time; a command that opens an index that a server holds says so and stops.
// Results go to standard output, logs and progress to standard error; the exit status is 0 only when the work was done.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
)

// version is set by the linker; see [buildVersion].
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newRoot().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		if errors.Is(err, context.Canceled) {
			os.Exit(130)
		}
		os.Exit(1)
	}
}

// settings are what every command shares.
type settings struct {
	configPath string
	data       string
	index      string
	json       bool
	verbose    bool
}

func newRoot() *cobra.Command {
	s := &settings{}
	root := &cobra.Command{
		Use:   "vitrine",
		Short: "Product search by words, pictures and examples",
		Long: "Vitrine searches a shop's catalogue by words, by picture and by example.\n\n" +
			"  vitrine demo                          a shop on http://localhost:8080, ready to browse\n" +
			"  vitrine index products.jsonl          build an index from a catalogue\n" +
			"  vitrine search \"red dress\"            ask it\n" +
			"  vitrine serve                         answer over HTTP",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRun: func(*cobra.Command, []string) {
			level := slog.LevelWarn
			if s.verbose {
				level = slog.LevelInfo
			}
			slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
		},
	}
	// Without this cobra prints what a command has to say on standard error.
	root.SetOut(os.Stdout)
	flags := root.PersistentFlags()
	flags.StringVar(&s.configPath, "config", "", "settings file (YAML); see configs/default.yaml")
	flags.StringVar(&s.data, "data", "", "folder of the indexes; overrides the settings file")
	flags.StringVar(&s.index, "index", "", "name of the index; overrides the settings file")
	flags.BoolVar(&s.json, "json", false, "print one JSON object last on standard output")
	flags.BoolVarP(&s.verbose, "verbose", "v", false, "log what is being done")
	root.AddCommand(
		newRules(s),
		newSynonyms(s), newAliases(s), newSettings(s),
		newFindings(s), newCheck(s),
		newAnswers(s),
		newOpinion(s),
		newServe(s), newDemo(s), newIndex(s), newSearch(s), newSuggest(s), newRecommend(s), newEval(s), newTune(s), newTrain(s), newModels(s), newRankers(s),
		newClip(s),
		newBench(s), newEvents(s), newProducts(s), newBackup(s), newRestore(s), newVersion(s),
	)
	return root
}

// config reads the settings file and lays the flags over it.
func (s *settings) config() (*configs.Config, error) {
	c, err := configs.Load(s.configPath)
	if err != nil {
		return nil, err
	}
	if s.data != "" {
		c.Data = s.data
	}
	if s.index != "" {
		c.Index.Name = s.index
	}
	return c, nil
}

// newGroup makes a command that only holds others: alone or with an unknown one it is a mistake, and says which there are.
func newGroup(use, short string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{Use: use, Short: short}
	group.AddCommand(commands...)
	var names []string
	for _, c := range commands {
		names = append(names, c.Name())
	}
	group.RunE = func(_ *cobra.Command, args []string) error {
		return vitrine.Errorf(vitrine.Invalid, "%s %s: give one of %s", use, strings.Join(args, " "), strings.Join(names, ", "))
	}
	return group
}

func newVersion(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.json {
				return printJSON(cmd, map[string]string{"version": buildVersion()})
			}
			cmd.Println(buildVersion())
			return nil
		},
	}
}

// buildVersion is the version given at link time, else the module version of `go install`.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// withIndexes opens the indexes, with the encoder if there is one, for f.
func (s *settings) withIndexes(cmd *cobra.Command, f func(*engine) error) error {
	config, err := s.config()
	if err != nil {
		return err
	}
	e, err := openEngine(cmd.Context(), config, false)
	if err != nil {
		return err
	}
	return joinClose(f(e), e.close)
}

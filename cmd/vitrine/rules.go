package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vitrine"
)

func newRules(s *settings) *cobra.Command {
	return newGroup("rules", "Merchandising rules of an index", newRulesList(s), newRulesPut(s), newRulesDelete(s), newRulesPreview(s))
}

func newRulesList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the rules and boosts",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withIndex(cmd, func(e *engine, name string) error {
				book, err := e.RuleBook(cmd.Context(), name)
				if err != nil {
					return err
				}
				return printJSON(cmd, book)
			})
		},
	}
}

func newRulesPut(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "put FILE",
		Short:   "Insert or replace a rule, or with a file of {\"boosts\": …, \"rules\": …} all of them; - reads standard input",
		Example: `  echo '{"id":"sale","when":{"queries":[{"text":"sale"}]},"then":{"redirect":"/sale"}}' | vitrine rules put -`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := readRuleChange(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			return s.withIndex(cmd, func(e *engine, name string) error { return e.ChangeRules(cmd.Context(), name, change) })
		},
	}
}

// readRuleChange reads a rule, or a book that replaces all.
func readRuleChange(stdin io.Reader, path string) (func(*vitrine.RuleBook) (*vitrine.RuleBook, error), error) {
	data, err := readFileOr(stdin, path)
	if err != nil {
		return nil, err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "rules %s: %w", path, err)
	}
	if _, ok := keys["rules"]; ok || keys["boosts"] != nil {
		book, err := vitrine.ParseRuleBook(data)
		return func(*vitrine.RuleBook) (*vitrine.RuleBook, error) { return book, nil }, err
	}
	rule, err := parseRule(data, path)
	if err != nil {
		return nil, err
	}
	return func(b *vitrine.RuleBook) (*vitrine.RuleBook, error) { return b.With(*rule), nil }, nil
}

func parseRule(data []byte, path string) (*vitrine.Rule, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var rule vitrine.Rule
	if err := d.Decode(&rule); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "rule %s: %w", path, err)
	}
	return &rule, rule.Validate()
}

// readFileOr reads a file, or stdin when the path is "-".
func readFileOr(stdin io.Reader, path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(stdin)
	}
	data, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "file: %w", err)
	}
	return data, nil
}

func newRulesDelete(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "delete ID",
		Short: "Remove a rule",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withIndex(cmd, func(e *engine, name string) error {
				return e.ChangeRules(cmd.Context(), name, func(b *vitrine.RuleBook) (*vitrine.RuleBook, error) { return b.Without(args[0]) })
			})
		},
	}
}

func newRulesPreview(s *settings) *cobra.Command {
	var path string
	var q vitrine.Query
	cmd := &cobra.Command{
		Use:   "preview [WORDS]",
		Short: "Show what a draft, or without one the rules as they are, change about a query",
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Text = strings.Join(args, " ")
			if q.Text == "" {
				q.Filter = &vitrine.Filter{Exists: vitrine.FieldTitle}
			}
			var draft *vitrine.Rule
			if path != "" {
				data, err := readFileOr(cmd.InOrStdin(), path)
				if err != nil {
					return err
				}
				if draft, err = parseRule(data, path); err != nil {
					return err
				}
			}
			return s.withIndex(cmd, func(e *engine, name string) error {
				return printPreview(cmd.Context(), cmd, s, e, name, q, draft)
			})
		},
	}
	cmd.Flags().StringVar(&path, "rule", "", "file of the draft; - reads standard input")
	cmd.Flags().IntVarP(&q.PageSize, "number", "n", 10, "hits to compare")
	cmd.Flags().StringSliceVar(&q.Context, "context", nil, "where the query comes from")
	cmd.Flags().StringSliceVar(&q.Segments, "segments", nil, "to whom the shopper belongs")
	return cmd
}

func printPreview(ctx context.Context, cmd *cobra.Command, s *settings, e *engine, name string, q vitrine.Query, draft *vitrine.Rule) error {
	before, after, err := e.PreviewRules(ctx, name, q, draft, time.Time{})
	if err != nil {
		return err
	}
	return s.print(cmd, map[string]*vitrine.Results{"before": before, "after": after}, func() {
		cmd.Println("before:")
		printResults(cmd, before)
		cmd.Printf("after, by the rules %v:\n", after.Rules)
		printResults(cmd, after)
	})
}

// withIndex opens the engine, does something with the index that is meant, and closes the engine.
func (s *settings) withIndex(cmd *cobra.Command, do func(e *engine, name string) error) error {
	e, name, err := s.open(cmd.Context())
	if err != nil {
		return err
	}
	return joinClose(do(e, name), e.close)
}

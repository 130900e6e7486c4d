package main

import (
	"context"

	"github.com/spf13/cobra"

	"vitrine"
)

// Synonyms returns the synonyms that an index has of its own, beside those of the settings.
func (e *engine) Synonyms(_ context.Context, name string) ([]vitrine.Synonym, error) {
	return e.indexes.Synonyms(name)
}

// SetSynonyms replaces the synonyms that an index has of its own.
func (e *engine) SetSynonyms(_ context.Context, name string, list []vitrine.Synonym) error {
	return e.indexes.SetSynonyms(name, list)
}

func newSynonyms(s *settings) *cobra.Command {
	return newGroup("synonyms", "Synonyms of an index, beside those of the settings", newSynonymsList(s), newSynonymsSet(s))
}

func newSynonymsList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the synonyms",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withIndex(cmd, func(e *engine, name string) error {
				list, err := e.Synonyms(cmd.Context(), name)
				if err != nil {
					return err
				}
				if list == nil {
					list = []vitrine.Synonym{}
				}
				return printJSON(cmd, list)
			})
		},
	}
}

func newSynonymsSet(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "set FILE",
		Short:   "Replace all synonyms by those of a file, lines or a JSON list; - reads standard input",
		Example: `  printf 'tv, television\ntablet => ipad, galaxy tab\n' | vitrine synonyms set -`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readFileOr(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			list, err := vitrine.ParseSynonyms(data)
			if err != nil {
				return err
			}
			return s.withIndex(cmd, func(e *engine, name string) error { return e.SetSynonyms(cmd.Context(), name, list) })
		},
	}
}

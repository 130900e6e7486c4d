package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
)

// Aliases lists the aliases by name.
func (e *engine) Aliases(context.Context) ([]api.Alias, error) {
	list, err := e.indexes.Aliases()
	out := make([]api.Alias, len(list))
	for i, a := range list {
		out[i] = api.Alias{Alias: a.Name, Index: a.Index, Error: a.Error}
	}
	return out, err
}

// ChangeAliases points aliases at indexes and removes those that are pointed at "".
func (e *engine) ChangeAliases(_ context.Context, changes map[string]string) error {
	return e.indexes.ChangeAliases(changes)
}

// Resolve returns the index that an alias leads to; any other name as it is.
func (e *engine) Resolve(name string) string { return e.indexes.Resolve(name) }

// CreateIndex makes an empty index.
func (e *engine) CreateIndex(ctx context.Context, name string) (*api.IndexInfo, error) {
	if err := e.indexes.Create(ctx, name); err != nil {
		return nil, err
	}
	info, err := e.indexes.Info(name)
	if err != nil {
		return nil, err
	}
	out := indexInfo(info)
	return &out, nil
}

// DropIndex removes an index.
func (e *engine) DropIndex(_ context.Context, name string) error { return e.indexes.Drop(name) }

func newAliases(s *settings) *cobra.Command {
	return newGroup("aliases", "Other names of indexes", newAliasesList(s), newAliasesSet(s), newAliasesDelete(s))
}

func newAliasesList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the aliases",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withIndexes(cmd, func(e *engine) error { return s.printAliases(cmd, e) })
		},
	}
}

func (s *settings) printAliases(cmd *cobra.Command, e *engine) error {
	list, err := e.Aliases(cmd.Context())
	if err != nil {
		return err
	}
	return s.print(cmd, map[string]any{"aliases": list}, func() {
		for _, a := range list {
			fault := ""
			if a.Error != "" {
				fault = "  (" + a.Error + ")"
			}
			cmd.Printf("%s → %s%s\n", a.Alias, a.Index, fault)
		}
	})
}

func newAliasesSet(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "set ALIAS=INDEX...",
		Short:   "Set or move aliases, all at once",
		Example: "  vitrine aliases set shop=shop-2026-12\n  vitrine aliases set shop-en=en-7 shop-de=de-7",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			changes := map[string]string{}
			for _, arg := range args {
				alias, to, ok := strings.Cut(arg, "=")
				if _, twice := changes[alias]; !ok || to == "" || twice {
					return vitrine.Errorf(vitrine.Invalid, "%q: give ALIAS=INDEX, each alias once", arg)
				}
				changes[alias] = to
			}
			return s.changeAliases(cmd, changes)
		},
	}
}

func newAliasesDelete(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "delete ALIAS...",
		Short: "Remove aliases; their indexes stay",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			changes := map[string]string{}
			for _, alias := range args {
				changes[alias] = ""
			}
			return s.changeAliases(cmd, changes)
		},
	}
}

func (s *settings) changeAliases(cmd *cobra.Command, changes map[string]string) error {
	return s.withIndexes(cmd, func(e *engine) error {
		if err := e.ChangeAliases(cmd.Context(), changes); err != nil {
			return err
		}
		return s.printAliases(cmd, e)
	})
}

func newIndexList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the indexes with their aliases",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withIndexes(cmd, func(e *engine) error {
				list, err := e.Indexes(cmd.Context())
				if err != nil {
					return err
				}
				return s.print(cmd, map[string]any{"indexes": list}, func() {
					for _, i := range list {
						cmd.Printf("%s, generation %s: %d products%s\n", i.Name, i.Generation, i.Products, alsoCalled(i.Aliases))
					}
				})
			})
		},
	}
}

func alsoCalled(aliases []string) string {
	if len(aliases) == 0 {
		return ""
	}
	return ", also called " + strings.Join(aliases, ", ")
}

func newIndexCreate(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "create NAME",
		Short: "Make an empty index",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withIndexes(cmd, func(e *engine) error {
				info, err := e.CreateIndex(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return s.print(cmd, info, func() { cmd.Printf("index %s is made\n", info.Name) })
			})
		},
	}
}

func newIndexDrop(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "drop NAME",
		Short: "Remove an index with all its generations, rules and settings for good",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withIndexes(cmd, func(e *engine) error {
				if err := e.DropIndex(cmd.Context(), args[0]); err != nil {
					return err
				}
				return s.print(cmd, map[string]string{"dropped": args[0]}, func() { cmd.Printf("index %s is removed\n", args[0]) })
			})
		},
	}
}

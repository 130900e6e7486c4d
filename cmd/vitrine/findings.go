package main

import (
	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/api"
)

func newFindings(s *settings) *cobra.Command {
	var outcome, attribute string
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "Doubts and conflicts of attributes that were read from titles",
		Long: "Lists what the titles of an index built with --enrich say of attributes, where it was not sure enough to be filled in (unsure) or\n" +
			"contradicts the catalogue's own value, which stays (conflict).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if outcome != "" && outcome != "unsure" && outcome != "conflict" {
				return vitrine.Errorf(vitrine.Invalid, "--outcome %s: is neither unsure nor conflict", outcome)
			}
			return s.withIndex(cmd, func(e *engine, name string) error {
				list, err := e.Findings(cmd.Context(), name, func(f *api.Finding) bool {
					return (outcome == "" || f.Outcome == outcome) && (attribute == "" || f.Attribute == attribute)
				})
				if err != nil {
					return err
				}
				if list == nil {
					list = []api.Finding{}
				}
				return s.print(cmd, map[string]any{"count": len(list), "findings": list}, func() { printFindings(cmd, list) })
			})
		},
	}
	cmd.Flags().StringVar(&outcome, "outcome", "", "only these: unsure or conflict")
	cmd.Flags().StringVar(&attribute, "attribute", "", "only of this attribute")
	return cmd
}

func printFindings(cmd *cobra.Command, list []api.Finding) {
	for _, f := range list {
		given := ""
		if f.Given != "" {
			given = ", the catalogue says " + f.Given
		}
		cmd.Printf("%-8s %s %q: %s %s (%.2f, %s)%s\n", f.Outcome, f.Product, f.Title, f.Attribute, f.Value, f.Confidence, f.Source, given)
	}
	cmd.Printf("%d findings\n", len(list))
}

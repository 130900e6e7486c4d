package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vitrine"
)

func printUnderstood(cmd *cobra.Command, u *vitrine.Understanding) {
	cmd.Printf("understood (%s): %s\n", u.Language, u.Text)
	if u.Alternative != "" {
		cmd.Printf("       or: %s\n", u.Alternative)
	}
	for _, m := range slices.Concat(u.Types, u.Meanings) {
		value := m.Value
		if m.Range != nil {
			value = "a range"
		}
		cmd.Printf("       %s: %s = %s, confidence %.2f\n", m.Words, m.Field, value, m.Confidence)
	}
	if u.Filter != nil {
		cmd.Printf("       only where %s fits\n", strings.Join(u.Filter.Fields(), ", "))
	}
	if len(u.Excluded) > 0 {
		cmd.Printf("       without: %s\n", strings.Join(u.Excluded, ", "))
	}
}

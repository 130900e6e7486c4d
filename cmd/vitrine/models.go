package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vitrine/embed"
)

// modelRow is one model in the JSON of the models commands.
type modelRow struct {
	Name        string         `json:"name"`
	Version     string         `json:"version"`
	ID          string         `json:"id"`
	Licence     string         `json:"licence"`
	Description string         `json:"description"`
	Folder      string         `json:"folder,omitempty"`
	Spaces      map[string]int `json:"spaces"`
	Verified    bool           `json:"verified,omitempty"`
}

func rowOf(m *embed.Model) modelRow {
	row := modelRow{
		Name: m.Name, Version: m.Version, ID: m.ID(), Licence: m.Licence, Description: m.Description, Folder: m.Folder(), Spaces: map[string]int{},
	}
	var outputs []embed.Output
	if m.Text != nil {
		outputs = append(outputs, m.Text.Outputs...)
	}
	if m.Image != nil {
		outputs = append(outputs, m.Image.Outputs...)
	}
	for _, o := range outputs {
		row.Spaces[o.Space] = o.Dimension
	}
	return row
}

func newModels(s *settings) *cobra.Command {
	shelf := func() (embed.Models, error) {
		config, err := s.config()
		if err != nil {
			return embed.Models{}, err
		}
		return embed.Models{Dir: config.Models.Dir}, nil
	}
	return newGroup("models", "Look after encoder models", &cobra.Command{
		Use: "list", Short: "List the shipped models and those added", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			models, err := shelf()
			if err != nil {
				return err
			}
			list, err := models.List()
			if err != nil {
				return err
			}
			rows := make([]modelRow, len(list))
			for i, m := range list {
				rows[i] = rowOf(m)
			}
			return s.print(cmd, map[string]any{"models": rows}, func() {
				for _, row := range rows {
					where := row.Folder
					if where == "" {
						where = "(shipped)"
					}
					var spaces []string
					for _, space := range sortedKeys(row.Spaces) {
						spaces = append(spaces, fmt.Sprintf("%s %d", space, row.Spaces[space]))
					}
					cmd.Printf("%-20s %-8s %-12s %s  %s\n    %s\n", row.Name, row.Version, row.Licence, strings.Join(spaces, ", "), where, row.Description)
				}
			})
		},
	}, &cobra.Command{
		Use: "add FOLDER", Short: "Verify a model folder and copy it to the shelf",
		Long: "Copies a model to the shelf once it is verified. A CLIP or SigLIP export in the layout of Hugging Face's ONNX folders needs no manifest.yaml: one is written into the copy.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			models, err := shelf()
			if err != nil {
				return err
			}
			m, err := models.Add(args[0])
			if err != nil {
				return err
			}
			return s.print(cmd, rowOf(m), func() { cmd.Printf("added %s to %s\n", m.ID(), m.Folder()) })
		},
	}, &cobra.Command{
		Use: "verify [NAME]…", Short: "Check files, checksums, tokenizer, preprocessor and shapes of models", Long: "Checks the named models, or all.",
		RunE: func(cmd *cobra.Command, args []string) error {
			models, err := shelf()
			if err != nil {
				return err
			}
			var list []*embed.Model
			for _, name := range args {
				m, err := models.Find(name)
				if err != nil {
					return err
				}
				list = append(list, m)
			}
			if len(args) == 0 {
				if list, err = models.List(); err != nil {
					return err
				}
			}
			var rows []modelRow
			for _, m := range list {
				if err := m.Verify(); err != nil {
					return err
				}
				row := rowOf(m)
				row.Verified = true
				rows = append(rows, row)
			}
			return s.print(cmd, map[string]any{"models": rows}, func() {
				for _, row := range rows {
					cmd.Printf("%s: good\n", row.ID)
				}
			})
		},
	})
}

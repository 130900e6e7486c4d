package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"vitrine"
)

// vectorExport is the JSON of `bench export`.
type vectorExport struct {
	Space   string `json:"space"`
	Dim     int    `json:"dim"`
	Base    int    `json:"base"`
	Queries int    `json:"queries"`
}

func newBenchExport(s *settings) *cobra.Command {
	var space, base, queries string
	var every int
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the vectors of an index to files, for bench vector",
		Long: "Writes the first vector of every product that has one in a space, as raw little-endian float32: every n-th to the queries, which\n" +
			"the base then lacks, and the others to the base.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every < 2 {
				return vitrine.Errorf(vitrine.Invalid, "--every %d: must be at least 2", every)
			}
			e, name, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			report, err := exportVectors(cmd.Context(), e, name, space, base, queries, every)
			if err := joinClose(err, e.close); err != nil {
				return err
			}
			return s.print(cmd, report, func() {
				cmd.Printf("%d vectors of %d dimensions, %d queries\n", report.Base, report.Dim, report.Queries)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&space, "space", vitrine.SpaceText, "text or joint")
	flags.StringVar(&base, "base", "", "file for the vectors to search")
	flags.StringVar(&queries, "queries", "", "file for the vectors to ask with")
	flags.IntVar(&every, "every", 20, "every how many-th product becomes a query")
	for _, name := range []string{"base", "queries"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			cmd.PrintErrln(err)
		}
	}
	return cmd
}

func exportVectors(ctx context.Context, e *engine, name, space, base, queries string, every int) (report *vectorExport, err error) {
	g, release, err := e.indexes.Acquire(name)
	if err != nil {
		return nil, err
	}
	defer release()
	report = &vectorExport{Space: space}
	files := make([]*bufio.Writer, 2)
	for i, path := range []string{base, queries} {
		f, err := os.Create(path) //nolint:gosec // the user named it
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Unavailable, "export: %w", err)
		}
		defer func() { err = joinClose(err, f.Close) }()
		files[i] = bufio.NewWriter(f)
	}
	err = g.All(ctx, func(d vitrine.Doc, _ *vitrine.Product) error {
		v := g.Vector(space, d)
		if v == nil {
			return nil
		}
		report.Dim = len(v)
		if (report.Base+report.Queries)%every == 0 {
			report.Queries++
			return binary.Write(files[1], binary.LittleEndian, v)
		}
		report.Base++
		return binary.Write(files[0], binary.LittleEndian, v)
	})
	if err == nil && report.Base == 0 {
		err = vitrine.Errorf(vitrine.NotFound, "index %q has no vectors in space %q", name, space)
	}
	return report, errors.Join(err, files[0].Flush(), files[1].Flush())
}

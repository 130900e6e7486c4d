package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"vitrine"
	"vitrine/configs"
	"vitrine/index"
)

func newIndexVerify(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read every file of the indexes and tell what is damaged",
		Long: "Compares checksums of the catalogue's blocks, the keyword segments and the vector files, and the products that each part knows with those of\n" +
			"the catalogue. Changes nothing. All indexes of the data folder, or the one of --index; no server may have the folder open. The exit status\n" +
			"is 1 when anything is damaged.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			o, err := bareIndexOptions(config)
			if err != nil {
				return err
			}
			found, err := index.Verify(cmd.Context(), config.Data, s.index, o)
			if err != nil {
				return err
			}
			if err := s.print(cmd, map[string]any{"indexes": found}, func() { printVerified(cmd, found) }); err != nil {
				return err
			}
			faults := 0
			for _, v := range found {
				faults += len(v.Faults)
			}
			if faults > 0 {
				return vitrine.Errorf(vitrine.Internal, "%d faults; `vitrine index repair` mends them", faults)
			}
			return nil
		},
	}
}

func printVerified(cmd *cobra.Command, found []index.Verification) {
	for _, v := range found {
		for _, g := range v.Generations {
			cmd.Printf("index %s, generation %d: %d products, change %d, vectors %v, %.1f MB\n", v.Index, g.Generation, g.Products, g.Seq, g.Vectors, float64(g.Bytes)/1e6)
		}
		for _, f := range v.Faults {
			kept := "repair makes it anew"
			if !f.Derived {
				kept = "repair --accept-loss keeps what can be read"
			}
			cmd.Printf("  damaged: %s (%s)\n", f, kept)
		}
	}
	if len(found) == 0 {
		cmd.Println("no indexes")
	}
}

func newIndexRepair(s *settings) *cobra.Command {
	var o index.RepairOptions
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Mend what verify finds",
		Long: "Makes keyword indexes, vectors and aliases anew from the catalogue, which loses nothing. A damaged catalogue is left alone unless --accept-loss:\n" +
			"then the products that can be read are indexed again, or else the previous generation serves; the damaged one is moved aside. Restoring a\n" +
			"backup is better where there is one. The exit status is 1 when anything remains damaged.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := s.config()
			if err != nil {
				return err
			}
			return s.repair(cmd, config, o)
		},
	}
	cmd.Flags().BoolVar(&o.AcceptLoss, "accept-loss", false, "mend a damaged catalogue too, and name what is lost")
	return cmd
}

func (s *settings) repair(cmd *cobra.Command, config *configs.Config, ro index.RepairOptions) (err error) {
	o, err := bareIndexOptions(config)
	if ro.AcceptLoss { // vectors may have to be made again
		e := &engine{config: config}
		defer func() { err = joinClose(err, e.close) }()
		if e.encoder, err = openEncoder(config); err != nil {
			return err
		}
		if e.productPictures, e.kept, err = openProductPictures(config); err != nil {
			return err
		}
		if e.clips, err = openClips(config, e.encoder); err != nil {
			return err
		}
		o, err = e.indexOptions()
	}
	if err != nil {
		return err
	}
	done, err := index.Repair(cmd.Context(), config.Data, s.index, o, ro)
	if err != nil {
		return err
	}
	if err := s.print(cmd, map[string]any{"indexes": done}, func() { printRepaired(cmd, done) }); err != nil {
		return err
	}
	remaining := 0
	for _, r := range done {
		remaining += len(r.Remaining)
	}
	if remaining > 0 {
		return vitrine.Errorf(vitrine.Internal, "%d faults remain", remaining)
	}
	return nil
}

func printRepaired(cmd *cobra.Command, done []index.Repaired) {
	for _, r := range done {
		cmd.Printf("index %s: %d faults, %d remain\n", r.Index, len(r.Before), len(r.Remaining))
		for _, a := range r.Actions {
			cmd.Printf("  %s\n", a)
		}
		for _, f := range r.Remaining {
			cmd.Printf("  damaged still: %s\n", f)
		}
		if n := len(r.Lost) + r.LostUnnamed; n > 0 {
			cmd.Printf("  lost: %s\n", lostText(r.Lost, n))
		}
	}
}

// lostText names the first of n lost products.
func lostText(ids []string, n int) string {
	const most = 20
	text := fmt.Sprint(ids[:min(most, len(ids))])
	if n > most || len(ids) < n {
		text += fmt.Sprintf(", %d in all; --json lists those whose ids are known", n)
	}
	return text
}

// bareIndexOptions are those of an index that nothing is embedded for.
func bareIndexOptions(c *configs.Config) (index.Options, error) {
	without := *c
	without.Index.Pictures = 0
	return (&engine{config: &without}).indexOptions()
}

package api

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"vitrine"
)

// importRanker unpacks the form into a folder and has the model in it taken.
func (s *Server) importRanker(ctx context.Context, in *struct{ stream }) (v *RankerVersion, err error) {
	folder, err := os.MkdirTemp(s.options.SpoolDir, "ranker-*")
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "spool: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	in.request.Body = io.NopCloser(in.body(s.options.RankerBytes, s.options.StallTimeout))
	form, err := in.request.MultipartReader()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "body: %w; a form with the files manifest and model is expected", err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return s.parts.Rankers.ImportRanker(ctx, folder)
		}
		if err != nil {
			return nil, formError(err)
		}
		name := "ranker.yaml"
		switch field := part.FormName(); field {
		case "manifest":
		case "model":
			if name = filepath.Base(part.FileName()); part.FileName() == "" {
				return nil, vitrine.Errorf(vitrine.Invalid, "field model: has no file name")
			}
		default:
			return nil, vitrine.Errorf(vitrine.Invalid, "field %s: unknown; the parts of the form are manifest and model", field)
		}
		if err := keepPart(filepath.Join(folder, name), part); err != nil {
			return nil, err
		}
	}
}

// keepPart writes a part of a form to a file.
func keepPart(path string, part io.Reader) error {
	f, err := os.Create(path) //nolint:gosec // a plain name in a folder of our own
	if err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "spool: %w", err)
	}
	_, err = io.Copy(f, part)
	if err != nil {
		err = formError(err)
	}
	return errors.Join(err, f.Close())
}

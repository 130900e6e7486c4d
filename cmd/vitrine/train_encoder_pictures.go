package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"io/fs"
	"os"

	"vitrine"
	"vitrine/embed"
)

// pictureVectors keeps the vectors of pictures by the SHA-256 of their files, for one model.
type pictureVectors struct {
	Model   string
	Vectors map[[sha256.Size]byte][]float32

	path  string
	added int
}

// openPictureVectors reads the file at path, where there is one of this model; an empty path keeps them for this run only.
func openPictureVectors(path, model string) (*pictureVectors, error) {
	fresh := &pictureVectors{Model: model, Vectors: map[[sha256.Size]byte][]float32{}, path: path}
	if path == "" {
		return fresh, nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Unavailable, "cache: %w", err)
	}
	kept := &pictureVectors{path: path}
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(kept); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "cache %s: %w", path, err)
	}
	if kept.Model != model || kept.Vectors == nil {
		return fresh, nil
	}
	return kept, nil
}

// save writes the file anew when vectors have come in, whole or not at all.
func (p *pictureVectors) save() error {
	if p.path == "" || p.added == 0 {
		return nil
	}
	var data bytes.Buffer
	if err := gob.NewEncoder(&data).Encode(p); err != nil {
		return vitrine.Errorf(vitrine.Internal, "cache: %w", err)
	}
	next := p.path + ".new"
	if err := os.WriteFile(next, data.Bytes(), 0o600); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "cache: %w", err)
	}
	if err := os.Rename(next, p.path); err != nil {
		return vitrine.Errorf(vitrine.Unavailable, "cache: %w", err)
	}
	return nil
}

// fill gives the items the vectors of their pictures, encoding those that are new; one whose picture cannot be read stays without.
func (p *pictureVectors) fill(ctx context.Context, encoder *embed.Encoder, items []labelled, read func(ref string) ([]byte, error)) error {
	const batch = 64
	bar := newProgress("embed pictures", int64(len(items)))
	defer bar.end()
	for start := 0; start < len(items); start += batch {
		var data [][]byte
		var of []int
		var sums [][sha256.Size]byte
		for i := start; i < min(start+batch, len(items)); i++ {
			picture, err := read(items[i].id)
			if err != nil {
				continue
			}
			sum := sha256.Sum256(picture)
			if items[i].vector = p.Vectors[sum]; items[i].vector == nil {
				data, of, sums = append(data, picture), append(of, i), append(sums, sum)
			}
		}
		vectors, errs := encoder.Images(ctx, data)
		if err := ctx.Err(); err != nil {
			return err
		}
		for j, i := range of {
			if errs[j] != nil {
				if code := vitrine.CodeOf(errs[j]); code != vitrine.Invalid && code != vitrine.TooLarge {
					return errs[j]
				}
				continue
			}
			items[i].vector = vectors[j][vitrine.SpaceJoint]
			p.Vectors[sums[j]] = items[i].vector
			p.added++
		}
		bar.set("embed pictures", int64(min(start+batch, len(items))), int64(len(items)))
	}
	return nil
}

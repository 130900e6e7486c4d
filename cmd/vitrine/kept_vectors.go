package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"log/slog"
	"path/filepath"

	"vitrine"
	"vitrine/configs"
	"vitrine/index"
	"vitrine/loaders/pictures"
	"vitrine/store/cache"
)

// picturesFolder is the folder below the data that keeps fetched pictures and the vectors of pictures; no index name begins with a dot.
const picturesFolder = ".pictures"

// openProductPictures opens what fetches the pictures of catalogues: from hosts that are asked politely, and with a cache unless that is switched off. Queries have a
// fetcher of their own, so that shoppers neither fill the cache nor wait in line.
func openProductPictures(c *configs.Config) (*pictures.Fetcher, *cache.Store, error) {
	o := pictureOptions(c)
	p := c.Picture
	o.PerHost, o.Delay, o.Attempts, o.Proxy = p.PerHost, p.Delay, p.Attempts, p.Proxy
	var kept *cache.Store
	if p.Cache > 0 {
		var err error
		if kept, err = cache.Open(filepath.Join(c.Data, picturesFolder), int64(p.Cache)); err != nil {
			return nil, nil, err
		}
		o.Cache, o.OnCacheError = kept, func(err error) { slog.Warn("picture is not kept", "reason", err) }
	}
	f, err := pictures.New(o)
	return f, kept, err
}

// keptVectors is an encoder that embeds a picture once, however often it comes: vectors are kept by the picture's content and the models.
type keptVectors struct {
	index.Embedder
	kept   *cache.Store
	models string
}

func newKeptVectors(e index.Embedder, spaces map[string]index.Space, kept *cache.Store) *keptVectors {
	return &keptVectors{Embedder: e, kept: kept, models: fmt.Sprint(spaces)} // maps are printed in the order of their keys
}

// Images implements [index.Embedder].
func (k *keptVectors) Images(ctx context.Context, data [][]byte) ([]vitrine.Vectors, []error) {
	vectors, faults := make([]vitrine.Vectors, len(data)), make([]error, len(data))
	var missing []int
	var fresh [][]byte
	for i, d := range data {
		if vectors[i] = k.get(d); vectors[i] == nil {
			missing, fresh = append(missing, i), append(fresh, d)
		}
	}
	if len(missing) == 0 {
		return vectors, faults
	}
	made, errs := k.Embedder.Images(ctx, fresh)
	for j, i := range missing {
		vectors[i], faults[i] = made[j], errs[j]
		if errs[j] == nil {
			k.put(fresh[j], made[j])
		}
	}
	return vectors, faults
}

func (k *keptVectors) key(data []byte) string {
	return fmt.Sprintf("vectors %s %x", k.models, sha256.Sum256(data))
}

func (k *keptVectors) get(data []byte) vitrine.Vectors {
	stored, ok := k.kept.Get(k.key(data))
	var v vitrine.Vectors
	if !ok || gob.NewDecoder(bytes.NewReader(stored)).Decode(&v) != nil {
		return nil
	}
	return v
}

func (k *keptVectors) put(data []byte, v vitrine.Vectors) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	if err == nil {
		err = k.kept.Put(k.key(data), b.Bytes())
	}
	if err != nil {
		slog.Warn("vectors of a picture are not kept", "reason", err)
	}
}

package backup

import (
	"context"
	"iter"
	"net/url"
	"strings"

	"vitrine"
)

// Target keeps objects under keys made of a-z, 0-9, ".", "-", "_" and "/". It is safe for concurrent use.
type Target interface {
	// Put stores an object, durably and whole or not at all; one of the same key is replaced.
	Put(ctx context.Context, key string, data []byte) error
	// Get returns an object; an unknown key has code NotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// List yields the keys with a prefix, in no order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	// Delete removes an object; an unknown key is fine.
	Delete(ctx context.Context, key string) error
}

// Open opens the target at an address: s3://bucket/prefix, or the path of a folder, which is created when absent.
func Open(ctx context.Context, address string, o S3Options) (Target, error) {
	if address == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "backup target: is empty; give a folder or s3://bucket/prefix")
	}
	rest, ok := strings.CutPrefix(address, "s3://")
	if !ok {
		if scheme, _, found := strings.Cut(address, "://"); found {
			return nil, vitrine.Errorf(vitrine.Invalid, "backup target: %s:// is unknown; give a folder or s3://bucket/prefix", scheme)
		}
		return OpenFolder(address)
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	if _, err := url.Parse(address); err != nil || bucket == "" {
		return nil, vitrine.Errorf(vitrine.Invalid, "backup target %q: give s3://bucket/prefix", address)
	}
	return OpenBucket(ctx, bucket, strings.Trim(prefix, "/"), o)
}

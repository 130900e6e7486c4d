package backup

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"vitrine"
)

// S3Options say where and how an S3-compatible store is reached; the zero value is AWS.
type S3Options struct {
	// Endpoint is host:port of the store, default s3.amazonaws.com.
	Endpoint string
	// Region of the bucket; empty asks the store.
	Region string
	// Plain uses http instead of https.
	Plain bool
	// AccessKey and SecretKey; without them AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the environment.
	AccessKey, SecretKey string
}

// bucket is a target in an S3-compatible store.
type bucket struct {
	client *minio.Client
	name   string
	prefix string
}

// OpenBucket returns the target that keeps objects in a bucket, which must exist, under a prefix. A bucket that cannot be reached has code Unavailable.
func OpenBucket(ctx context.Context, name, prefix string, o S3Options) (Target, error) {
	if o.Endpoint == "" {
		o.Endpoint = "s3.amazonaws.com"
	}
	keys := credentials.NewEnvAWS()
	if o.AccessKey != "" {
		keys = credentials.NewStaticV4(o.AccessKey, o.SecretKey, "")
	}
	client, err := minio.New(o.Endpoint, &minio.Options{Creds: keys, Secure: !o.Plain, Region: o.Region})
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "backup bucket %s at %s: %w", name, o.Endpoint, err)
	}
	there, err := client.BucketExists(ctx, name)
	switch {
	case err != nil:
		return nil, vitrine.Errorf(vitrine.Unavailable, "backup bucket %s at %s: %w", name, o.Endpoint, err)
	case !there:
		return nil, vitrine.Errorf(vitrine.NotFound, "backup bucket %s at %s: does not exist", name, o.Endpoint)
	}
	return bucket{client, name, prefix}, nil
}

func (b bucket) Put(ctx context.Context, key string, data []byte) error {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true}
	if _, err := b.client.PutObject(ctx, b.name, path.Join(b.prefix, key), bytes.NewReader(data), int64(len(data)), o); err != nil {
		return b.wrap(key, err)
	}
	return nil
}

func (b bucket) Get(ctx context.Context, key string) ([]byte, error) {
	object, err := b.client.GetObject(ctx, b.name, path.Join(b.prefix, key), minio.GetObjectOptions{})
	if err != nil {
		return nil, b.wrap(key, err)
	}
	data, err := io.ReadAll(object)
	if e := object.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, b.wrap(key, err)
	}
	return data, nil
}

func (b bucket) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		root := ""
		if b.prefix != "" {
			root = b.prefix + "/"
		}
		for object := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: root + prefix, Recursive: true}) {
			if object.Err != nil {
				yield("", b.wrap(prefix, object.Err))
				return
			}
			if !yield(strings.TrimPrefix(object.Key, root), nil) {
				return
			}
		}
	}
}

func (b bucket) Delete(ctx context.Context, key string) error {
	if err := b.client.RemoveObject(ctx, b.name, path.Join(b.prefix, key), minio.RemoveObjectOptions{}); err != nil {
		return b.wrap(key, err)
	}
	return nil
}

func (b bucket) wrap(key string, err error) error {
	code := vitrine.Unavailable
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		code = vitrine.NotFound
	}
	return vitrine.Errorf(code, "backup object %s of bucket %s: %w", key, b.name, err)
}

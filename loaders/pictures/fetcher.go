package pictures

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"vitrine"
)

// Options bound what is fetched. The zero value fetches data: URLs and public http(s) URLs, but no files.
type Options struct {
	// Root is the folder that file references are below; empty refuses files.
	Root string
	// Bytes is the largest picture in bytes; default 20 MiB. Photos straight from a camera need about 10 MiB.
	Bytes int64
	// Timeout is the longest time for one URL, redirects and body included; default 10 s.
	Timeout time.Duration
	// Redirects is how many redirects are followed; default 3, negative follows none.
	Redirects int
	// AllowPrivate lets URLs reach private, loopback, link-local and other addresses that are not public. Set it only where every
	// reference comes from the shop itself, as with pictures on an intranet host.
	AllowPrivate bool
	// RefuseURLs refuses http(s) URLs altogether.
	RefuseURLs bool
	// Noun is what is fetched, as errors call it; default "picture". Check refuses content that is none, with code Invalid; default is to take JPEG, PNG, WebP and GIF.
	Noun  string
	Check func(data []byte) error
	// Cache keeps pictures of URLs with their version (ETag, Last-Modified), so that the next fetch asks for another one only; nil keeps none. References of shoppers
	// should not fill it. OnCacheError is told when it cannot; may be nil.
	Cache        Cache
	OnCacheError func(error)
	// PerHost is how many pictures are fetched from one host at once, default 16, and Delay the time between two requests to it, default none. Sensible for others'
	// hosts: 1 to 4, and up to 1 s.
	PerHost int
	Delay   time.Duration
	// Attempts is how often a host is asked that answers that it is too busy or fails, default once. Wait is the time before the second attempt, twice as long before
	// each next one, default 500 ms. A Retry-After lets the whole host rest. Longest bounds both, default 30 s.
	Attempts int
	Wait     time.Duration
	Longest  time.Duration
	// Proxy uses the proxies of the environment; see [TransportOptions].
	Proxy bool
	// UserAgent is sent with each request; default "vitrine".
	UserAgent string
}

const (
	defaultBytes     = 20 << 20
	defaultTimeout   = 10 * time.Second
	defaultRedirects = 3
	defaultPerHost   = 16
	defaultWait      = 500 * time.Millisecond
	defaultLongest   = 30 * time.Second
	defaultUserAgent = "vitrine"
)

// Cache keeps bytes by key. It is safe for concurrent use.
type Cache interface {
	Get(key string) ([]byte, bool)
	Put(key string, data []byte) error
}

// Fetcher fetches pictures. It is safe for concurrent use.
type Fetcher struct {
	o      Options
	root   *os.Root
	client *http.Client
	hosts  hosts
}

// New returns a fetcher; a root that cannot be opened is [vitrine.NotFound]. Close frees it.
func New(o Options) (*Fetcher, error) {
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Redirects == 0 {
		o.Redirects = defaultRedirects
	}
	if o.PerHost <= 0 {
		o.PerHost = defaultPerHost
	}
	if o.Attempts <= 0 {
		o.Attempts = 1
	}
	if o.Wait <= 0 {
		o.Wait = defaultWait
	}
	if o.Longest <= 0 {
		o.Longest = defaultLongest
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	if o.Noun == "" {
		o.Noun = "picture"
	}
	if o.Check == nil {
		o.Check = checkKind
	}
	f := &Fetcher{o: o, hosts: hosts{slots: o.PerHost, delay: o.Delay}}
	if o.Root != "" {
		root, err := os.OpenRoot(o.Root)
		if err != nil {
			return nil, vitrine.Errorf(vitrine.NotFound, "picture root: %w", err)
		}
		f.root = root
	}
	f.client = newClient(o)
	return f, nil
}

// Close frees the root folder and idle connections.
func (f *Fetcher) Close() {
	f.client.CloseIdleConnections()
	if f.root != nil {
		_ = f.root.Close()
	}
}

// Fetch returns the encoded picture that ref names: JPEG, PNG, WebP or GIF by its content. Codes: [vitrine.Invalid] for a reference
// that is malformed, not allowed or no picture; [vitrine.NotFound]; [vitrine.TooLarge]; [vitrine.Unavailable] for a server that fails
// or takes too long.
func (f *Fetcher) Fetch(ctx context.Context, ref string) (data []byte, err error) {
	scheme, _, isURL := strings.Cut(ref, ":")
	switch scheme = strings.ToLower(scheme); {
	case isURL && (scheme == "http" || scheme == "https"):
		data, err = f.fetchURL(ctx, ref)
	case isURL && scheme == "data":
		data, err = f.decodeData(ref)
	default:
		data, err = f.readFile(ref)
	}
	if err == nil {
		err = f.o.Check(data)
	}
	if err != nil {
		return nil, vitrine.Errorf(vitrine.CodeOf(err), "%s %q: %w", f.o.Noun, clip(ref), err)
	}
	return data, nil
}

func (f *Fetcher) readFile(ref string) ([]byte, error) {
	if f.root == nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "files are not allowed, as no picture root is set")
	}
	name := path.Clean(strings.TrimLeft(strings.ReplaceAll(ref, `\`, "/"), "/"))
	if name == "." || strings.ContainsRune(name, 0) {
		return nil, vitrine.Errorf(vitrine.Invalid, "names no file")
	}
	info, err := f.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, vitrine.Errorf(vitrine.NotFound, "no such file")
	case err != nil:
		return nil, vitrine.Errorf(vitrine.Invalid, "file: %w", err)
	case !info.Mode().IsRegular():
		// A named pipe would block the reader for ever.
		return nil, vitrine.Errorf(vitrine.Invalid, "is not a regular file")
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "file: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := f.readAll(file)
	if err != nil && vitrine.CodeOf(err) != vitrine.TooLarge {
		return nil, vitrine.Errorf(vitrine.Internal, "file: %w", err)
	}
	return data, err
}

// readAll reads up to the size limit.
func (f *Fetcher) readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, f.o.Bytes+1))
	if int64(len(data)) > f.o.Bytes {
		return nil, vitrine.Errorf(vitrine.TooLarge, "more than %d bytes", f.o.Bytes)
	}
	return data, err
}

// checkKind refuses content that is none of the kinds of picture that the encoders read, whatever its name or header says.
func checkKind(data []byte) error {
	switch kind := http.DetectContentType(data); kind {
	case "image/jpeg", "image/png", "image/webp", "image/gif":
		return nil
	default:
		return vitrine.Errorf(vitrine.Invalid, "is no JPEG, PNG, WebP or GIF but %s", kind)
	}
}

func clip(ref string) string {
	const most = 100
	if len(ref) > most {
		return strings.ToValidUTF8(ref[:most], "") + "…"
	}
	return ref
}

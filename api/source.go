package api

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"syscall"

	"vitrine"
)

// ReindexRequest names the catalogue of a reindex: a file on the server or a feed; neither is an upload.
type ReindexRequest struct {
	Path  string `json:"path,omitempty" doc:"File on the server, below the reindex root."`
	URL   string `json:"url,omitempty" doc:"http or https URL of a feed, which is downloaded. One that has not changed since the live generation was built from it is left."`
	Force bool   `json:"force,omitempty" doc:"Let the new generation serve even if a gate holds it back."`
	Fresh bool   `json:"fresh,omitempty" doc:"Read a feed and embed products even if they have not changed."`
}

// openSource opens the catalogue that a reindex request names or carries, and tells what was asked. Cleanup closes it, and removes it where it was spooled.
func (s *Server) openSource(in *reindexParams) (src Source, request ReindexRequest, cleanup func(), err error) {
	kind, _, _ := mime.ParseMediaType(in.request.Header.Get("Content-Type"))
	request = ReindexRequest{Force: in.Force, Fresh: in.Fresh}
	if kind != "application/json" {
		src, cleanup, err = spool(in.body(s.options.ReindexBytes, s.options.StallTimeout), s.options.SpoolDir)
		src.Force, src.Fresh = request.Force, request.Fresh
		return src, request, cleanup, err
	}
	if err := decodeJSON(in.body(s.options.QueryBytes, s.options.StallTimeout), &request); err != nil {
		return Source{}, request, nil, err
	}
	src, cleanup, err = s.openNamed(request)
	return src, request, cleanup, err
}

// openNamed opens the file that a request names, or checks its URL.
func (s *Server) openNamed(r ReindexRequest) (src Source, cleanup func(), err error) {
	src = Source{Name: r.Path, URL: r.URL, Force: r.Force, Fresh: r.Fresh}
	if r.URL == "" {
		if src.File, err = openBelow(s.options.ReindexRoot, r.Path); err != nil {
			return Source{}, nil, err
		}
		return src, func() { _ = src.File.Close() }, nil
	}
	u, err := url.Parse(r.URL)
	switch {
	case r.Path != "":
		return Source{}, nil, vitrine.Errorf(vitrine.Invalid, "give path or url, not both")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return Source{}, nil, vitrine.Errorf(vitrine.Invalid, "field url: is no http or https URL")
	}
	src.Name = u.Redacted()
	return src, func() {}, nil
}

// openBelow opens a regular file below root; neither ".." nor a symbolic link leads out of it.
func openBelow(root, path string) (*os.File, error) {
	switch {
	case path == "":
		return nil, vitrine.Errorf(vitrine.Invalid, "field path: is empty; give path or url")
	case root == "":
		return nil, vitrine.Errorf(vitrine.Invalid, "field path: the server has no folder of catalogues configured; upload the catalogue as the body")
	}
	folder, err := os.OpenRoot(root)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Internal, "reindex root: %w", err)
	}
	defer func() { _ = folder.Close() }()
	// Looked at before it is opened: opening a named pipe would wait for its writer.
	info, err := folder.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, vitrine.Errorf(vitrine.NotFound, "field path: there is no file %q below the server's folder of catalogues", path)
	case err != nil:
		return nil, vitrine.Errorf(vitrine.Invalid, "field path: %q is not a readable file below the server's folder of catalogues", path)
	case !info.Mode().IsRegular():
		return nil, vitrine.Errorf(vitrine.Invalid, "field path: %q is not a regular file", path)
	}
	file, err := folder.Open(path)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "field path: %q is not a readable file", path)
	}
	return file, nil
}

// spool copies an upload into a temporary file, so that a body that breaks off has changed nothing.
func spool(body io.Reader, folder string) (src Source, cleanup func(), err error) {
	file, err := os.CreateTemp(folder, "vitrine-upload-*")
	if err != nil {
		return Source{}, nil, vitrine.Errorf(vitrine.Internal, "spool upload: %w", err)
	}
	cleanup = func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
	n, err := io.Copy(file, body)
	if err == nil && n > 0 {
		_, err = file.Seek(0, io.SeekStart)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil && n > 0:
		return Source{Name: "upload", File: file}, cleanup, nil
	case err == nil:
		err = vitrine.Errorf(vitrine.Invalid, "body: is empty")
	case errors.As(err, &tooLarge):
		// Worded where it is answered.
	case errors.Is(err, syscall.ENOSPC):
		err = vitrine.Errorf(vitrine.Unavailable, "body: the server's disk is full after %d bytes; nothing has changed", n)
	case errors.As(err, new(*fs.PathError)):
		err = vitrine.Errorf(vitrine.Internal, "spool upload: %w", err)
	default:
		err = vitrine.Errorf(vitrine.Invalid, "body: cut off after %d bytes; nothing has changed", n)
	}
	cleanup()
	return Source{}, nil, err
}

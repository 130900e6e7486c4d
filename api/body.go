package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"vitrine"
)

// stream is embedded in the input of an operation that reads its body itself, because it is long or comes in several formats.
type stream struct {
	request  *http.Request
	response http.ResponseWriter
}

// Resolve is called by huma before the handler.
func (s *stream) Resolve(ctx huma.Context) []error {
	c := humaecho.Unwrap(ctx)
	s.request, s.response = c.Request(), c.Response()
	return nil
}

// body returns the request's body bounded to limit bytes. It may take as long as it likes, but no pause longer than stall.
func (s *stream) body(limit int64, stall time.Duration) io.Reader {
	steady := &steadyReader{body: s.request.Body, controller: http.NewResponseController(s.response), stall: stall}
	return http.MaxBytesReader(s.response, steady, limit)
}

// steadyReader moves the connection's deadlines on with every read.
type steadyReader struct {
	body       io.ReadCloser
	controller *http.ResponseController
	stall      time.Duration
}

func (r *steadyReader) Read(p []byte) (int, error) {
	// A writer without deadlines, as in a test without a connection, has no stalls either.
	_ = r.controller.SetReadDeadline(time.Now().Add(r.stall))
	n, err := r.body.Read(p)
	if err != nil {
		// Past the body the server watches the connection, and would take a passed deadline for a client that has left.
		_ = r.controller.SetReadDeadline(time.Time{})
		_ = r.controller.SetWriteDeadline(time.Time{})
	}
	return n, err
}

func (r *steadyReader) Close() error { return r.body.Close() }

// decodeJSON reads exactly one JSON value into v and refuses fields that v does not have.
func decodeJSON(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return jsonError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return vitrine.Errorf(vitrine.Invalid, "body: something follows the JSON value")
	}
	return nil
}

// jsonError words an error of encoding/json for the sender of the JSON.
func jsonError(err error) error {
	var (
		syntax   *json.SyntaxError
		kind     *json.UnmarshalTypeError
		base     base64.CorruptInputError
		tooLarge *http.MaxBytesError
		coded    *vitrine.Error
	)
	switch {
	case errors.As(err, &tooLarge), errors.As(err, &coded):
		return err
	case errors.Is(err, io.EOF):
		return vitrine.Errorf(vitrine.Invalid, "body: is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return vitrine.Errorf(vitrine.Invalid, "body: the JSON ends in the middle")
	case errors.As(err, &syntax):
		return vitrine.Errorf(vitrine.Invalid, "body: broken JSON at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &kind):
		field := "body"
		if kind.Field != "" {
			name := kind.Field
			for _, embedded := range []string{"Query.", "Event.", "Product."} { // what a search or a row embeds
				name = strings.TrimPrefix(name, embedded)
			}
			field = "field " + name
		}
		return vitrine.Errorf(vitrine.Invalid, "%s: expected %s, got %s", field, jsonKind(kind.Type), kind.Value)
	case errors.As(err, &base):
		return vitrine.Errorf(vitrine.Invalid, "field image: is not base64")
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return vitrine.Errorf(vitrine.Invalid, "field %s: unknown", strings.Trim(field, `"`))
	}
	return vitrine.Errorf(vitrine.Invalid, "body: %w", err)
}

// jsonKind names a Go type in the words of JSON.
func jsonKind(t reflect.Type) string {
	switch t.Kind() { //nolint:exhaustive // the other kinds do not occur in JSON
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Pointer:
		return jsonKind(t.Elem())
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

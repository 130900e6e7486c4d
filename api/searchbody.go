package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"vitrine"
)

// readSearch reads a search from a body of JSON or a form.
func readSearch(r *http.Request, body io.Reader) (searchRequest, error) {
	var request searchRequest
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return request, vitrine.Errorf(vitrine.Invalid, "header content-type: %w", err)
	}
	switch kind {
	case "multipart/form-data":
		return readSearchForm(multipart.NewReader(body, params["boundary"]))
	case "", "application/json", "application/x-www-form-urlencoded": // the last is what curl says of -d
		return request, decodeJSON(body, &request)
	}
	return request, vitrine.Errorf(vitrine.Invalid, "header content-type: %q is neither application/json nor multipart/form-data", kind)
}

// readSearchForm reads the parts query (JSON), text, image, clip and audio, in any order.
func readSearchForm(form *multipart.Reader) (searchRequest, error) {
	var (
		request searchRequest
		files   = map[string][]byte{}
	)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			for name, into := range map[string]*[]byte{"image": &request.Image, "clip": &request.Clip, "audio": &request.Audio} {
				if file := files[name]; file != nil {
					*into = file
				}
			}
			return request, nil
		}
		if err != nil {
			return request, formError(err)
		}
		switch name := part.FormName(); name {
		case "query":
			err = decodeJSON(part, &request)
		case "text":
			var text []byte
			if text, err = io.ReadAll(part); err != nil {
				err = formError(err)
			}
			request.Text = string(text)
		case "image", "clip", "audio":
			if files[name], err = io.ReadAll(part); err != nil {
				err = formError(err)
			} else if len(files[name]) == 0 {
				err = vitrine.Errorf(vitrine.Invalid, "field %s: the file is empty", name)
			}
		default:
			err = vitrine.Errorf(vitrine.Invalid, "field %s: unknown; the parts of the form are query, text, image, clip and audio", name)
		}
		if err != nil {
			return request, err
		}
	}
}

// formError keeps the error of a passed limit and words the others.
func formError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return vitrine.Errorf(vitrine.Invalid, "body: the form is broken: %w", err)
}

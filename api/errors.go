package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"vitrine"
)

// Status returns the HTTP status of an error code; this is the one table of it.
func Status(code vitrine.Code) int {
	switch code {
	case vitrine.Invalid:
		return http.StatusBadRequest
	case vitrine.Unauthorized:
		return http.StatusUnauthorized
	case vitrine.NotFound:
		return http.StatusNotFound
	case vitrine.Conflict:
		return http.StatusConflict
	case vitrine.TooLarge:
		return http.StatusRequestEntityTooLarge
	case vitrine.RateLimited:
		return http.StatusTooManyRequests
	case vitrine.Unavailable:
		return http.StatusServiceUnavailable
	case vitrine.Internal:
	}
	return http.StatusInternalServerError
}

// codeOfStatus names the code of a status that the router or huma chose.
func codeOfStatus(status int) vitrine.Code {
	for _, code := range []vitrine.Code{
		vitrine.Unauthorized, vitrine.NotFound, vitrine.Conflict, vitrine.TooLarge, vitrine.RateLimited, vitrine.Unavailable,
	} {
		if Status(code) == status {
			return code
		}
	}
	if status >= http.StatusInternalServerError {
		return vitrine.Internal
	}
	return vitrine.Invalid
}

// failure is the body of every answer that is an error; it is a [huma.StatusError].
type failure struct {
	Body   ErrorBody `json:"error"`
	status int
}

// ErrorBody says what went wrong; it stands under "error" in the body of an answer, and in a job that failed.
type ErrorBody struct {
	Code    vitrine.Code `json:"code" enum:"invalid,not_found,conflict,unauthorized,too_large,rate_limited,unavailable,internal"`
	Message string       `json:"message" doc:"What went wrong, for people; names the field, row or limit."`
}

func (p *failure) Error() string  { return p.Body.Message }
func (p *failure) GetStatus() int { return p.status }

// failureOf turns any error into what the client may know of it. The message of an internal fault stays here.
func failureOf(err error) *failure {
	var (
		p        *failure
		tooLarge *http.MaxBytesError
		routing  *echo.HTTPError
		coded    *vitrine.Error
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLarge):
		return newFailure(vitrine.TooLarge, vitrine.Errorf(vitrine.TooLarge, "body: more than %d bytes", tooLarge.Limit).Error())
	case errors.As(err, &routing):
		return &failure{status: routing.Code, Body: ErrorBody{Code: codeOfStatus(routing.Code), Message: strings.ToLower(http.StatusText(routing.Code))}}
	case errors.As(err, &coded) && coded.Code != vitrine.Internal:
		return newFailure(coded.Code, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return newFailure(vitrine.Unavailable, "the answer took longer than the deadline")
	case errors.Is(err, context.Canceled):
		return newFailure(vitrine.Unavailable, "the request was given up")
	}
	return newFailure(vitrine.Internal, "internal error")
}

func newFailure(code vitrine.Code, message string) *failure {
	return &failure{status: Status(code), Body: ErrorBody{Code: code, Message: message}}
}

// installFailures makes huma write its own errors, those of validation, as [failure]. Its hook is a variable of the package, hence once
// per process; it is the way that huma documents.
var installFailures = sync.OnceFunc(func() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		if status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest
		}
		for i, err := range errs {
			separator := "; "
			if i == 0 {
				separator = ": "
			}
			message += separator + describe(err)
		}
		return &failure{status: status, Body: ErrorBody{Code: codeOfStatus(status), Message: message}}
	}
})

// describe words one finding of huma's validation as "field page: expected integer".
func describe(err error) string {
	var detail *huma.ErrorDetail
	if !errors.As(err, &detail) {
		return err.Error()
	}
	if detail.Location == "" {
		return detail.Message
	}
	_, field, found := strings.Cut(detail.Location, ".")
	if !found {
		field = detail.Location
	}
	return "field " + field + ": " + detail.Message
}

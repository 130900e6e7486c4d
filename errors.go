package vitrine

import (
	"context"
	"errors"
	"fmt"
)

// Code says what kind of error happened, so that callers can act on it; the api maps each code to one HTTP status.
type Code string

// The codes that an [Error] carries.
const (
	// Invalid means that the input is at fault; the message names the field, row or file.
	Invalid Code = "invalid"
	// NotFound means that the named index, product, job or model does not exist.
	NotFound Code = "not_found"
	// Conflict means that the request contradicts the present state, as in a second reindex of one index.
	Conflict Code = "conflict"
	// Unauthorized means that a key is missing or wrong.
	Unauthorized Code = "unauthorized"
	// TooLarge means that a limit of size, pixels or length was passed; the message names the limit.
	TooLarge Code = "too_large"
	// RateLimited means that the caller asked too often.
	RateLimited Code = "rate_limited"
	// Unavailable means that a part needed for the answer is missing or too slow now.
	Unavailable Code = "unavailable"
	// Internal means a fault of ours or of the machine.
	Internal Code = "internal"
)

// Error is an error with a code and a message for people.
type Error struct {
	Code    Code
	Message string
	cause   error
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the error that the message was formatted from with %w, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Errorf returns an [Error] with a formatted message; %w wraps as in [fmt.Errorf].
func Errorf(code Code, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), cause: errors.Unwrap(err)}
}

// CodeOf returns the code of the outermost [Error] in err's chain, [Unavailable] for a passed deadline, and [Internal] for any other error.
// It returns "" for nil.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Unavailable
	}
	return Internal
}

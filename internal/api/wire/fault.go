package wire

import (
	"errors"
	"net/http"
	"strings"

	"ingot"
)

// The codes of requests that reach no operation.
const (
	UnknownOperation ingot.Code = "UnknownOperationException"
	TooLarge         ingot.Code = "RequestEntityTooLargeException"
	Throttling       ingot.Code = "ThrottlingException"
	TimedOut         ingot.Code = "RequestTimeoutException"
)

// statuses are the HTTP statuses of the codes that are not 400. Clients retry after
// 5xx, so a user's mistake never has one of those.
var statuses = map[ingot.Code]int{
	ingot.NotFound:                        http.StatusNotFound,
	ingot.QuotaExceeded:                   http.StatusPaymentRequired,
	ingot.Forbidden:                       http.StatusForbidden,
	ingot.DryRun:                          http.StatusPreconditionFailed,
	ingot.Internal:                        http.StatusInternalServerError,
	ingot.Unavailable:                     http.StatusServiceUnavailable,
	"DryRunOperation":                     http.StatusPreconditionFailed,
	"UnauthorizedOperation":               http.StatusForbidden,
	"AccessDeniedException":               http.StatusForbidden,
	"CallRateLimitExceededException":      http.StatusTooManyRequests,
	"TooManyRequestsException":            http.StatusTooManyRequests,
	"MissingAuthenticationTokenException": http.StatusForbidden,
	"UnrecognizedClientException":         http.StatusForbidden,
	"InvalidSignatureException":           http.StatusForbidden,
	"ExpiredTokenException":               http.StatusForbidden,
	UnknownOperation:                      http.StatusNotFound,
	TooLarge:                              http.StatusRequestEntityTooLarge,
	Throttling:                            http.StatusServiceUnavailable,
	TimedOut:                              http.StatusRequestTimeout,
}

// statusOf returns the HTTP status of a code; shown is the protocol's word for it. EC2
// answers 401 for a key that it does not know, where the others answer 403. With the
// same word, AuthFailure, its operations refuse resources of other accounts, as 400.
func statusOf(code, shown ingot.Code) int {
	if code == "UnrecognizedClientException" && shown == "AuthFailure" {
		return http.StatusUnauthorized
	}
	if status, ok := statuses[code]; ok {
		return status
	}
	return http.StatusBadRequest
}

// longestMessage bounds the message that a client sees, in bytes: it may quote the
// request.
const longestMessage = 4096

// visible returns what a client may see of an error: all of one that has a code,
// nothing of any other.
func visible(err error) *ingot.Error {
	e, ok := errors.AsType[*ingot.Error](err)
	if !ok || e.Code == ingot.Internal {
		return ingot.Errorf(ingot.Internal, "An internal error has occurred. The server's log tells more under the id of this request.")
	}
	if len(e.Message) > longestMessage {
		return &ingot.Error{Code: e.Code, Message: strings.ToValidUTF8(e.Message[:longestMessage], "") + "…"}
	}
	return e
}

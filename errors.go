package ingot

import (
	"cmp"
	"errors"
	"fmt"
)

// Code is the AWS error code that a client sees. Only the protocol layer turns a code
// into an HTTP status.
type Code string

// The codes that Image Builder answers with, chosen by meaning and not by what
// the model declares for an operation (clients rely on undeclared ones).
const (
	InvalidParameterValue       Code = "InvalidParameterValueException"
	InvalidParameter            Code = "InvalidParameterException" // tag operations only
	InvalidParameterCombination Code = "InvalidParameterCombinationException"
	InvalidRequest              Code = "InvalidRequestException"
	InvalidVersionNumber        Code = "InvalidVersionNumberException"
	InvalidPaginationToken      Code = "InvalidPaginationTokenException"
	IdempotentMismatch          Code = "IdempotentParameterMismatchException"
	AlreadyExists               Code = "ResourceAlreadyExistsException"
	Dependency                  Code = "ResourceDependencyException"
	InUse                       Code = "ResourceInUseException"
	NotFound                    Code = "ResourceNotFoundException"
	QuotaExceeded               Code = "ServiceQuotaExceededException"
	Forbidden                   Code = "ForbiddenException"
	DryRun                      Code = "DryRunOperationException"
	Internal                    Code = "ServiceException"
	Unavailable                 Code = "ServiceUnavailableException"
)

// Error is a fault with a code and a sentence for the user that names the field and the
// remedy.
type Error struct {
	Code    Code
	Message string
	// Reason is a word that some exceptions of neighbours have beside their text, such
	// as OU_DEPTH_LIMIT_EXCEEDED.
	Reason string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Errorf returns an [Error].
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf returns the code of err, or [Internal] for an error without one, so that a
// client never sees the text of an unknown error.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// InvalidValue returns the service's sentence for a value that breaks a rule; path uses
// member names and zero-based indexes joined with dots.
func InvalidValue(path, format string, args ...any) *Error {
	return Errorf(InvalidParameterValue, "The value supplied for parameter '%s' is not valid. %s", path, fmt.Sprintf(format, args...))
}

// Missing returns the answer for an ARN that is well formed and names nothing.
func Missing(arn string) *Error {
	a, _ := ParseARN(arn) // the kind is empty if it is not an ARN
	return MissingOf(cmp.Or(a.Kind.TypeName(), "Resource"), arn)
}

// MissingOf is [Missing] for something without an ARN; kind is the service's word for
// what it is.
func MissingOf(kind, name string) *Error {
	return Errorf(NotFound, "The following required resource '%s' cannot be found: '%s'.", kind, name)
}

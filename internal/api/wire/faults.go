package wire

import (
	"ingot"
	"ingot/api/model"
)

// faults are the exceptions of a service that has its own words for common faults; nil
// for a service that has none.
type faults map[ingot.Code]model.Fault

// own lists codes for common faults; the first that a service has is used.
var own = map[ingot.Code][]ingot.Code{
	ingot.InvalidParameterValue:       invalid,
	ingot.InvalidParameter:            invalid,
	ingot.InvalidParameterCombination: invalid,
	ingot.InvalidRequest:              invalid,
	ingot.Internal:                    {"InternalServerException", "ServiceException", "InternalFailure"},
}

var invalid = []ingot.Code{"InvalidInputException", "ValidationException", "InvalidParameterException"}

// inOwnWords replaces the code of a fault by the service's own.
func (all faults) inOwnWords(f *ingot.Error) *ingot.Error {
	if _, known := all[f.Code]; known || all == nil {
		return f
	}
	for _, code := range own[f.Code] {
		if _, known := all[code]; known {
			return &ingot.Error{Code: code, Message: f.Message, Reason: f.Reason}
		}
	}
	return f
}

// body returns the fault as a JSON object.
func (all faults) body(f *ingot.Error) map[string]string {
	how, known := all[f.Code]
	if !known {
		how.Message = "message"
	}
	object := map[string]string{}
	if how.Message != "" {
		object[how.Message] = f.Message
	}
	if how.Reason != "" && f.Reason != "" {
		object[how.Reason] = f.Reason
	}
	return object
}

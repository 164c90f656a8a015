// Code generated from ebs.json; DO NOT EDIT.

package ebs

import "ingot"
import "ingot/api/model"

// Errors are the exceptions of the service.
var Errors = map[ingot.Code]model.Fault{
	"AccessDeniedException":            {Status: 403, Message: "Message", Reason: "Reason"},
	"ConcurrentLimitExceededException": {Status: 400, Message: "Message"},
	"ConflictException":                {Status: 409, Message: "Message"},
	"InternalServerException":          {Status: 500, Message: "Message"},
	"RequestThrottledException":        {Status: 400, Message: "Message", Reason: "Reason"},
	"ResourceNotFoundException":        {Status: 404, Message: "Message", Reason: "Reason"},
	"ServiceQuotaExceededException":    {Status: 402, Message: "Message", Reason: "Reason"},
	"ValidationException":              {Status: 400, Message: "Message", Reason: "Reason"},
}

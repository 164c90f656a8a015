// Code generated from organizations.json; DO NOT EDIT.

package organizations

import "ingot"
import "ingot/api/model"

// Errors are the exceptions of the service.
var Errors = map[ingot.Code]model.Fault{
	"AWSOrganizationsNotInUseException":      {Status: 400, Message: "Message"},
	"AccessDeniedException":                  {Status: 400, Message: "Message"},
	"AccessDeniedForDependencyException":     {Status: 400, Message: "Message", Reason: "Reason"},
	"AccountAlreadyClosedException":          {Status: 400, Message: "Message"},
	"AccountNotFoundException":               {Status: 400, Message: "Message"},
	"AccountOwnerNotVerifiedException":       {Status: 400, Message: "Message"},
	"AlreadyInOrganizationException":         {Status: 400, Message: "Message"},
	"ChildNotFoundException":                 {Status: 400, Message: "Message"},
	"ConcurrentModificationException":        {Status: 400, Message: "Message"},
	"ConflictException":                      {Status: 400, Message: "Message"},
	"ConstraintViolationException":           {Status: 400, Message: "Message", Reason: "Reason"},
	"CreateAccountStatusNotFoundException":   {Status: 400, Message: "Message"},
	"DestinationParentNotFoundException":     {Status: 400, Message: "Message"},
	"DuplicateAccountException":              {Status: 400, Message: "Message"},
	"DuplicateHandshakeException":            {Status: 400, Message: "Message"},
	"DuplicateOrganizationalUnitException":   {Status: 400, Message: "Message"},
	"FinalizingOrganizationException":        {Status: 400, Message: "Message"},
	"HandshakeAlreadyInStateException":       {Status: 400, Message: "Message"},
	"HandshakeConstraintViolationException":  {Status: 400, Message: "Message", Reason: "Reason"},
	"HandshakeNotFoundException":             {Status: 400, Message: "Message"},
	"InvalidHandshakeTransitionException":    {Status: 400, Message: "Message"},
	"InvalidInputException":                  {Status: 400, Message: "Message", Reason: "Reason"},
	"MasterCannotLeaveOrganizationException": {Status: 400, Message: "Message"},
	"OrganizationNotEmptyException":          {Status: 400, Message: "Message"},
	"OrganizationalUnitNotEmptyException":    {Status: 400, Message: "Message"},
	"OrganizationalUnitNotFoundException":    {Status: 400, Message: "Message"},
	"ParentNotFoundException":                {Status: 400, Message: "Message"},
	"ServiceException":                       {Status: 400, Message: "Message"},
	"SourceParentNotFoundException":          {Status: 400, Message: "Message"},
	"TargetNotFoundException":                {Status: 400, Message: "Message"},
	"TooManyRequestsException":               {Status: 400, Message: "Message"},
	"UnsupportedAPIEndpointException":        {Status: 400, Message: "Message"},
}

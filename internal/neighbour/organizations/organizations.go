// Package organizations implements AWS Organizations. There are no organizations yet: no
// account is in one, and operations that would make one are refused by name.
package organizations

import (
	"context"

	"ingot"
	api "ingot/api/organizations"
)

// Service implements the operations of Organizations that image users call.
type Service struct{ api.Unimplemented }

// New returns a service.
func New() *Service { return &Service{} }

// notInUse is the code for an account that is in no organization.
const notInUse ingot.Code = "AWSOrganizationsNotInUseException"

// DescribeOrganization tells the caller that its account is in no organization.
func (*Service) DescribeOrganization(context.Context, *api.DescribeOrganizationInput) (*api.DescribeOrganizationOutput, error) {
	return nil, ingot.Errorf(notInUse, "Your account is not a member of an organization.")
}

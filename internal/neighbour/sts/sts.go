// Package sts tells clients who they are, which many ask first.
package sts

import (
	"context"

	"ingot"
	api "ingot/api/sts"
	"ingot/internal/api/caller"
)

// Service implements the operations of STS that image users call.
type Service struct{ api.Unimplemented }

// New returns a service.
func New() *Service { return &Service{} }

// GetCallerIdentity returns the account and user of the key that signed the request.
func (*Service) GetCallerIdentity(ctx context.Context, _ *api.GetCallerIdentityInput) (*api.GetCallerIdentityOutput, error) {
	id := caller.From(ctx)
	if id.Account == "" {
		return nil, ingot.Errorf("AccessDenied", "The request has no caller.")
	}
	return &api.GetCallerIdentityOutput{Account: id.Account, Arn: id.ARN, UserId: id.UserID}, nil
}

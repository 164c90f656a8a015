// Code generated from sts.json; DO NOT EDIT.

package sts

import "context"
import "ingot"
import "ingot/api/model"

// APIVersion is the version of the service's API.
const APIVersion = "2011-06-15"

// Namespace is that of the service's XML answers.
const Namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// Service is what an implementation of the service does, one method an operation.
type Service interface {
	GetCallerIdentity(ctx context.Context, in *GetCallerIdentityInput) (*GetCallerIdentityOutput, error)
}

// Unimplemented answers every operation with an error that names it. An
// implementation embeds it and overrides what it can do.
type Unimplemented struct{}

func unimplemented(operation string) error {
	return ingot.Errorf(ingot.InvalidRequest, "The operation %s is not implemented yet.", operation)
}

// GetCallerIdentity is not implemented.
func (Unimplemented) GetCallerIdentity(ctx context.Context, in *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	return nil, unimplemented("GetCallerIdentity")
}

// Operations is the table of all operations, sorted by name.
var Operations = []model.Operation[Service]{
	{Name: "GetCallerIdentity", Method: "POST", Path: "/", Input: "GetCallerIdentityRequest", Call: model.Call(Service.GetCallerIdentity)},
}

// Code generated from sts.json; DO NOT EDIT.

// Package sts has the types, operations and constraints of the service.
package sts

// GetCallerIdentityInput is the shape GetCallerIdentityRequest.
type GetCallerIdentityInput struct {
}

// GetCallerIdentityOutput is the shape GetCallerIdentityResponse.
type GetCallerIdentityOutput struct {
	Account string `query:"Account" xml:"Account"`
	Arn     string `query:"Arn" xml:"Arn"`
	UserId  string `query:"UserId" xml:"UserId"`
}

// Code generated from sts.json; DO NOT EDIT.

// Package sts has the types, operations and constraints of the service.
package sts

// GetCallerIdentityInput is the shape GetCallerIdentityRequest.
type GetCallerIdentityInput struct {
}

// GetCallerIdentityOutput is the shape GetCallerIdentityResponse.
type GetCallerIdentityOutput struct {
	Account string `xml:"Account"`
	Arn     string `xml:"Arn"`
	UserId  string `xml:"UserId"`
}

// Code generated from ec2.json; DO NOT EDIT.

package ec2

import "context"
import "ingot"
import "ingot/api/model"

// APIVersion is the version of the service's API.
const APIVersion = "2016-11-15"

// Namespace is that of the service's XML answers.
const Namespace = "http://ec2.amazonaws.com/doc/2016-11-15"

// Service is what an implementation of the service does, one method an operation.
type Service interface {
	DeregisterImage(ctx context.Context, in *DeregisterImageInput) (*DeregisterImageOutput, error)
	DescribeImageAttribute(ctx context.Context, in *DescribeImageAttributeInput) (*DescribeImageAttributeOutput, error)
	DescribeImages(ctx context.Context, in *DescribeImagesInput) (*DescribeImagesOutput, error)
}

// Unimplemented answers every operation with an error that names it. An
// implementation embeds it and overrides what it can do.
type Unimplemented struct{}

func unimplemented(operation string) error {
	return ingot.Errorf(ingot.InvalidRequest, "The operation %s is not implemented yet.", operation)
}

// DeregisterImage is not implemented.
func (Unimplemented) DeregisterImage(ctx context.Context, in *DeregisterImageInput) (*DeregisterImageOutput, error) {
	return nil, unimplemented("DeregisterImage")
}

// DescribeImageAttribute is not implemented.
func (Unimplemented) DescribeImageAttribute(ctx context.Context, in *DescribeImageAttributeInput) (*DescribeImageAttributeOutput, error) {
	return nil, unimplemented("DescribeImageAttribute")
}

// DescribeImages is not implemented.
func (Unimplemented) DescribeImages(ctx context.Context, in *DescribeImagesInput) (*DescribeImagesOutput, error) {
	return nil, unimplemented("DescribeImages")
}

// Operations is the table of all operations, sorted by name.
var Operations = []model.Operation[Service]{
	{Name: "DeregisterImage", Method: "POST", Path: "/", Input: "DeregisterImageRequest", Call: model.Call(Service.DeregisterImage)},
	{Name: "DescribeImageAttribute", Method: "POST", Path: "/", Input: "DescribeImageAttributeRequest", Call: model.Call(Service.DescribeImageAttribute)},
	{Name: "DescribeImages", Method: "POST", Path: "/", Input: "DescribeImagesRequest", Call: model.Call(Service.DescribeImages)},
}

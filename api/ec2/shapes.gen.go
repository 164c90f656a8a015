// Code generated from ec2.json; DO NOT EDIT.

package ec2

import "ingot/api/model"

// Shapes are the types of all inputs with their constraints.
var Shapes = map[string]model.Shape{
	"Boolean": {Kind: "boolean"},
	"DeregisterImageRequest": {Kind: "structure", Members: []model.Member{
		{Name: "DeleteAssociatedSnapshots", Shape: "Boolean"},
		{Name: "DryRun", Shape: "Boolean"},
		{Name: "ImageId", Shape: "ImageId", Required: true}}},
	"DescribeImageAttributeRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Attribute", Shape: "ImageAttributeName", Required: true},
		{Name: "DryRun", Shape: "Boolean"},
		{Name: "ImageId", Shape: "ImageId", Required: true}}},
	"DescribeImagesRequest": {Kind: "structure", Members: []model.Member{
		{Name: "DryRun", Shape: "Boolean"},
		{Name: "ExecutableUsers", Shape: "ExecutableByStringList"},
		{Name: "Filters", Shape: "FilterList"},
		{Name: "ImageIds", Shape: "ImageIdStringList"},
		{Name: "IncludeDeprecated", Shape: "Boolean"},
		{Name: "IncludeDisabled", Shape: "Boolean"},
		{Name: "MaxResults", Shape: "Integer"},
		{Name: "NextToken", Shape: "String"},
		{Name: "Owners", Shape: "OwnerStringList"}}},
	"ExecutableByStringList": {Kind: "list", Elem: "String"},
	"Filter": {Kind: "structure", Members: []model.Member{
		{Name: "Name", Shape: "String"},
		{Name: "Values", Shape: "ValueStringList"}}},
	"FilterList":         {Kind: "list", Elem: "Filter"},
	"ImageAttributeName": {Kind: "string", Enum: []string{"description", "kernel", "ramdisk", "launchPermission", "productCodes", "blockDeviceMapping", "sriovNetSupport", "bootMode", "tpmSupport", "uefiData", "lastLaunchedTime", "imdsSupport", "deregistrationProtection"}},
	"ImageId":            {Kind: "string"},
	"ImageIdStringList":  {Kind: "list", Elem: "ImageId"},
	"Integer":            {Kind: "integer"},
	"OwnerStringList":    {Kind: "list", Elem: "String"},
	"String":             {Kind: "string"},
	"ValueStringList":    {Kind: "list", Elem: "String"},
}

func bound(n int64) *int64 { return &n }

var _ = bound

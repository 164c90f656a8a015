// Code generated from ec2.json; DO NOT EDIT.

package ec2

import "ingot/api/model"

// Shapes are the types of all inputs with their constraints.
var Shapes = map[string]model.Shape{
	"Boolean": {Kind: "boolean"},
	"DeregisterImageRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ImageId", Shape: "ImageId", Required: true},
		{Name: "DeleteAssociatedSnapshots", Shape: "Boolean"},
		{Name: "DryRun", Shape: "Boolean"}}},
	"DescribeImageAttributeRequest": {Kind: "structure", Members: []model.Member{
		{Name: "Attribute", Shape: "ImageAttributeName", Required: true},
		{Name: "ImageId", Shape: "ImageId", Required: true},
		{Name: "DryRun", Shape: "Boolean"}}},
	"DescribeImagesRequest": {Kind: "structure", Members: []model.Member{
		{Name: "ExecutableUsers", Shape: "ExecutableByStringList", Wire: "ExecutableBy"},
		{Name: "ImageIds", Shape: "ImageIdStringList", Wire: "ImageId"},
		{Name: "Owners", Shape: "OwnerStringList", Wire: "Owner"},
		{Name: "IncludeDeprecated", Shape: "Boolean"},
		{Name: "IncludeDisabled", Shape: "Boolean"},
		{Name: "MaxResults", Shape: "Integer"},
		{Name: "NextToken", Shape: "String"},
		{Name: "DryRun", Shape: "Boolean"},
		{Name: "Filters", Shape: "FilterList", Wire: "Filter"}}},
	"ExecutableByStringList": {Kind: "list", Elem: "String"},
	"Filter": {Kind: "structure", Members: []model.Member{
		{Name: "Name", Shape: "String"},
		{Name: "Values", Shape: "ValueStringList", Wire: "Value"}}},
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

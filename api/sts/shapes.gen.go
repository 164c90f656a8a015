// Code generated from sts.json; DO NOT EDIT.

package sts

import "ingot/api/model"

// Shapes are the types of all inputs with their constraints.
var Shapes = map[string]model.Shape{
	"GetCallerIdentityRequest": {Kind: "structure", Members: []model.Member{}},
}

func bound(n int64) *int64 { return &n }

var _ = bound

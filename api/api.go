// Package api holds what the public models of the AWS services say (names, types,
// places on the wire, constraints, errors) as JSON files, and nothing else. The
// packages below it are generated from these facts:
//
//   - imagebuilder: all types, the interface of 77 operations, routes, constraints
//   - ec2, sts, organizations, ebs: operations that users of images call
//   - model: the form of the generated tables
package api

//go:generate go run ./internal/generate -facts imagebuilder.json -out imagebuilder
//go:generate go run ./internal/generate -facts ec2.json -out ec2 -only DescribeImages,DescribeImageAttribute,DeregisterImage
//go:generate go run ./internal/generate -facts sts.json -out sts -only GetCallerIdentity
//go:generate go run ./internal/generate -facts organizations.json -out organizations -errors
//go:generate go run ./internal/generate -facts ebs.json -out ebs -errors

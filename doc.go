// Package ingot is the vocabulary of the program: names and versions of
// resources, the states of an image with their legal transitions, and the kinds
// of error. It does no I/O and imports nothing of ours, so that every room may
// speak it.
//
// Terms:
//
//   - ARN: the name of a resource, see [ARN].
//   - Build version: one build of a component, image or workflow, "1.0.0/3".
//   - Slug: the part of an ARN that is made from a resource's name.
//   - Status: where an image stands in its life, see [Status].
package ingot

// Package ingot is the vocabulary of the program: names and versions of
// resources, the states of an image with their legal transitions, and the kinds
// of error. It does no I/O and imports no other package of the program, so every
// package may import it.
//
// Terms:
//
//   - fault: an error as its user sees it: what is wrong, where, and how to correct it.
//   - room: a folder of the program with all folders below it, as house_test.go lists
//     them.
//   - slug: the part of an ARN that is made from a resource's name.
package ingot

// Package ebs answers for the EBS direct APIs, which read and write the blocks of
// snapshots. None of the operations is implemented: each is refused by name.
package ebs

import api "ingot/api/ebs"

// Service refuses all operations.
type Service struct{ api.Unimplemented }

// New returns a service.
func New() *Service { return &Service{} }

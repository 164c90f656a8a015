// Package ebs answers for the EBS direct APIs, which read and write the blocks of
// snapshots. None of its operations is implemented yet: each is refused by its name.
package ebs

import api "ingot/api/ebs"

// Service refuses all operations.
type Service struct{ api.Unimplemented }

// New makes a service.
func New() *Service { return &Service{} }

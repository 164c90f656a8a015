package qemu

import (
	"context"
	"time"
)

// Accelerators, for tests.
const (
	KVM = kvm
	TCG = tcg
)

// Smoke does the test of KVM, or without KVM, on hosts that may have none.
func (b *Backend) Smoke(ctx context.Context, guest, using string, silent time.Duration) (fault, err error) {
	return b.smoke(ctx, guest, using, silent)
}

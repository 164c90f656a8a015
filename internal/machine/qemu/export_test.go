package qemu

import (
	"context"
	"time"
)

// Smoke lets hosts without KVM do the test of KVM, without it.
func (b *Backend) Smoke(ctx context.Context, within time.Duration) (fault, err error) {
	return b.smoke(ctx, tcg, within)
}

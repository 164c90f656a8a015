package qemu

import (
	"context"
	"time"

	"ingot/internal/machine"
)

// Smoke lets hosts without KVM do the test of KVM, without it.
func (b *Backend) Smoke(ctx context.Context, spec machine.Spec, within time.Duration) error {
	return b.smoke(ctx, spec, tcg, within)
}

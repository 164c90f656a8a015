package instance

import "context"

// Destroy exports destroy.
func (h *Host) Destroy(ctx context.Context, token string) error { return h.destroy(ctx, token) }

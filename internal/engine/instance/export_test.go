package instance

import "context"

// Destroy ends what carries a token.
func (h *Host) Destroy(ctx context.Context, token string) error { return h.destroy(ctx, token) }

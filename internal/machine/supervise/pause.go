package supervise

import (
	"context"
	"time"
)

// Pause waits a moment, for something that cannot be awaited otherwise.
func Pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(5 * time.Millisecond):
		return nil
	}
}

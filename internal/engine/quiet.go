package engine

import (
	"context"
	"log/slog"
)

// quiet makes the library log errors only.
func quiet(l *slog.Logger) *slog.Logger {
	return slog.New(levelled{l.Handler(), slog.LevelError})
}

// levelled is a handler with a higher level. Handlers that are derived from it have that
// level too.
type levelled struct {
	slog.Handler
	least slog.Level
}

// Enabled implements [slog.Handler].
func (h levelled) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements [slog.Handler].
func (h levelled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelled{h.Handler.WithAttrs(attrs), h.least}
}

// WithGroup implements [slog.Handler].
func (h levelled) WithGroup(name string) slog.Handler {
	return levelled{h.Handler.WithGroup(name), h.least}
}

package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"ingot/internal/api/caller"
	"ingot/internal/api/wire"
)

// event is what the log says about a request.
type event struct {
	start   time.Time
	took    time.Duration
	service string
	id      caller.Identity
}

// log writes one line. The text of an internal error stands only here.
func (e event) log(r *http.Request, l *slog.Logger, a wire.Answer) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request", e.id.RequestID), slog.String("service", e.service),
		slog.String("operation", cmp.Or(a.Operation, r.Method+" "+r.URL.Path)),
		slog.String("account", e.id.Account), slog.String("region", e.id.Region),
		slog.Int("status", a.Status), slog.Duration("took", e.took), slog.String("from", r.RemoteAddr),
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("code", string(a.Code)), slog.String("error", a.Err.Error()))
	}
	if a.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	l.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs...)
}

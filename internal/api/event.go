package api

import (
	"cmp"
	"context"
	"fmt"
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

// longestFault bounds the characters of an error in the log. They may quote the request
// or have the stack of a panic.
const longestFault = 8192

// log writes one line. The text of an internal error is only here.
func (e event) log(r *http.Request, l *slog.Logger, a wire.Answer) {
	level, left := slog.LevelInfo, r.Context().Err() != nil
	attrs := []slog.Attr{
		slog.String("request", e.id.RequestID), slog.String("service", e.service),
		slog.String("operation", cmp.Or(a.Operation, fmt.Sprintf("%.16s %.200s", r.Method, r.URL.Path))),
		slog.String("account", e.id.Account), slog.String("region", e.id.Region),
		slog.Int("status", a.Status), slog.Duration("took", e.took), slog.String("from", r.RemoteAddr),
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("code", string(a.Code)), slog.String("error", fmt.Sprintf("%.*s", longestFault, a.Err.Error())))
	}
	switch {
	case left:
		attrs = append(attrs, slog.Bool("left", true)) // the client, before its answer
	case a.Status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case a.Status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	l.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs...)
}

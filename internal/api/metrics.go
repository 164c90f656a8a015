package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	runtimemetrics "runtime/metrics"
	"slices"
	"sync"
	"time"

	"ingot"
	"ingot/internal/api/wire"
)

// metrics counts requests by operation and code.
type metrics struct {
	started time.Time
	mu      sync.Mutex
	counts  map[series]int
}

// series has only names that the server knows, so that clients cannot add new ones.
type series struct {
	service, operation string
	code               ingot.Code
}

func newMetrics(started time.Time) *metrics {
	return &metrics{started: started, counts: map[series]int{}}
}

func (m *metrics) count(service string, a wire.Answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[series{service, a.Operation, cmp.Or(a.Code, "OK")}]++
}

// serveMetrics writes the counters in Prometheus' text format.
func (h *handler) serveMetrics(w http.ResponseWriter) {
	all, released := memory()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(h.metrics.text()) // the client may have gone
	fmt.Fprintf(w, "# TYPE ingot_uptime_seconds gauge\ningot_uptime_seconds %.0f\n", h.Now().Sub(h.metrics.started).Seconds())
	fmt.Fprintf(w, "# TYPE go_memory_bytes gauge\ngo_memory_bytes %d\n", all-released)
	fmt.Fprintf(w, "# TYPE go_goroutines gauge\ngo_goroutines %d\n", runtime.NumGoroutine())
}

// memory returns how many bytes the process has taken and how many of them it has given
// back. Anyone may ask for it, so it must not stop the program, as runtime.ReadMemStats
// does.
func memory() (all, released uint64) {
	s := []runtimemetrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	runtimemetrics.Read(s)
	return s[0].Value.Uint64(), s[1].Value.Uint64()
}

func (m *metrics) text() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var lines []string
	for s, n := range m.counts {
		lines = append(lines, fmt.Sprintf("ingot_requests_total{service=%q,operation=%q,code=%q} %d\n", s.service, s.operation, s.code, n))
	}
	slices.Sort(lines)
	text := []byte("# HELP ingot_requests_total Requests answered.\n# TYPE ingot_requests_total counter\n")
	for _, l := range lines {
		text = append(text, l...)
	}
	return text
}

// health answers with the version of the server.
func (h *handler) health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "ok", "version": h.Version}) // as above
}

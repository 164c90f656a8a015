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

// metrics counts requests by what was asked and how it ended.
type metrics struct {
	started time.Time
	mu      sync.Mutex
	counts  map[series]int
}

// series has only names that the server knows, so that clients cannot make new ones.
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

// serveMetrics writes the counters in Prometheus' text form.
func (f *face) serveMetrics(w http.ResponseWriter) {
	all, released := memory()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(f.metrics.text()) // a client that has gone is nobody's fault
	fmt.Fprintf(w, "# TYPE ingot_uptime_seconds gauge\ningot_uptime_seconds %.0f\n", f.Now().Sub(f.metrics.started).Seconds())
	fmt.Fprintf(w, "# TYPE go_memory_bytes gauge\ngo_memory_bytes %d\n", all-released)
	fmt.Fprintf(w, "# TYPE go_goroutines gauge\ngo_goroutines %d\n", runtime.NumGoroutine())
}

// memory is what the process has of memory, and what of it it gave back. Everybody may
// ask for it, so it must not stop the program, as reading all statistics does.
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

// health says that the server answers, and which it is.
func (f *face) health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "ok", "version": f.Version}) // as above
}

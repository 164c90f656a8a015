package engine_test

import (
	"syscall"
	"testing"
	"time"

	"ingot/internal/machine/memory"
)

// BenchmarkStockBuild measures the engine's part of a build: a stock build on machines
// that do nothing, from the transaction that accepts it to AVAILABLE.
func BenchmarkStockBuild(b *testing.B) {
	r := newRig(b, memory.Config{})
	one := r.component(account, "one", "1.0.0", document("echo one"))
	var total time.Duration
	for b.Loop() {
		start := r.prepare(order{components: []string{one}, tests: true, tags: map[string]string{"ingot:cache": "off"}})
		began := time.Now()
		r.available(start())
		total += time.Since(began)
	}
	b.ReportMetric(total.Seconds()*1000/float64(b.N), "ms/build")
}

// BenchmarkIdle measures an engine without work.
func BenchmarkIdle(b *testing.B) {
	newRig(b, memory.Config{})
	const watched = 3 * time.Second
	for b.Loop() {
		before := used(b)
		<-time.After(watched) // the benchmark measures idleness
		b.ReportMetric(100*(used(b)-before).Seconds()/watched.Seconds(), "%cpu")
	}
}

// used returns the processor time of this process.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

package network_test

import (
	"testing"

	"ingot/internal/machine/network"
)

// BenchmarkAttach attaches and detaches a machine beside one that runs.
func BenchmarkAttach(b *testing.B) {
	newGuest(b, "bench-beside")
	pid := namespace(b)
	for b.Loop() {
		if _, err := network.Attach("bench", pid); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := network.Detach("bench"); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

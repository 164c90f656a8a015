package server_test

import (
	"fmt"
	"testing"

	"ingot/internal/agent/client"
	"ingot/internal/agent/protocol"
)

// BenchmarkRun measures what a run of one small script costs beside the script.
func BenchmarkRun(b *testing.B) {
	m := &machine{t: b, state: b.TempDir()}
	m.start()
	defer func() { m.now().Close() }()
	conn := client.New(m.dial)
	defer conn.Close()
	for i := 0; b.Loop(); i++ {
		run := protocol.Run{ID: fmt.Sprint(i), WorkDir: b.TempDir(), Documents: []protocol.Document{
			{Data: "schemaVersion: 1.0\nphases:\n- name: build\n  steps:\n  - {name: S, action: ExecuteBash, inputs: {commands: [echo x]}}\n"},
		}}
		if r, err := conn.Run(b.Context(), run, nil); err != nil || r.Status != protocol.Success {
			b.Fatal(r, err)
		}
	}
}

package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ingot/internal/agent/protocol"
	"ingot/internal/machine/uplink"
)

// TestUplinkReachesComponents gives the agent all variables that a host can pass on, and
// looks for them in a step and in a script.
func TestUplinkReachesComponents(t *testing.T) {
	up := uplink.Uplink{Proxies: map[string]string{}, APT: []string{"Acquire::Retries \"3\";"}, Authorities: []byte("PEM")}
	for _, name := range []string{"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"} {
		up.Proxies[name], up.Proxies[strings.ToUpper(name)] = name+".example", name+".example"
	}
	lent := up.Environment("/run/ingot/host")
	for name, value := range lent {
		t.Setenv(name, value)
	}
	c := newRig(t).client()
	var step []string
	_, err := c.Run(t.Context(), runOf(t, "r", "  - {name: S, action: ExecuteBash, inputs: {commands: [env]}}\n"), func(e protocol.Event) {
		step = append(step, e.Text)
	})
	if err != nil {
		t.Fatal(err)
	}
	script, err := c.Exec(t.Context(), protocol.Exec{ID: "e", Script: "env"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(lent)) {
		want := name + "=" + lent[name]
		if !slices.Contains(step, want) || !slices.Contains(strings.Split(script.Stdout, "\n"), want) {
			t.Errorf("%s does not reach what the agent runs", want)
		}
	}
}

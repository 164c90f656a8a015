package qemu

import (
	"context"
	"os"
	"path/filepath"

	"ingot/internal/machine/uplink"
)

const (
	hostResolver = "/etc/resolv.conf"
	resolverFile = "qemu.resolv"
)

// resolver gives the file in which QEMU finds the servers that it asks when the guest
// asks it. A stub on the host's loopback cannot be reached from where QEMU runs, so the
// servers behind it take its place.
func resolver(ctx context.Context, dir string) (string, error) {
	text, err := os.ReadFile(hostResolver)
	if servers, _ := uplink.ParseResolvConf(string(text)); err == nil && len(servers) > 0 {
		return hostResolver, nil
	}
	up := uplink.Find(ctx)
	if len(up.Nameservers) == 0 {
		return hostResolver, nil // an image that needs no names can be built all the same
	}
	file := filepath.Join(dir, resolverFile)
	return file, os.WriteFile(file, []byte(up.ResolvConf()), 0o644)
}

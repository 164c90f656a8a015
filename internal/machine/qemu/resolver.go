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

// resolver returns the file with the name servers to which QEMU forwards the guest's
// queries. QEMU cannot reach a stub on the host's loopback, so the file then has the
// servers behind it.
func resolver(ctx context.Context, dir string) (string, error) {
	text, err := os.ReadFile(hostResolver)
	if servers, _ := uplink.ParseResolvConf(string(text)); err == nil && len(servers) > 0 {
		return hostResolver, nil
	}
	up := uplink.Find(ctx)
	if len(up.Nameservers) == 0 {
		return hostResolver, nil // a build may need no names
	}
	file := filepath.Join(dir, resolverFile)
	return file, os.WriteFile(file, []byte(up.ResolvConf()), 0o644)
}

package qemu

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/uplink"
)

const (
	hostResolver = "/etc/resolv.conf"
	resolverFile = "qemu.resolv"
)

// resolver makes sure that QEMU, which asks the servers in /etc/resolv.conf when the
// guest asks it, finds ones there that can be reached. A stub on the host's loopback
// cannot, so the servers behind it take its place, in a mount namespace of the
// calling thread and of what it starts. Such stubs are systemd's, and where systemd
// is, what the host unmounts goes there too.
func resolver(ctx context.Context, dir string) error {
	text, err := os.ReadFile(hostResolver)
	if servers, _ := uplink.ParseResolvConf(string(text)); err == nil && len(servers) > 0 {
		return nil
	}
	up := uplink.Find(ctx)
	if len(up.Nameservers) == 0 {
		return nil // an image that needs no names can be built all the same
	}
	file := filepath.Join(dir, resolverFile)
	if err := os.WriteFile(file, []byte(up.ResolvConf()), 0o644); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return err
	}
	return unix.Mount(file, hostResolver, "", unix.MS_BIND, "")
}

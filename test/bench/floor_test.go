package bench_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/test/rig"
)

// byHand are the same commands for a shell.
const byHand = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends nginx
echo one >/etc/one
echo two >/etc/two
`

// mounted mounts a fresh clone of the parent in the server's pool. What is given back
// unmounts and removes it.
func (s *site) mounted() (root, file string, done func() error) {
	s.b.Helper()
	file = filepath.Join(s.Data, "pool/by-hand.raw")
	if err := disk.Clone(s.b.Context(), parenttest.Disk(s.b), file); err != nil {
		s.b.Fatal(err)
	}
	m, err := disk.Mount(s.b.Context(), file, s.b.TempDir())
	if err != nil {
		s.b.Fatal(err)
	}
	s.b.Cleanup(func() { os.Remove(file) })
	return m.Dir, file, m.Close
}

// chroot does the same work by hand on a clone of the same parent.
func (s *site) chroot() float64 {
	root, _, done := s.mounted()
	defer func() {
		if err := done(); err != nil {
			s.b.Error(err)
		}
	}()
	resolver, err := os.ReadFile("/etc/resolv.conf")
	if err == nil {
		_ = os.Remove(filepath.Join(root, "etc/resolv.conf")) // a link
		err = os.WriteFile(filepath.Join(root, "etc/resolv.conf"), resolver, 0o644)
	}
	if err != nil {
		s.b.Fatal(err)
	}
	began := time.Now()
	c := exec.Command("chroot", root, "/bin/bash", "-c", "printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d\n"+byHand)
	if out, err := c.CombinedOutput(); err != nil {
		s.b.Fatalf("by hand: %v\n%s", err, rig.Tail(string(out), 20))
	}
	return time.Since(began).Seconds()
}

// byNspawn is what a build is without its components and all that Ingot does: clone the
// parent, boot it in a plain container until its system is up, copy the disk, power
// off, check it. It gives the seconds of the whole and those of the copy.
func (s *site) byNspawn() (whole, frozen float64) {
	began := time.Now()
	root, file, done := s.mounted()
	kept := file + ".kept"
	defer os.Remove(kept)
	err := s.container(root, func() error {
		copying := time.Now()
		out, err := exec.Command("sh", "-c", `sync -f "$1" && fsfreeze -f "$1" && { cp --reflink=always "$2" "$3"; fsfreeze -u "$1"; }`, "sh", root, file, kept).CombinedOutput()
		frozen = time.Since(copying).Seconds()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		return err
	})
	if err := errors.Join(err, done(), disk.Check(s.b.Context(), file)); err != nil {
		s.b.Fatalf("by hand: %v", err)
	}
	return time.Since(began).Seconds(), frozen
}

// container boots a folder, calls a function when its system is up, and powers it off.
func (s *site) container(root string, up func() error) error {
	address := filepath.Join(s.b.TempDir(), "n") // a socket's path is short
	said, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer said.Close()
	c := exec.CommandContext(s.b.Context(), "systemd-nspawn", "--quiet", "--boot", "--machine=by-hand", "--directory="+root,
		"--private-network", "--notify-ready=yes", "--register=no",
		"--keep-unit", "--settings=no", "--console=read-only")
	c.Env = append(os.Environ(), "NOTIFY_SOCKET="+address)
	if err := c.Start(); err != nil {
		return err
	}
	leader, err := ready(said)
	if err == nil {
		err = up()
	}
	const powerOff = unix.Signal(34 + 4) // of systemd as process 1
	if leader > 0 {
		err = errors.Join(err, unix.Kill(leader, powerOff))
	}
	return errors.Join(err, c.Wait())
}

// ready reads until a container says that its system is up.
func ready(said *net.UnixConn) (leader int, err error) {
	if err := said.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	for buf := make([]byte, 4096); ; {
		n, err := said.Read(buf)
		if err != nil {
			return leader, err
		}
		for line := range strings.Lines(string(buf[:n])) {
			if value, ok := strings.CutPrefix(line, "X_NSPAWN_LEADER_PID="); ok {
				_, _ = fmt.Sscan(value, &leader) // 0 is unknown
			}
			if strings.TrimSpace(line) == "READY=1" {
				return leader, nil
			}
		}
	}
}

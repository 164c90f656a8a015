package bench_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/internal/machine"
	"ingot/internal/machine/sandbox"
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

// clone gives a fresh clone of the parent in the server's pool.
func (s *site) clone() string {
	s.b.Helper()
	file := filepath.Join(s.Data, "pool/clone.raw")
	s.b.Cleanup(func() { os.Remove(file) })
	if err := disk.Clone(s.b.Context(), parenttest.Disk(s.b), file); err != nil {
		s.b.Fatal(err)
	}
	return file
}

// chroot does the same work by hand on a clone of the same parent.
func (s *site) chroot() float64 {
	root := s.b.TempDir()
	m, err := disk.Mount(s.b.Context(), s.clone(), root)
	if err != nil {
		s.b.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			s.b.Error(err)
		}
	}()
	dev := filepath.Join(root, "dev") // on the disk there are no devices
	if err := unix.Mount("/dev", dev, "", unix.MS_BIND, ""); err != nil {
		s.b.Fatal(err)
	}
	defer func() {
		if err := unix.Unmount(dev, 0); err != nil {
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

// bare is what a build is without its components, the engine and the API: clone the
// parent, boot it until the agent answers, copy the disk, power off, check that. It gives
// the seconds of the whole and those of the copy.
func (s *site) bare() (whole, copied float64) {
	dir := filepath.Join(s.Data, "pool/alone") // where the disk is: a machine keeps no other pool in sight
	s.b.Cleanup(func() { os.RemoveAll(dir) })
	b, err := sandbox.New(sandbox.Config{
		Dir: dir, Agent: filepath.Join(rig.Bin(s.b), "ingot-agent"), Helper: []string{filepath.Join(rig.Bin(s.b), "ingot"), "helper"},
	})
	if err != nil {
		s.b.Fatal(err)
	}
	began := time.Now()
	file := s.clone()
	kept := file + ".copy"
	defer os.Remove(kept)
	s.life(b, file, func(m machine.Machine) error {
		copying := time.Now()
		err := m.Snapshot(s.b.Context(), kept)
		copied = time.Since(copying).Seconds()
		return err
	})
	if err := errors.Join(disk.Release(s.b.Context(), kept), disk.Check(s.b.Context(), kept)); err != nil {
		s.b.Fatal(err)
	}
	return time.Since(began).Seconds(), copied
}

const token = "bench"

// life takes a machine from its launch over the agent's first word to its power off, and
// gives the seconds of that.
func (s *site) life(b machine.Backend, disk string, up func(machine.Machine) error) float64 {
	s.b.Helper()
	defer func() {
		if err := b.Destroy(s.b.Context(), token); err != nil {
			s.b.Error(err)
		}
	}()
	began := time.Now()
	m, err := b.Launch(s.b.Context(), machine.Spec{Token: token, Disk: disk, CPUs: 2, MemoryMiB: 2048})
	if err != nil {
		s.b.Fatal(err)
	}
	conn, err := m.Dial(s.b.Context())
	if err != nil {
		s.b.Fatal(err)
	}
	if err := errors.Join(conn.Close(), up(m), m.Stop(s.b.Context())); err != nil {
		s.b.Fatal(err)
	}
	return time.Since(began).Seconds()
}

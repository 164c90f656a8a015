package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// RunConfig says what [Backend.Run] boots.
type RunConfig struct {
	Disk      string // raw disk file, which is only read
	Seed      string // volume for cloud-init, see [Seed]; may be empty
	MemoryMiB int    // 0: 1024
	CPUs      int    // 0: 2
	SSHPort   int    // on 127.0.0.1, leads to port 22 of the guest; 0: none
	Firmware  string // bios or uefi; empty is what the disk was made for
	// Console gets what the guest says on its serial console, and Input is what is
	// typed there. On a terminal, ctrl-a x ends the machine and ctrl-a c opens QEMU's
	// monitor.
	Console io.Writer
	Input   io.Reader
	// Accelerator is "kvm" or "tcg"; empty means what the backend's machines have.
	Accelerator string
}

// typingTime is how long QEMU may take to follow a signal, and how long an Input
// that waits for a key is waited for when QEMU has ended.
const typingTime = 5 * time.Second

// Run boots an image for a person and returns when the machine is off. What it
// writes to its disk is thrown away. It is none of the backend's machines: its network
// is that of the caller, whose loopback it can reach, and it ends with the caller.
func (b *Backend) Run(ctx context.Context, c RunConfig) error {
	if c.MemoryMiB == 0 {
		c.MemoryMiB = 1024
	}
	if c.CPUs == 0 {
		c.CPUs = 2
	}
	var err error
	if c.Accelerator == "" {
		if c.Accelerator, err = b.Choose(ctx); err != nil {
			return err
		}
	}
	if c.Firmware, err = chooseFirmware(c.Firmware, c.Disk); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ingot-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if c.Firmware == uefiFirmware {
		if err := putFirmware(dir, identity{Firmware: uefiFirmware}); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, program, c.arguments(dir)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Input, c.Console, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = typingTime
	if err := cmd.Start(); errors.Is(err, exec.ErrNotFound) {
		return ErrMissing
	} else if err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return errors.Join(fmt.Errorf("running %s: %w", c.Disk, err), context.Cause(ctx))
	}
	return nil
}

func (c RunConfig) arguments(dir string) []string {
	args := append(hardware(c.Accelerator, c.CPUs, c.MemoryMiB), "-display", "none",
		"-chardev", "stdio,id=console,mux=on,signal=off", "-serial", "chardev:console", "-mon", "chardev=console,mode=readline",
		// A snapshot is a temporary file over the disk that nobody else sees.
		"-drive", "if=none,id=disk,format=raw,snapshot=on,file.driver=file,file.filename="+comma(c.Disk),
		"-device", "virtio-blk-pci,drive=disk,bootindex=1")
	if c.Seed != "" {
		args = append(args, "-blockdev", blockdev("seed", c.Seed, true), "-device", "virtio-blk-pci,drive=seed")
	}
	net := "user,id=net,ipv6=off"
	if c.SSHPort != 0 {
		net += fmt.Sprintf(",hostfwd=tcp:127.0.0.1:%d-:22", c.SSHPort)
	}
	args = append(args, "-netdev", net, "-device", "virtio-net-pci,netdev=net,romfile=")
	if c.Firmware == uefiFirmware {
		args = append(args, flash(comma(filepath.Join(dir, varsFile)))...)
	}
	return args
}

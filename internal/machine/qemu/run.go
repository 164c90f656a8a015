package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// RunConfig is what [Backend.Run] boots.
type RunConfig struct {
	Disk      string // raw disk file, which is only read
	Seed      string // disk for cloud-init, see [Seed]; may be empty
	MemoryMiB int    // 0: 1024
	CPUs      int    // 0: 2
	SSHPort   int    // on 127.0.0.1, leads to port 22 of the guest; 0: none
	Firmware  string // bios or uefi; empty is what the disk was made for
	// Console gets the output of the guest's serial console, and Input is its input. On a
	// terminal, ctrl-a x ends the machine and ctrl-a c opens QEMU's monitor.
	Console io.Writer
	Input   io.Reader
	// Accelerator is "kvm" or "tcg"; empty means what the backend's machines have.
	Accelerator string
}

// Descriptors that QEMU is started with for [Backend.Run].
const (
	runConsoleFD = starterFD + iota
	runDiskFD
	runSeedFD // only with a seed
	runVarsFD // only with UEFI firmware
)

// quitTime is how long QEMU may take to end after a signal.
const quitTime = 5 * time.Second

// Run boots an image for a person and returns when the machine is off. What the guest
// writes to its disk is discarded. It is not one of the backend's machines: its network
// is the caller's, whose loopback it can reach, and it ends with the caller. QEMU does
// not get the caller's terminal; only bytes are copied.
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
	dir, err := os.MkdirTemp(scratch(), "ingot-run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	user, held, err := takeUser(dir)
	if err != nil {
		return err
	}
	defer held.Close()
	cmd, err := b.runCommand(c, dir, user)
	if err != nil {
		return err
	}
	// QEMU is killed when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return c.run(ctx, cmd, dir)
}

// scratch returns the folder for what a guest writes to its disk, which may be much.
func scratch() string {
	if dir := os.Getenv("TMPDIR"); dir != "" {
		return dir
	}
	return "/var/tmp"
}

// runCommand returns the process that becomes QEMU, with the scratch folder dir.
func (b *Backend) runCommand(c RunConfig, dir string, user int) (*exec.Cmd, error) {
	if c.Firmware == uefiFirmware {
		if err := putFirmware(dir, identity{Firmware: uefiFirmware}); err != nil {
			return nil, err
		}
	}
	if err := os.Chown(dir, user, -1); err != nil {
		return nil, err
	}
	cell, err := newCell(user, c.arguments())
	if err != nil {
		return nil, err
	}
	cell.KVM, cell.Scratch = c.Accelerator == kvm, dir
	return cell.command(append(b.Helper[:len(b.Helper):len(b.Helper)], "qemu"), 0), nil
}

// run runs QEMU with its console on ours.
func (c RunConfig) run(ctx context.Context, cmd *exec.Cmd, dir string) error {
	console, theirs, err := connection()
	if err != nil {
		return err
	}
	defer console.Close()
	cmd.ExtraFiles, err = c.open(dir)
	cmd.ExtraFiles = append([]*os.File{theirs}, cmd.ExtraFiles...)
	defer closeAll(cmd.ExtraFiles)
	if err != nil {
		return err
	}
	restore, err := rawTerminal(c.Input)
	if err != nil {
		return err
	}
	defer restore()
	cmd.Stderr = struct{ io.Writer }{os.Stderr} // a pipe, so that QEMU does not get a terminal
	if err := cmd.Start(); err != nil {
		return err
	}
	closeAll(cmd.ExtraFiles)
	var shown sync.WaitGroup
	if c.Console != nil {
		shown.Go(func() { _, _ = io.Copy(c.Console, console) }) // until QEMU ends
	}
	if c.Input != nil {
		go func() { _, _ = io.Copy(console, c.Input) }() // may wait for a key, so it is not waited for
	}
	defer context.AfterFunc(ctx, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
		time.AfterFunc(quitTime, func() { _ = cmd.Process.Kill() })
	})()
	err = cmd.Wait()
	shown.Wait()
	if err != nil {
		err = fmt.Errorf("running %s: %w", c.Disk, err)
	}
	return errors.Join(err, context.Cause(ctx))
}

// open opens the files of QEMU except its console. Those that it does not need are nil.
func (c RunConfig) open(dir string) ([]*os.File, error) {
	files := make([]*os.File, runVarsFD-runConsoleFD)
	at := func(fd int) **os.File { return &files[fd-runDiskFD] }
	var err error
	if *at(runDiskFD), err = os.Open(c.Disk); err != nil {
		return nil, err
	}
	if c.Seed != "" {
		if *at(runSeedFD), err = os.Open(c.Seed); err != nil {
			return files, err
		}
	}
	if c.Firmware == uefiFirmware {
		*at(runVarsFD), err = os.OpenFile(filepath.Join(dir, varsFile), os.O_RDWR, 0)
	}
	return files, err
}

func (c RunConfig) arguments() []string {
	args := append(hardware(c.Accelerator, c.CPUs, c.MemoryMiB), "-display", "none", "-sandbox", sandboxed,
		"-chardev", fmt.Sprintf("socket,id=console,fd=%d,mux=on", runConsoleFD), "-serial", "chardev:console", "-mon", "chardev=console,mode=readline",
		// With snapshot=on QEMU writes to a deleted temporary file.
		"-drive", "if=none,id=disk,format=raw,snapshot=on,file.driver=file,file.filename="+handed(runDiskFD),
		"-device", "virtio-blk-pci,drive=disk,bootindex=1")
	args = append(args, handOver(runDiskFD)...)
	if c.Seed != "" {
		args = append(args, "-blockdev", blockdev("seed", handed(runSeedFD), true), "-device", "virtio-blk-pci,drive=seed")
		args = append(args, handOver(runSeedFD)...)
	}
	net := "user,id=net,ipv6=off"
	if c.SSHPort != 0 {
		net += fmt.Sprintf(",hostfwd=tcp:127.0.0.1:%d-:22", c.SSHPort)
	}
	args = append(args, "-netdev", net, "-device", "virtio-net-pci,netdev=net,romfile=")
	if c.Firmware == uefiFirmware {
		args = slices.Concat(args, handOver(runVarsFD), flash(handed(runVarsFD)))
	}
	return args
}

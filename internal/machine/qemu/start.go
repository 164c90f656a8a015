package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/console"
	"ingot/internal/machine/supervise"
)

// startQEMU starts QEMU in a cell with a network namespace of its own and returns its
// monitor.
func (s *supervisor) startQEMU() (io.ReadWriter, error) {
	var ours [3]net.Conn
	var theirs []*os.File
	defer func() { closeAll(theirs) }()
	for i := range ours {
		conn, file, err := connection()
		if err != nil {
			return nil, err
		}
		ours[i], theirs = conn, append(theirs, file)
	}
	shown, show, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	theirs = append(theirs, show)
	for _, path := range s.id.files() {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		theirs = append(theirs, f)
	}
	cmd, err := s.command(theirs[len(theirs)-len(s.id.files())])
	if err != nil {
		return nil, err
	}
	said, say, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer say.Close()
	cmd.Stderr, cmd.ExtraFiles = say, theirs
	if err := s.begin(cmd); err != nil {
		return nil, err
	}
	var written sync.WaitGroup
	written.Go(func() { console.Keep(shown, consoleFile) })
	written.Go(func() { console.Keep(said, kind.File("", supervise.Log)) })
	go func() { s.result = s.qemu.Wait(); written.Wait(); close(s.ended) }()
	s.agent, s.snapshot = newPort(ours[1]), newPort(ours[2])
	return ours[0], nil
}

// files returns the files of the machine that QEMU writes to, in the order of their
// descriptors.
func (id identity) files() []string {
	if id.Firmware == uefiFirmware {
		return []string{id.Disk, varsFile}
	}
	return []string{id.Disk}
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // we have not written to it
	}
}

// command returns the process that becomes QEMU, as a user of its own.
func (s *supervisor) command(disk *os.File) (*exec.Cmd, error) {
	info, err := disk.Stat()
	if err != nil {
		return nil, err
	}
	var user int
	if user, s.user, err = takeUser(kind.Key(s.dir)); err != nil {
		return nil, err
	}
	c, err := newCell(user, s.id.arguments())
	if err != nil {
		return nil, err
	}
	c.KVM, c.MaxFile = s.id.Accelerator == kvm, uint64(info.Size())
	if c.Resolver, err = resolver(context.Background(), s.dir); err != nil {
		return nil, fmt.Errorf("giving QEMU a name server: %w", err)
	}
	// The file of this program may have been replaced since it was started.
	helper := append([]string{"/proc/self/exe"}, os.Args[1:len(os.Args)-1]...)
	return c.command(helper, unix.CLONE_NEWNET), nil
}

var errLost = errors.New("the process that launched the machine is gone")

// begin starts the process of QEMU, unless the machine's starter has ended.
func (s *supervisor) begin(qemu *exec.Cmd) error {
	s.starting.Lock()
	defer s.starting.Unlock()
	if s.lost {
		return errLost
	}
	err := qemu.Start()
	if err == nil {
		s.qemu = qemu
	}
	return err
}

// connection returns a pair of connected sockets, one of them as a file for QEMU.
func connection() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours := os.NewFile(uintptr(fds[0]), "ours")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	return conn, os.NewFile(uintptr(fds[1]), "QEMU's"), err
}

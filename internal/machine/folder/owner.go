package folder

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// A process is never recognized by its name, arguments or environment, because every
// process, of any user, can choose them. It is recognized by what it holds, which the
// kernel knows and only root can get: a lock on a file in the folder of a machine, or a
// socket on which it listens there.

// Own makes this process the owner of a file that it has open, until it ends. Its lock
// belongs to the process; that of package filelock belongs also to processes that
// inherited the file. The process must not close another descriptor of the same file:
// that ends the ownership.
func Own(fd uintptr) error {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(fd, unix.F_SETLK, &lock); err != nil {
		return fmt.Errorf("owning a file: %w", err)
	}
	return nil
}

// Owner returns the process that owns a file, or nil. It returns a handle of that
// process, so that signals never reach a later process with the same number.
func Owner(path string) (*os.Process, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for {
		pid, err := ownerOf(f)
		if err != nil || pid <= 0 {
			return nil, err
		}
		p, err := os.FindProcess(pid)
		if err != nil {
			return nil, err
		}
		// The number was the owner's before and after p was made, so p is the owner.
		if again, err := ownerOf(f); err == nil && again == pid {
			return p, nil
		}
		_ = p.Release() // p is another process
	}
}

func ownerOf(f *os.File) (pid int, err error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err != nil {
		return 0, err
	}
	if lock.Type == unix.F_UNLCK {
		return 0, nil
	}
	return int(lock.Pid), nil
}

// Supervisor returns the process that owns the lock of a machine, else the one that
// listens on the socket to which dial connects, or nil. Supervisors of an earlier release
// do not own their locks; their sockets identify them, even if they take no orders any
// more.
func Supervisor(lock string, dial func() (net.Conn, error)) *os.Process {
	if p, err := Owner(lock); err == nil && p != nil {
		return p
	}
	conn, err := dial()
	if err != nil {
		return nil
	}
	defer conn.Close()
	p, err := Peer(conn)
	if err != nil {
		return nil
	}
	return p
}

// errOther is returned for a socket on which a process of another user listens.
var errOther = errors.New("the socket belongs to another user's process")

// Peer returns the process that listens on the socket to which a connection leads. That
// process must keep the connection open, without writing to it, as long as it lives.
func Peer(conn net.Conn) (*os.Process, error) {
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.New("only a connection to a unix socket has a known peer")
	}
	raw, err := unixConn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var p *os.Process
	cerr := raw.Control(func(fd uintptr) { p, err = peerOf(int(fd)) })
	return p, errors.Join(err, cerr)
}

func peerOf(fd int) (*os.Process, error) {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return nil, err
	}
	if int(peer.Uid) != os.Geteuid() {
		return nil, errOther
	}
	p, err := os.FindProcess(int(peer.Pid))
	if err != nil {
		return nil, err
	}
	// If the connection is still open, the process lives, and p is that process.
	_, _, err = unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if !errors.Is(err, unix.EAGAIN) {
		return nil, errors.Join(os.ErrProcessDone, err, p.Release())
	}
	return p, nil
}

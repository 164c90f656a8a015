package folder

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// What a process is for is never told from its name, its arguments or its environment:
// it can write all of them, and so can any user's. It is told from what it holds, which
// the kernel knows and only root can come by: a lock on a file in the folder of a
// machine, or a socket that it listens on there.

// Own makes this process the owner of a file that it has open, until it ends. The lock is
// another than that of [Lock], which also those have who only inherited the file. The
// process must not close another descriptor of the same file: that ends the ownership.
func Own(fd uintptr) error {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(fd, unix.F_SETLK, &lock); err != nil {
		return fmt.Errorf("owning a file: %w", err)
	}
	return nil
}

// Owner gives the process that owns a file, or nil. A process that gets its number later
// is another one: nothing that is done to the owner reaches it.
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
		// It was the owner before it was found, and is it still: so it is the one found.
		if again, err := ownerOf(f); err == nil && again == pid {
			return p, nil
		}
		_ = p.Release() // nobody waits for it
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

// Supervisor gives the process that owns the lock of a machine, or else the one that
// listens on the socket to which dial connects, or nil. Supervisors of a release before
// did not own their locks; they are known by their sockets, even if they take no orders
// any more.
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

// errOther says that a socket is not listened on by whom it should be.
var errOther = errors.New("the socket belongs to another user's process")

// Peer gives the process that listens on the socket to which a connection leads. That
// process must keep the connection open, and say nothing on it, as long as it lives.
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
	// It lives, so its number was its own when it was found.
	_, _, err = unix.Recvfrom(fd, make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if !errors.Is(err, unix.EAGAIN) {
		return nil, errors.Join(os.ErrProcessDone, err, p.Release())
	}
	return p, nil
}

package sandbox

import (
	"errors"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// notice is a message of nspawn about a life.
type notice struct {
	leader int  // its process 1, once known
	ready  bool // the system inside is up
}

// listen opens the socket for a new life and replaces what is at its path. The kernel
// adds the sender to each message.
func listen(path string) (*net.UnixConn, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		cerr := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
		err = errors.Join(err, cerr)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// notices reads until the socket is closed, and sends the messages of nspawn, which is
// the process pid, to a channel. It ignores other senders, which could name any process
// as the leader.
func notices(conn *net.UnixConn, pid int, to chan<- notice) {
	defer close(to)
	buf, sender := make([]byte, 4096), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for {
		n, oob, _, _, err := conn.ReadMsgUnix(buf, sender)
		if err != nil {
			return
		}
		if said := parseNotice(string(buf[:n])); said != (notice{}) && senderOf(sender[:oob]) == pid {
			to <- said
		}
	}
}

// senderOf returns the process that sent a message, or 0. Descriptors in a message are
// dropped, because the buffer has no room for them.
func senderOf(oob []byte) int {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		return 0
	}
	sender, err := unix.ParseUnixCredentials(&messages[0])
	if err != nil {
		return 0
	}
	return int(sender.Pid)
}

func parseNotice(text string) (n notice) {
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch {
		case name == "X_NSPAWN_LEADER_PID":
			n.leader, _ = strconv.Atoi(value) // 0 is unknown
		case name == "READY" && value == "1":
			n.ready = true
		}
	}
	return n
}

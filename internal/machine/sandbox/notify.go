package sandbox

import (
	"net"
	"os"
	"strconv"
	"strings"
)

// notice is what nspawn says of a life.
type notice struct {
	leader int  // its process 1, once known
	ready  bool // the system inside is up
}

// listen opens the socket for a new life.
func (s *supervisor) listen() (*net.UnixConn, error) {
	path := s.short(notifyFile)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
}

// notices reads until the socket is closed and hands on what is new.
func notices(conn *net.UnixConn, to chan<- notice) {
	defer close(to)
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if said := parseNotice(string(buf[:n])); said != (notice{}) {
			to <- said
		}
	}
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

package rig

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// killTime bounds how long a moment is waited for.
const killTime = 3 * time.Minute

// KillWhen kills the server when the moment has come, and starts it again. It polls
// without a pause, because the moment may last milliseconds.
func (s *Server) KillWhen(what string, now func() bool) {
	s.t.Helper()
	for end := time.Now().Add(killTime); !now(); {
		if time.Now().After(end) {
			s.t.Fatalf("the moment to kill the server did not come: %s", what)
		}
	}
	s.t.Logf("killed: %s", what)
	s.Kill(unix.SIGKILL)
	s.Start()
}

// KillAfter kills the server a while after it has got ready, and starts it again.
func (s *Server) KillAfter(moment time.Duration) {
	s.t.Helper()
	time.Sleep(moment) // the moment is random; nothing is waited for
	s.t.Logf("killed: %s after its start", moment)
	s.Kill(unix.SIGKILL)
	s.Start()
}

// LogLine waits until the log of an image has a line with the text.
func (s *Server) LogLine(arn, text string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), killTime)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(bin, "ingot"), "logs", "-f", arn, "--data", s.Data)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	found := false
	for lines := bufio.NewScanner(out); !found && lines.Scan(); {
		found = strings.Contains(lines.Text(), text)
	}
	cancel()
	_ = c.Wait() // it was ended by us, or by the end of the log
	if !found {
		s.t.Fatalf("the log of %s has no line with %q", arn, text)
	}
}

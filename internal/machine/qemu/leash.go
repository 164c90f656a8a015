package qemu

import (
	"io"
	"os"
)

// hold ends the machine when the process that launched it has ended.
func (s *supervisor) hold(leash *os.File) {
	_, _ = io.Copy(io.Discard, leash) // until that process ends
	s.starting.Lock()
	defer s.starting.Unlock()
	s.lost = true
	s.killed.Store(true)
	if s.qemu != nil {
		_ = s.qemu.Process.Kill() // it may have ended just now
	}
}

// forget removes the folder of a leashed machine, because its starter has ended.
func (s *supervisor) forget() {
	s.starting.Lock()
	defer s.starting.Unlock()
	if s.lost {
		_ = os.RemoveAll(s.dir) // else the next start of a server removes it
	}
}

package storetest

import (
	"os/exec"
	"runtime"
)

// startOnOwnThread starts a command from a thread that never ends: the command is
// signalled when its parent thread dies.
func startOnOwnThread(c *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		started <- c.Start()
		select {}
	}()
	return <-started
}

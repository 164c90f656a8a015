package supervise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/folder"
)

// Descriptors that a supervisor is started with.
const (
	lockFD  = 3 // the lock of the machine, held until the supervisor ends
	readyFD = 4 // takes the kind's word when the machine runs, or else the reason
	MoreFD  = 5 // what else the backend hands over
)

// Process is how a supervisor is started.
type Process struct {
	Helper  []string   // command that, with the kind and a folder added, calls the backend's Main
	Lock    *os.File   // of the machine; it goes over to the supervisor
	More    []*os.File // what it has from [MoreFD] on
	Unshare uintptr    // the namespaces that it gets of its own
}

// Start starts the supervisor of a machine and waits until it says that the machine
// runs. When ctx ends before, the process goes on, and it is the caller's to end it.
func (k Kind) Start(ctx context.Context, dir string, how Process) (*os.Process, error) {
	log, err := os.OpenFile(k.File(dir, Log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ready, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ready.Close()
	argv := append(how.Helper[:len(how.Helper):len(how.Helper)], k.Name, dir)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.ExtraFiles = append([]*os.File{how.Lock, tell}, how.More...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Unshareflags: how.Unshare}
	err = cmd.Start()
	tell.Close()
	if err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }() // only so that no zombie stays; its end is told otherwise
	defer context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })()
	said, err := io.ReadAll(ready)
	if ctx.Err() != nil {
		return cmd.Process, context.Cause(ctx)
	}
	if err == nil && string(said) != k.Running {
		err = errors.New(cmp.Or(strings.TrimSpace(string(said)), "its supervisor ended without a word"))
	}
	return cmd.Process, err
}

// Enter makes this process the supervisor that it was started as. What it gives takes
// the word that the machine runs, or the reason why not.
func Enter() (tell *os.File) {
	// What we start must hold none of our descriptors, or the machine would never be
	// free; nor any that whoever started the server has left open.
	if unix.CloseRange(lockFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) != nil { // an old kernel
		for _, fd := range []int{lockFD, readyFD, MoreFD} {
			unix.CloseOnExec(fd)
		}
	}
	if err := folder.Own(lockFD); err != nil {
		fmt.Fprintln(os.Stderr, err) // it is known by its socket too
	}
	return os.NewFile(readyFD, "ready")
}

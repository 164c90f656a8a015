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

// Descriptors with which a supervisor is started.
const (
	lockFD  = 3 // the lock of the machine, held until the supervisor ends
	readyFD = 4 // for [Kind.Running] when the machine runs, else for the error
	MoreFD  = 5 // first of the backend's own
)

// Process is how a supervisor is started.
type Process struct {
	Helper  []string   // command that, with kind and folder added, calls the backend's Main
	Lock    *os.File   // of the machine; the supervisor inherits it
	More    []*os.File // inherited from [MoreFD] on
	Unshare uintptr    // flags of its new namespaces
}

// Start starts the supervisor of a machine and waits until the machine runs. If ctx ends
// before, the process goes on, and the caller must end it.
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
	go func() { _ = cmd.Wait() }() // so that no zombie stays
	defer context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })()
	said, err := io.ReadAll(ready)
	if ctx.Err() != nil {
		return cmd.Process, context.Cause(ctx)
	}
	if err == nil && string(said) != k.Running {
		err = errors.New(cmp.Or(strings.TrimSpace(string(said)), "its supervisor ended and gave no reason"))
	}
	return cmd.Process, err
}

// Enter prepares this process, which [Kind.Start] started, as a supervisor. It returns
// the pipe for [Kind.Running] or the error.
func Enter() (tell *os.File) {
	// Processes that we start must not inherit our descriptors, or the lock would never
	// be free, nor those that the starter of the server left open.
	if unix.CloseRange(lockFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) != nil { // an old kernel
		for _, fd := range []int{lockFD, readyFD, MoreFD} {
			unix.CloseOnExec(fd)
		}
	}
	if err := folder.Own(lockFD); err != nil {
		fmt.Fprintln(os.Stderr, err) // its socket identifies it too
	}
	return os.NewFile(readyFD, "ready")
}

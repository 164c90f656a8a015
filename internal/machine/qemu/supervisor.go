package qemu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/network"
	"ingot/internal/machine/supervise"
)

// leashFD is the descriptor of the leash, see launch.
const leashFD = supervise.MoreFD

// group is the suffix of the name of a machine's control group.
const group = ".1"

// start starts the supervisor of a machine and waits until the machine runs.
func start(ctx context.Context, dir string, helper []string, lock, leash *os.File) error {
	how := supervise.Process{Helper: helper, Lock: lock}
	if leash != nil {
		how.More = []*os.File{leash}
	}
	p, err := kind.Start(ctx, dir, how)
	if ctx.Err() != nil && p != nil {
		err = errors.Join(err, p.Kill())
	}
	return err
}

// Main runs a supervisor and returns its exit status. The argument is the folder of the
// machine. If the first of two arguments is wallWord, Main makes the process QEMU.
func Main(args []string) int {
	if len(args) == 2 && args[0] == wallWord {
		return intoCell(args[1])
	}
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: qemu FOLDER")
		return 2
	}
	// QEMU is killed when the thread that started it ends.
	runtime.LockOSThread()
	ready := supervise.Enter()
	s := &supervisor{dir: args[0], ended: make(chan struct{})}
	defer s.forget()
	if err := s.start(); err != nil {
		s.abandon()
		err = s.explain(err)
		_, _ = fmt.Fprintln(ready, err) // the caller may be gone
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// A server that was killed meanwhile finds the machine at its next start.
	_, _ = ready.WriteString(granted)
	ready.Close()
	return s.waitQEMU()
}

// supervisor is the state of the process.
type supervisor struct {
	dir      string
	id       identity
	qemu     *exec.Cmd
	user     *os.File // holds QEMU's user
	group    *cgroup.Group
	monitor  *monitor
	control  net.Listener
	agent    *port
	snapshot *port

	ended    chan struct{} // closed when QEMU has ended
	result   error         // of QEMU, after that
	shutdown string        // QEMU's reason for its end
	killed   atomic.Bool   // by an order or a signal

	starting sync.Mutex // held while QEMU is started
	lost     bool       // the process that launched a leashed machine is gone
}

// start starts QEMU halted, sets its limits and network, and lets the guest run.
func (s *supervisor) start() error {
	var err error
	if s.id, err = loadIdentity(s.dir); err != nil {
		return err
	}
	if s.id.Leashed {
		go s.hold(os.NewFile(leashFD, "leash"))
	}
	if err := os.Chdir(s.dir); err != nil {
		return err
	}
	// The control group of the server is killed with its service.
	if err := cgroup.Leave(os.Getpid()); err != nil {
		return fmt.Errorf("leaving the control group of the server: %w", err)
	}
	monitor, err := s.startQEMU()
	if err != nil {
		return err
	}
	// When QEMU answers, it is in its cell and the guest is halted.
	if s.monitor, err = openMonitor(monitor, s.event, s.distrust); err != nil {
		return err
	}
	s.group, err = cgroup.New(kind.Key(s.dir)+group, s.id.limits())
	if err != nil {
		return err
	}
	if err := s.group.Add(s.qemu.Process.Pid); err != nil {
		return err
	}
	if _, err := network.Attach(kind.Key(s.dir), s.qemu.Process.Pid); err != nil {
		return err
	}
	if err := s.listen(); err != nil {
		return err
	}
	return s.monitor.run("cont")
}

// distrust kills a QEMU that writes something else than messages.
func (s *supervisor) distrust() {
	fmt.Fprintln(os.Stderr, "QEMU's monitor says what is no message")
	_ = s.qemu.Process.Kill() // it may have ended just now
}

// event handles an event of QEMU.
func (s *supervisor) event(m message) {
	var data struct {
		ID     string `json:"id"`
		Open   bool   `json:"open"`
		Reason string `json:"reason"`
	}
	if json.Unmarshal(m.Data, &data) != nil {
		return
	}
	switch m.Event {
	case "VSERPORT_CHANGE":
		if p := map[string]*port{orderAgent: s.agent, orderSnapshot: s.snapshot}[data.ID]; p != nil {
			p.listening(data.Open)
		}
	case "SHUTDOWN":
		s.shutdown = data.Reason
	}
}

// listen begins to take orders.
func (s *supervisor) listen() (err error) {
	socket := kind.File("", supervise.Socket)
	if s.control, err = net.Listen("unix", socket); err != nil {
		return err
	}
	go func() { _ = supervise.Serve(s.control, s.obey) }() // until it is closed
	return os.Chmod(socket, 0o600)
}

func (s *supervisor) obey(what string, conn net.Conn) {
	switch what {
	case orderAgent:
		s.agent.serve(conn)
	case orderSnapshot:
		s.snapshot.serve(conn)
	case orderWatch: // closed when this process ends
		supervise.Hold(conn)
	case orderPowerdown:
		answer(conn, s.monitor.run("system_powerdown"))
	case orderKill:
		s.killed.Store(true)
		answer(conn, s.qemu.Process.Kill())
	default:
		answer(conn, fmt.Errorf("the supervisor does not know the order %q", what))
	}
}

func answer(conn net.Conn, err error) {
	word := granted
	if err != nil {
		word = err.Error() + "\n"
	}
	_, _ = io.WriteString(conn, word) // the caller may be gone
}

// waitQEMU waits until QEMU ends, removes what it used, records how it ended and returns
// the exit status.
func (s *supervisor) waitQEMU() int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT)
	signal.Ignore(unix.SIGHUP)
	select {
	case <-s.ended:
	case <-signals:
		s.killed.Store(true)
		_ = s.qemu.Process.Kill() // it may have ended just now
		<-s.ended
	}
	<-s.monitor.done // it has the reason of the end
	exit := s.classify()
	err := errors.Join(s.control.Close(), s.tearDown(), folder.Save(kind.File("", supervise.Exit), exit))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// classify returns how the machine ended.
func (s *supervisor) classify() machine.Exit {
	exit := machine.Exit{At: time.Now()}
	status, _ := s.qemu.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case s.killed.Load():
		exit.Kind, exit.Detail = machine.Killed, "it was killed"
	case s.group.OutOfMemory():
		exit.Kind = machine.OutOfMemory
		exit.Detail = fmt.Sprintf("the virtual machine of %d MiB needed more memory than it may use, and the kernel killed it", s.id.MemoryMiB)
	case s.result == nil && s.shutdown == "guest-shutdown":
		exit.Kind = machine.PoweredOff
	case status.Signaled():
		exit.Kind, exit.Detail = machine.Killed, fmt.Sprintf("QEMU was ended by the signal %q", status.Signal())
	default:
		exit.Kind, exit.Detail = machine.Crashed, fmt.Sprintf("QEMU ended (%v, %s): %s", s.qemu.ProcessState, s.shutdown, s.lastWords())
	}
	return exit
}

// abandon removes what a failed start has made.
func (s *supervisor) abandon() {
	if s.qemu != nil {
		_ = s.qemu.Process.Kill() // it may have ended by itself
		<-s.ended
	}
	if err := s.tearDown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// explain returns the error of a failed start: QEMU's output, if QEMU ended by itself,
// else err.
func (s *supervisor) explain(err error) error {
	if s.qemu == nil || s.qemu.ProcessState == nil {
		return err
	}
	status, _ := s.qemu.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != unix.SIGKILL {
		return fmt.Errorf("QEMU ended (%v): %s", s.qemu.ProcessState, s.lastWords())
	}
	return err
}

func (s *supervisor) tearDown() error {
	return errors.Join(network.Detach(kind.Key(s.dir)), cgroup.RemoveAll(kind.Key(s.dir)))
}

// lastWords returns the end of QEMU's output.
func (s *supervisor) lastWords() string {
	text, err := os.ReadFile(kind.File("", supervise.Log))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/console"
	"ingot/internal/machine/network"
)

// powerOff is the signal by which systemd as process 1 powers off: SIGRTMIN+4.
const powerOff = syscall.Signal(34 + 4)

// rebooted is nspawn's exit status when the system inside asked for a reboot.
const rebooted = 133

// life is a life of the machine, see package machine.
type life struct {
	s      *supervisor
	n      int
	group  *cgroup.Group
	nspawn *os.Process
	ended  chan error // the result of waiting for nspawn
	heard  chan bool  // closed when its console is complete
	began  time.Time

	crowded bool // it was ended because of its control groups

	mu     sync.Mutex
	leader int // a descriptor of process 1, or -1
	ready  bool
	order  string
}

// live runs one life of the machine and reports whether it boots again.
func (s *supervisor) live(n int) (exit machine.Exit, again bool, err error) {
	l := &life{s: s, n: n, leader: -1}
	status, err := l.run()
	if err != nil {
		return exit, false, err
	}
	if status == rebooted && s.ordered() == "" {
		return exit, true, l.group.Remove()
	}
	return l.judge(status), false, l.group.Remove()
}

// run starts the life, waits for its end and returns nspawn's exit status.
func (l *life) run() (status int, err error) {
	if l.group, err = cgroup.New(fmt.Sprintf("%s.%d", kind.Key(l.s.dir), l.n), cgroup.Limits{
		CPUs: l.s.id.CPUs, MemoryMiB: l.s.id.MemoryMiB, Tasks: l.s.id.Tasks, Devices: devices,
	}); err != nil {
		return 0, err
	}
	conn, err := listen(l.s.short(notifyFile))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := l.handInFiles(); err != nil {
		return 0, err
	}
	if err := l.start(); err != nil {
		return 0, fmt.Errorf("starting %s: %w", nspawn, err)
	}
	l.s.begin(l)
	defer l.close()
	l.s.say(kind.Running)
	said := make(chan notice)
	go notices(conn, l.nspawn.Pid, said)
	return l.follow(said)
}

// upTime is how long a system may take to report that it is up. After that the agent
// starts anyway, because some service may never start.
const upTime = time.Minute

// countTime is the time between counts of a life's control groups. A guest makes some ten
// thousand in that time.
const countTime = time.Second

// follow handles the events of the life until its end.
func (l *life) follow(said <-chan notice) (status int, err error) {
	late := time.NewTimer(upTime)
	defer late.Stop()
	count := time.NewTicker(countTime)
	defer count.Stop()
	for {
		select {
		case <-count.C:
			if !l.crowded && l.group.OutOfGroups() {
				l.crowded = true
				l.obey(orderKill)
			}
		case <-late.C:
			if err = errors.Join(err, l.up()); err != nil {
				l.obey(orderKill)
			}
		case ended := <-l.ended:
			return exitStatus(ended), err
		case n := <-said:
			if n.leader > 0 {
				err = errors.Join(err, l.born(n.leader))
			}
			if n.ready {
				err = errors.Join(err, l.up())
			}
			if err != nil {
				l.obey(orderKill)
			}
		}
	}
}

// close releases what belongs to the life alone.
func (l *life) close() {
	l.s.begin(nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leader >= 0 {
		unix.Close(l.leader)
		l.leader = -1
	}
}

// hostPath is the environment of programs that we start.
const hostPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// start starts nspawn in the group of the life. This process joins the group, so that
// nspawn starts in it, and leaves it at once, so that it outlives what happens there.
func (l *life) start() error {
	cmd := exec.Command(nspawn, l.args()...)
	from, said, err := os.Pipe()
	if err != nil {
		return err
	}
	defer said.Close()
	l.heard = make(chan bool)
	go func() { console.Keep(from, filepath.Join(l.s.dir, consoleFile)); close(l.heard) }()
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", said, said
	cmd.Env = []string{
		hostPath, "LANG=C.UTF-8",
		"SYSTEMD_NSPAWN_TMPFS_TMP=0", "NOTIFY_SOCKET=" + l.s.short(notifyFile),
	}
	// The kernel kills nspawn, and with it the machine, when the thread that started it
	// ends; so that thread waits.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL, Setpgid: true}
	l.began = time.Now()
	started := make(chan error)
	l.ended = make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := l.group.Add(os.Getpid())
		if err == nil {
			err = cmd.Start()
		}
		err = errors.Join(err, cgroup.Leave(os.Getpid()))
		if err == nil {
			l.nspawn = cmd.Process
		}
		started <- err
		if err == nil {
			l.ended <- cmd.Wait()
		}
	}()
	return <-started
}

// born is called before process 1 runs.
func (l *life) born(leader int) error {
	fd, err := unix.PidfdOpen(leader, 0)
	if err != nil {
		return nil // it has ended; that is reported elsewhere
	}
	if !l.group.Has(leader) { // the number is another process's
		return unix.Close(fd)
	}
	l.mu.Lock()
	l.leader = fd
	l.mu.Unlock()
	// The limits are for the machine. When it fills its memory, the kernel must not kill
	// nspawn instead.
	if err := cgroup.Leave(l.nspawn.Pid); err != nil {
		return err
	}
	if err := l.handIn(leader); err != nil {
		return err
	}
	_, err = network.Attach(kind.Key(l.s.dir), leader)
	l.s.log.Info("the machine is connected", "boot", l.n, "after", l.since())
	return l.unlessDead(err)
}

func (l *life) since() time.Duration { return time.Since(l.began).Round(time.Millisecond) }

// up is called when the system inside is up, or after upTime.
func (l *life) up() error {
	l.mu.Lock()
	done := l.ready
	l.ready = true
	l.mu.Unlock()
	if done {
		return nil
	}
	l.obey("") // carries out an earlier order
	l.s.log.Info("the system is up", "boot", l.n, "after", l.since())
	return l.tellAgent()
}

// tellAgent makes the file up, for which the agent waits. If root inside is root of the
// host, it may have made a link there.
func (l *life) tellAgent() error {
	f, err := os.OpenFile(filepath.Join(l.s.dir, hostDir, upFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// unlessDead returns an error, or nil if the leader has ended, which explains it.
func (l *life) unlessDead(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.leader >= 0 && unix.PidfdSendSignal(l.leader, 0, nil, 0) != nil {
		return nil
	}
	return err
}

// obey carries out an order, at once or when the system inside can.
func (l *life) obey(order string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if order != "" {
		l.order = order
	}
	switch {
	case l.order == orderKill:
		_ = l.nspawn.Kill() // it may have ended
	case l.order == orderStop && l.ready && l.leader >= 0:
		_ = unix.PidfdSendSignal(l.leader, powerOff, nil, 0)
	}
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// judge returns how the machine ended.
func (l *life) judge(status int) machine.Exit {
	switch {
	case l.s.ordered() == orderKill:
		return machine.Exit{Kind: machine.Killed, Detail: "it was killed"}
	case l.crowded:
		return machine.Exit{Kind: machine.OutOfGroups, Detail: fmt.Sprintf("it made more than %d control groups", cgroup.MaxGroups)}
	case (status == 0 || status == rebooted) && l.s.ordered() == orderStop:
		return machine.Exit{Kind: machine.PoweredOff, Detail: "it was powered off"}
	case status == 0:
		return machine.Exit{Kind: machine.PoweredOff, Detail: "it powered itself off"}
	case l.group.OutOfMemory():
		return machine.Exit{Kind: machine.OutOfMemory, Detail: fmt.Sprintf("it used up its limit of %d MiB of memory", l.s.id.MemoryMiB)}
	}
	return machine.Exit{Kind: machine.Crashed, Detail: fmt.Sprintf("it crashed (status %d); the last lines of its console: %s", status, l.lastWords())}
}

// colours are the bytes that a terminal would not show.
var colours = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|[\r\x00-\x08]`)

// nspawnSulks is in a line that nspawn prints at every end if /run is not a file system
// of its own.
const nspawnSulks = "Attempted to remove disk file system under"

// lastWords returns the last lines of the console. It waits a moment for them, because a
// process that was just killed may still have the console open.
func (l *life) lastWords() string {
	const lines, most, patience = 10, 8 << 10, time.Second
	select {
	case <-l.heard:
	case <-time.After(patience):
	}
	f, err := os.Open(filepath.Join(l.s.dir, consoleFile))
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	buf := make([]byte, most)
	n, _ := f.ReadAt(buf, max(0, info.Size()-most))
	all := strings.Split(strings.TrimSpace(colours.ReplaceAllString(string(buf[:n]), "")), "\n")
	all = slices.DeleteFunc(all, func(line string) bool { return strings.Contains(line, nspawnSulks) })
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

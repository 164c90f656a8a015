package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/filesystem"
	"ingot/internal/machine"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/uplink"
)

// Descriptors that a supervisor is started with.
const (
	lockFD  = 3
	readyFD = 4
	diskFD  = 5
)

// diskPath is the disk as its supervisor opens it. The loop device must keep the
// file by a mount of the host's namespace: else the kernel's list of loop devices
// would forget the path of the file when the supervisor's namespace goes.
var diskPath = fmt.Sprintf("/proc/self/fd/%d", diskFD)

// ready is what a supervisor says when its machine runs; anything else is why it
// does not.
const ready = "ready\n"

// supervise starts the supervisor of a machine and waits until it says that the
// machine runs. The lock goes over to it.
func supervise(ctx context.Context, dir, file string, helper []string, lock *os.File) error {
	disk, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer disk.Close()
	log, err := os.OpenFile(filepath.Join(dir, logFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	argv := append(append([]string{}, helper...), "sandbox", dir)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.ExtraFiles = []*os.File{lock, w, disk}
	// The disk is mounted in a mount namespace of the supervisor's own. In the host's,
	// any process that makes itself a namespace would hold a copy of the mount, and
	// the disk could not be detached before that process ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Unshareflags: syscall.CLONE_NEWNS}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // only so that it does not stay as a zombie
	stop := context.AfterFunc(ctx, func() { r.Close() })
	defer stop()
	text, err := io.ReadAll(r)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil && string(text) != ready {
		err = errors.New(orSilent(strings.TrimSpace(string(text))))
	}
	return err
}

func orSilent(text string) string {
	if text == "" {
		return "its supervisor ended without a word"
	}
	return text
}

// supervisor is the state of the process.
type supervisor struct {
	dir    string
	id     identity
	log    *slog.Logger
	folder *os.File // of the machine, for paths that are short
	tell   *os.File // who launched us listens; nil when told
	apart  []submount
	uplink uplink.Uplink

	mu    sync.Mutex
	order string // stop or kill, once given
	now   *life
}

// Main is the body of the supervisor's process: its argument is the folder of the
// machine. It gives the exit status.
func Main(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: sandbox FOLDER")
		return 2
	}
	// What we start must hold none of our descriptors, or the machine would never be
	// free; nor any that whoever started the server has left open.
	if unix.CloseRange(lockFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) != nil { // an old kernel
		for _, fd := range []int{lockFD, readyFD, diskFD} {
			unix.CloseOnExec(fd)
		}
	}
	if err := folder.Own(lockFD); err != nil {
		fmt.Fprintln(os.Stderr, err) // it is known by its socket too
	}
	s := &supervisor{dir: args[0], log: slog.New(slog.NewTextHandler(os.Stderr, nil)), tell: os.NewFile(readyFD, "ready")}
	signal.Ignore(unix.SIGHUP, unix.SIGPIPE, unix.SIGINT)
	if err := s.run(); err != nil {
		s.log.Error("the supervisor failed", "error", err)
		s.say(err.Error())
		return 1
	}
	return 0
}

// say tells whoever launched us, once.
func (s *supervisor) say(text string) {
	if s.tell != nil {
		_, _ = s.tell.WriteString(text) // it may be gone
		s.tell.Close()
		s.tell = nil
	}
}

// run is the whole of a machine, from the mount to the exit file.
func (s *supervisor) run() error {
	err := leaveOthers(filepath.Dir(s.dir))
	if err != nil {
		return err
	}
	if s.id, err = loadIdentity(s.dir); err != nil {
		return err
	}
	if s.folder, err = os.Open(s.dir); err != nil {
		return err
	}
	listener, err := net.Listen("unix", s.short(socketFile))
	if err != nil {
		return err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // its path goes through a descriptor
	go s.serve(listener)
	s.heedTermination()
	exit, err := s.lives()
	// How it ended is not known before its disk is safe: one that could not be
	// written must not count as powered off.
	if err = errors.Join(err, s.giveBack()); err != nil {
		exit = machine.Exit{Kind: machine.Crashed, Detail: err.Error()}
	}
	exit.At = time.Now()
	s.log.Info("the machine ended", "kind", exit.Kind, "detail", exit.Detail)
	return errors.Join(err, folder.Save(filepath.Join(s.dir, exitFile), exit))
}

// short is a path to a file in the folder that fits into a socket's address, also
// for our children.
func (s *supervisor) short(name string) string {
	return fmt.Sprintf("/proc/%d/fd/%d/%s", os.Getpid(), s.folder.Fd(), name)
}

// lives runs one life after the other until the machine does not come back.
func (s *supervisor) lives() (machine.Exit, error) {
	found := make(chan uplink.Uplink, 1)
	go func() { found <- uplink.Find(context.Background()) }()
	err := s.mount()
	if s.uplink = <-found; err != nil {
		return machine.Exit{}, err
	}
	for _, note := range s.uplink.Notes {
		s.log.Warn(note)
	}
	for n := 1; ; n++ {
		exit, again, err := s.live(n)
		if err != nil || !again {
			return exit, err
		}
		s.log.Info("the machine reboots")
	}
}

// trim gives back the blocks of what was removed last, such as the cleaning before the
// disk becomes an image: they would be copied into it.
func (s *supervisor) trim() {
	root, err := os.Open(filepath.Join(s.dir, mountDir))
	if err != nil {
		return // only space is lost
	}
	defer root.Close()
	_ = filesystem.Trim(root) // what could not be written is told when the disk is let go
}

// giveBack unmounts the disk and puts it on stable storage.
func (s *supervisor) giveBack() error {
	s.trim()
	err := release(context.Background(), s.dir, s.id.Disk)
	if err == nil {
		err = syncFile(s.id.Disk)
	}
	if err != nil {
		return fmt.Errorf("what was written to the disk may be lost: %w", err)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// heedTermination powers the machine off in order when the host goes down.
func (s *supervisor) heedTermination() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM)
	go func() {
		for range signals {
			s.obey(orderStop)
		}
	}()
}

// serve takes orders. Its connections are closed by the end of the process.
func (s *supervisor) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			s.log.Error("taking orders", "error", err)
			return
		}
		go func() {
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil {
				conn.Close()
				return
			}
			s.obey(strings.TrimSpace(line))
			_, _ = io.Copy(io.Discard, conn) // until the other side has seen enough
			conn.Close()
		}()
	}
}

// obey carries out an order on the life of now; one that comes between two lives
// meets the next.
func (s *supervisor) obey(order string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if order != orderStop && order != orderKill {
		return
	}
	if s.order != orderKill {
		s.order = order
	}
	if s.now != nil {
		s.now.obey(s.order)
	}
}

// begin makes a life the one of now; an order that was given meets it at once.
func (s *supervisor) begin(l *life) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = l
	if l != nil && s.order != "" {
		l.obey(s.order)
	}
}

func (s *supervisor) ordered() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order
}

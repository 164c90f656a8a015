package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/filesystem"
	"ingot/internal/machine"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/supervise"
	"ingot/internal/machine/uplink"
	"ingot/internal/wholefile"
)

// diskPath is the path by which a supervisor opens the disk, which its starter has opened
// in the host's mount namespace. Otherwise the kernel's list of loop devices would lose
// the path of the file when the supervisor's namespace ends.
var diskPath = fmt.Sprintf("/proc/self/fd/%d", supervise.MoreFD)

// start starts the supervisor of a machine, which inherits the lock, and waits until the
// machine runs.
func start(ctx context.Context, dir, file string, helper []string, lock *os.File) error {
	disk, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer disk.Close()
	// The supervisor mounts the disk in a mount namespace of its own. If it did so in the
	// host's, every namespace that is made meanwhile would have a copy of the mount, and
	// the disk could not be detached before that ends.
	_, err = kind.Start(ctx, dir, supervise.Process{Helper: helper, Lock: lock, More: []*os.File{disk}, Unshare: syscall.CLONE_NEWNS})
	return err
}

// supervisor is the state of the process.
type supervisor struct {
	dir    string
	id     identity
	log    *slog.Logger
	folder *os.File // of the machine, for short paths
	tell   *os.File // to the process that launched us; nil after that
	apart  []submount
	uplink uplink.Uplink

	mu    sync.Mutex
	order string // stop or kill, once given
	now   *life
}

// Main runs the supervisor and returns its exit status. The argument is the folder of the
// machine.
func Main(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: sandbox FOLDER")
		return 2
	}
	s := &supervisor{dir: args[0], tell: supervise.Enter(), log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	signal.Ignore(unix.SIGHUP, unix.SIGPIPE, unix.SIGINT)
	if err := s.run(); err != nil {
		s.log.Error("the supervisor failed", "error", err)
		s.say(err.Error())
		return 1
	}
	return 0
}

// say writes to the process that launched us, once.
func (s *supervisor) say(text string) {
	if s.tell != nil {
		_, _ = s.tell.WriteString(text) // it may have ended
		s.tell.Close()
		s.tell = nil
	}
}

// run runs the machine, from the mount to the exit file.
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
	listener, err := net.Listen("unix", s.short(kind.File("", supervise.Socket)))
	if err != nil {
		return err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // its path goes through a descriptor
	go func() { s.log.Error("taking orders", "error", supervise.Serve(listener, s.take)) }()
	s.heedTermination()
	exit, err := s.lives()
	// The exit is saved after the disk is synced: if that fails, the machine must not
	// count as powered off.
	if err = errors.Join(err, s.giveBack()); err != nil {
		exit = machine.Exit{Kind: machine.Crashed, Detail: err.Error()}
	}
	exit.At = time.Now()
	s.log.Info("the machine ended", "kind", exit.Kind, "detail", exit.Detail)
	return errors.Join(err, folder.Save(kind.File(s.dir, supervise.Exit), exit))
}

// short returns a path to a file in the folder that fits into a socket's address, for our
// children too.
func (s *supervisor) short(name string) string {
	return fmt.Sprintf("/proc/%d/fd/%d/%s", os.Getpid(), s.folder.Fd(), name)
}

// lives runs one life after another until the machine ends.
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

// trim discards the blocks of files that were removed last, as before the disk becomes an
// image, which would contain them.
func (s *supervisor) trim() {
	root, err := os.Open(filepath.Join(s.dir, mountDir))
	if err != nil {
		return // only space is lost
	}
	defer root.Close()
	_ = filesystem.Trim(root) // giveBack reports errors of writing
}

// giveBack unmounts the disk and puts it on stable storage.
func (s *supervisor) giveBack() error {
	s.trim()
	err := release(context.Background(), s.dir, s.id.Disk)
	if err == nil {
		err = wholefile.Sync(s.id.Disk)
	}
	if err != nil {
		return fmt.Errorf("what was written to the disk may be lost: %w", err)
	}
	return nil
}

// heedTermination shuts the machine down when the host shuts down.
func (s *supervisor) heedTermination() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM)
	go func() {
		for range signals {
			s.obey(orderStop)
		}
	}()
}

// take takes an order. Its connection is closed when the process ends.
func (s *supervisor) take(order string, conn net.Conn) {
	s.obey(order)
	supervise.Hold(conn)
}

// obey carries out an order on the present life. An order between two lives is for the
// next.
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

// begin makes a life the present one, and carries out an earlier order on it.
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

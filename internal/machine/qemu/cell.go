package qemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// cell describes the cell of a QEMU: its user and what it sees of the host. QEMU gets its
// machine's files open, so that the cell need not contain them.
type cell struct {
	User     int      `json:"user"` // and group
	Program  string   `json:"program"`
	Args     []string `json:"args"`
	Folders  []string `json:"folders"`            // seen at their own places, read-only
	Resolver string   `json:"resolver,omitempty"` // file that is seen as /etc/resolv.conf
	Scratch  string   `json:"scratch,omitempty"`  // folder of the user, for temporary files
	KVM      bool     `json:"kvm,omitempty"`
	MaxFile  uint64   `json:"maxFile,omitempty"` // bytes; 0 is no bound
}

// wallWord is the first argument of a helper that becomes QEMU; the second is its cell.
const wallWord = "wall"

// isolation are the namespaces of a cell except that of its mounts. The helper makes that
// one itself, because copies of the host's mounts keep them in use.
const isolation = unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// systemFolders contain QEMU's program, libraries and firmware. Some are links.
var systemFolders = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}

// newCell returns a cell for QEMU with the given arguments.
func newCell(user int, args []string) (cell, error) {
	path, err := exec.LookPath(program)
	if errors.Is(err, exec.ErrNotFound) {
		return cell{}, ErrMissing
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return cell{}, err
	}
	c := cell{User: user, Program: path, Args: args, Resolver: hostResolver}
	if !slices.ContainsFunc(systemFolders, func(f string) bool { return strings.HasPrefix(path, f+"/") }) {
		c.Folders = []string{home(path)}
	}
	return c, nil
}

// home returns the folder with all that was installed with a program.
func home(path string) string {
	dir := filepath.Dir(path)
	if above := filepath.Dir(dir); isFolder(filepath.Join(above, "share/qemu")) {
		return above
	}
	return dir
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// command returns a process that becomes QEMU in its cell and is killed with the calling
// thread. Only root can build a cell; for others QEMU is an ordinary process.
func (c cell) command(helper []string, namespaces uintptr) *exec.Cmd {
	if os.Geteuid() != 0 {
		cmd := exec.Command(c.Program, c.Args...)
		cmd.Env = append(cellEnvironment, "TMPDIR="+c.Scratch)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		return cmd
	}
	text, _ := json.Marshal(c) // strings and numbers cannot fail
	args := append(helper[1:len(helper):len(helper)], wallWord, string(text))
	cmd := exec.Command(helper[0], args...)
	cmd.Env = cellEnvironment
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: isolation | namespaces, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// cellEnvironment is QEMU's environment.
var cellEnvironment = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}

// TryWalls starts QEMU in a cell and returns its version. Helper is as in [Config].
func TryWalls(helper []string) (version string, err error) {
	user, held, err := takeUser("version")
	if err != nil {
		return "", err
	}
	defer held.Close()
	c, err := newCell(user, []string{"--version"})
	if err != nil {
		return "", err
	}
	out, err := c.output(helper)
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, first)
	}
	return first, nil
}

// output runs the program of a cell and returns its output.
func (c cell) output(helper []string) ([]byte, error) {
	ours, theirs, err := connection()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	defer theirs.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := c.command(append(helper[:len(helper):len(helper)], "qemu"), unix.CLONE_NEWNET)
	cmd.ExtraFiles = []*os.File{theirs}
	return cmd.CombinedOutput()
}

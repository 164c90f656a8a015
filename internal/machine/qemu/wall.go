package qemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// starterFD is a socket whose other end only the starter of QEMU has.
const starterFD = 3

// intoCell builds a cell around this process and makes it QEMU. It returns an exit status
// if that fails.
func intoCell(text string) int {
	// Namespaces and rights belong to a thread, and this one becomes QEMU.
	runtime.LockOSThread()
	var c cell
	err := json.Unmarshal([]byte(text), &c)
	if err == nil {
		err = c.build()
	}
	if err == nil {
		err = syscall.Exec(c.Program, append([]string{program}, c.Args...), append(cellEnvironment, "TMPDIR="+scratchPlace))
	}
	fmt.Fprintf(os.Stderr, "putting QEMU behind its walls: %v\n", err)
	return 1
}

func (c cell) build() error {
	if err := c.mounts(); err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	unix.Umask(0o077)
	if err := unix.Sethostname([]byte("localhost")); err != nil {
		return fmt.Errorf("the host's name: %w", err)
	}
	// Without this QEMU would have the session keyring of the server's starter.
	if _, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0); err != nil && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("keys: %w", err)
	}
	if err := c.bounds(); err != nil {
		return fmt.Errorf("bounds: %w", err)
	}
	if err := dropRights(c.User); err != nil {
		return fmt.Errorf("rights: %w", err)
	}
	if err := dieWithStarter(); err != nil {
		return err
	}
	return filterCalls()
}

// bounds sets limits that the control group does not have.
func (c cell) bounds() error {
	// A core dump of QEMU would contain the guest's memory.
	err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	if c.MaxFile > 0 {
		err = errors.Join(err, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: c.MaxFile, Max: c.MaxFile}))
	}
	return err
}

// dropRights changes the calling thread to a user without capabilities, which cannot get
// any.
func dropRights(user int) error {
	for capability := uintptr(0); ; capability++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			break // the kernel has no more capabilities
		}
		if err != nil {
			return err
		}
	}
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setresgid(user, user, user), syscall.Setresuid(user, user, user)); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

// dieWithStarter makes the kernel kill this process with the thread that started it; the
// change of the user has reset that. If the starter has ended already, its end of the
// socket is closed.
func dieWithStarter() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	poll := []unix.PollFd{{Fd: starterFD}}
	if _, err := unix.Poll(poll, 0); err != nil {
		return err
	}
	if poll[0].Revents&(unix.POLLHUP|unix.POLLNVAL) != 0 {
		return errors.New("the process that started QEMU is gone")
	}
	return nil
}

// scratchPlace is the path of the scratch folder in a cell.
const scratchPlace = "/scratch"

// newRoot is where the cell's root is built. The cell does not need what is there.
const newRoot = "/proc"

// mounts gives the calling thread a root with what the cell sees.
func (c cell) mounts() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	// Unmounts on the host propagate to here.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return err
	}
	if err := unix.Mount("cell", newRoot, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=0755"); err != nil {
		return err
	}
	if err := errors.Join(c.seen(), c.devices()); err != nil {
		return err
	}
	return leaveHost()
}

// seen mounts the folders and files of the host in the cell.
func (c cell) seen() error {
	for _, folder := range systemFolders {
		to, err := os.Readlink(folder)
		switch {
		case err == nil:
			err = os.Symlink(to, newRoot+folder)
		case errors.Is(err, fs.ErrNotExist):
			continue
		default:
			err = show(folder, folder, unix.MS_RDONLY)
		}
		if err != nil {
			return err
		}
	}
	for _, folder := range c.Folders {
		if err := show(folder, folder, unix.MS_RDONLY); err != nil {
			return err
		}
	}
	if c.Scratch != "" {
		if err := show(c.Scratch, scratchPlace, unix.MS_NOEXEC); err != nil {
			return err
		}
	}
	for from, to := range map[string]string{"/etc/ld.so.cache": "/etc/ld.so.cache", c.Resolver: hostResolver} {
		if err := show(from, to, unix.MS_RDONLY|unix.MS_NOEXEC); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// show mounts a folder or file of the host in the cell.
func show(from, at string, flags uintptr) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	place := newRoot + at
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	if info.IsDir() {
		err = os.Mkdir(place, 0o755)
	} else {
		err = os.WriteFile(place, nil, 0o644)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(from, place, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if err := unix.Mount("", place, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_NOSUID|unix.MS_NODEV|flags, ""); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return nil
}

// devices makes the device nodes of the cell.
func (c cell) devices() error {
	const dir = newRoot + "/dev"
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	const flags = unix.MS_NOSUID | unix.MS_NOEXEC
	if err := unix.Mount("cell", dir, "tmpfs", flags, "size=64k,mode=0755"); err != nil {
		return err
	}
	names := []string{"null", "urandom"}
	if c.KVM {
		names = append(names, "kvm")
	}
	for _, name := range names {
		var host unix.Stat_t
		if err := unix.Stat("/dev/"+name, &host); err != nil {
			return fmt.Errorf("/dev/%s: %w", name, err)
		}
		// A new node belongs to the cell's user and not to groups of the host.
		if err := unix.Mknod(filepath.Join(dir, name), unix.S_IFCHR|0o600, int(host.Rdev)); err != nil {
			return fmt.Errorf("/dev/%s: %w", name, err)
		}
		if err := os.Chown(filepath.Join(dir, name), c.User, c.User); err != nil {
			return err
		}
	}
	return unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY|flags, "")
}

// leaveHost makes newRoot the root and unmounts everything else of the host.
func leaveHost() error {
	if err := unix.Chdir(newRoot); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=1m")
}

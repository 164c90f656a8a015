package sandbox

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrNoUsers is returned if a host has no user namespaces for sandboxes.
var ErrNoUsers = errors.New("this host has no user namespaces")

// CanMapUsers returns nil if the kernel has user namespaces and can mount the files of a
// folder with other owners, as nspawn does for a machine's users. Without a folder it
// checks only the namespaces.
func CanMapUsers(dir string) error {
	const some = 0x10000000 // any unused range
	child := exec.Command("/bin/sleep", "60")
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: some, Size: 65536}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: some, Size: 65536}},
		Pdeathsig:   unix.SIGKILL,
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("%w: %w", ErrNoUsers, err)
	}
	defer func() { _ = errors.Join(child.Process.Kill(), child.Wait()) }() // Wait reports the kill
	if dir == "" {
		return nil
	}
	users, err := unix.Open(fmt.Sprintf("/proc/%d/ns/user", child.Process.Pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(users)
	tree, err := unix.OpenTree(unix.AT_FDCWD, dir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("the kernel has no detached mounts: %w", err)
	}
	defer unix.Close(tree)
	err = unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(users)})
	if err != nil {
		return fmt.Errorf("the file system of %s cannot map owners: %w", dir, err)
	}
	return nil
}

// mapUsers reports whether a machine gets a user namespace. If it cannot, that is an
// error unless the operator allows that root inside is root of this host.
func (b *Backend) mapUsers() (bool, error) {
	err := b.users()
	switch {
	case err == nil:
		return true, nil
	case b.Unsafe:
		b.Logger.Warn("the machine gets no user namespace, so root inside is root on this host, with fewer capabilities", "because", err)
		return false, nil
	}
	remedy := "sudo sysctl user.max_user_namespaces=65536"
	if !errors.Is(err, ErrNoUsers) {
		remedy = "have the data directory on ext4, XFS or btrfs of Linux 5.15 or newer"
	}
	return false, fmt.Errorf("root of a sandbox would be root of this host, because %w; fix it: %s; or build on virtual machines: ingot serve --machine qemu; "+
		"or accept it: ingot serve --unsafe-sandbox", err, remedy)
}

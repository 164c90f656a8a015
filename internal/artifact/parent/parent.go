// Package parent makes the images that builds start from, from a distribution's own
// packages.
//
// The rootfs is the root file system of a parent in a folder, made by mmdebstrap. The
// disk is made from it without mounting anything: a GPT with a BIOS boot partition, an
// EFI system partition and the root, which is the last so that it can grow. Both
// firmwares start through GRUB with one grub.cfg.
//
// The same rootfs makes the same disk: UUIDs and the hash seed are fixed.
package parent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ingot/internal/wholefile"
)

// Parent describes a parent that can be made.
type Parent struct {
	Name      string // as `ingot image pull` takes it
	ImageName string // of the managed image
	Version   string
	OS        string // as in the description of an image
	suite     string
}

// All are the parents that can be made here.
var All = []Parent{
	{Name: "debian-12", ImageName: "Debian 12 x86", Version: "12.0.0", OS: "Debian 12", suite: "bookworm"},
}

// Find returns the parent of a name.
func Find(name string) (Parent, error) {
	var known []string
	for _, p := range All {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return Parent{}, fmt.Errorf("there is no parent image %q; known are %s", name, strings.Join(known, ", "))
}

// Pull makes the disk of a parent at dst, which appears whole or not at all. work is a
// folder for the rootfs, some 600 MB; progress is called with what is being done.
func Pull(ctx context.Context, p Parent, dst, work string, progress func(string)) error {
	dir, err := os.MkdirTemp(work, "parent-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if dst, err = filepath.Abs(dst); err == nil { // tools run elsewhere
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(keyring); err != nil {
		return fmt.Errorf("the keys of Debian's archive are missing: install the package debian-archive-keyring: %w", err)
	}
	fresh, err := wholefile.Create(dst)
	if err != nil {
		return err
	}
	b := &builder{Parent: p, rootfs: filepath.Join(dir, "tree"), dir: dir, disk: fresh.Name()}
	for _, s := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"installing " + p.Name + " from its packages, which takes a minute or two", b.bootstrap},
		{"configuring the system", b.configure},
		{"writing the disk", b.writeDisk},
		{"installing the bootloader", b.installGRUB},
	} {
		progress(s.what)
		if err := s.do(ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", s.what, err), fresh.Discard())
		}
	}
	return fresh.Commit()
}

// keyring has the keys of Debian's archive. Debian hosts have it.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// builder makes one parent.
type builder struct {
	Parent
	dir    string // for temporary files
	rootfs string
	disk   string
}

// packages maps each tool that is called here to its Debian package.
var packages = map[string]string{
	"mmdebstrap": "mmdebstrap", "sfdisk": "fdisk", "mkfs.vfat": "dosfstools", "mmd": "mtools", "mcopy": "mtools",
	"mke2fs": "e2fsprogs", "chroot": "coreutils",
}

// apart runs a command in a mount namespace of its own. What a tool mounts below the
// rootfs (/proc, /sys, /dev) must not outlive it on the host, where removing the rootfs
// would delete through the mount. Disks of machines are unmounted there, since these
// mounts would keep them in use after the host has unmounted them.
const apart = `
while read -r source target rest; do
	case $source in /dev/loop*)
		case $PWD/ in "$target"/*) ;; *) umount -l "$target" 2>/dev/null ;; esac
	esac
done </proc/self/mounts
exec "$@"`

// run runs a tool. An error contains the end of its output.
func (b *builder) run(ctx context.Context, stdin string, env []string, name string, args ...string) error {
	if _, err := exec.LookPath(name); err != nil {
		return fmt.Errorf("%s is missing: install the package %s", name, packages[name])
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", apart, "sh", name}, args...)...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	cmd.Dir, cmd.Env = b.dir, append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(syscall.SIGTERM) }, 10*time.Second // it ends its own children
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(out.String())
		return fmt.Errorf("%s: %w: %s", name, err, text[max(0, len(text)-800):])
	}
	return nil
}

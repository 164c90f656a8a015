package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/pool"
	"ingot/internal/config"
	"ingot/internal/machine/cgroup"
	"ingot/internal/machine/network"
	"ingot/internal/machine/qemu"
	"ingot/internal/machine/sandbox"
)

// check is one thing that a host can or cannot do. With a remedy it is a fault, without
// one only information.
type check struct {
	name, detail, remedy string
}

func newDoctor() *cobra.Command {
	l, unsafe := &limits{}, false
	c := &cobra.Command{
		Use: "doctor", Short: "say what this host can do, and the command that fixes what it cannot", Args: cobra.NoArgs,
		Long: `Says what this host can do, with the command that fixes what it cannot, and how much of it
machines may use. Give it the same settings as the server, or set them in the environment or
in the configuration file.`,
	}
	l.flags(c.Flags())
	unsafeFlag(c.Flags(), &unsafe)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := l.check(); err != nil {
			return err
		}
		faults := 0
		for _, k := range examine(dataOf(c), l, unsafe) {
			mark := "ok  "
			if k.remedy != "" {
				faults++
				mark = "FAIL"
			}
			fmt.Fprintf(c.OutOrStdout(), "%s  %-16s %s\n", mark, k.name, k.detail)
			if k.remedy != "" {
				fmt.Fprintf(c.OutOrStdout(), "      %-16s fix it: %s\n", "", k.remedy)
			}
		}
		if faults > 0 {
			return fmt.Errorf("%d of these keep machines from running, or this host from being safe from them", faults)
		}
		return nil
	}
	return c
}

func examine(data config.Data, l *limits, unsafe bool) []check {
	return append([]check{
		checkRoot(), checkLoops(), checkTool("sandbox", "systemd-nspawn", "systemd-container"),
		checkUsers(data, unsafe), checkDevices(),
		checkTool("qemu", "qemu-system-x86_64", "qemu-system-x86"), checkWalls(), checkUEFI(), checkAccelerator(),
		checkFilter(), checkWay(),
		checkTool("file systems", "mke2fs", "e2fsprogs"), checkTool("partitions", "sfdisk", "fdisk"),
		checkTool("parent images", "mmdebstrap", "mmdebstrap"), checkPool(data), checkSpace(data),
	}, l.checks()...)
}

func checkRoot() check {
	if os.Geteuid() == 0 {
		return check{"root", "yes", ""}
	}
	return check{"root", "no: machines mount disks and need root", "sudo " + os.Args[0] + " serve"}
}

func checkLoops() check {
	f, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err == nil {
		_ = f.Close() // only to see that it can be opened
		return check{"loop devices", "yes", ""}
	}
	if errors.Is(err, os.ErrPermission) && os.Geteuid() != 0 {
		return check{"loop devices", "only root can tell", "sudo " + os.Args[0] + " doctor"}
	}
	if inContainer() {
		return check{"loop devices", "no: this container has none, so no machine can run in it", "start the container with --privileged and -v /dev:/dev, or use the host"}
	}
	return check{"loop devices", "no", "sudo modprobe loop"}
}

func inContainer() bool {
	for _, f := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(f); err == nil {
			return true
		}
	}
	return os.Getenv("container") != ""
}

// checkUsers checks that root of a sandbox has no rights on this host. Sandboxes are not
// started where it has, unless that is allowed.
func checkUsers(data config.Data, unsafe bool) check {
	const name, elsewhere = "user namespaces", "or build on virtual machines: ingot serve --machine qemu, or accept it: ingot serve --unsafe-sandbox"
	if os.Geteuid() != 0 {
		return check{name, "only root can tell", "sudo " + os.Args[0] + " doctor"}
	}
	dir := nearest(data)
	if !disk.CanShare(dir) {
		dir = "" // the disks will be on XFS in pool.img, where owners can be mapped
	}
	err := sandbox.CanMapUsers(dir)
	switch {
	case err == nil:
		return check{name, "yes", ""}
	case unsafe:
		return check{name, "no, so root of a sandbox is root of this host, as --unsafe-sandbox allows (" + err.Error() + ")", ""}
	case errors.Is(err, sandbox.ErrNoUsers):
		return check{name, "no, so root of a sandbox would be root of this host, and none is started (" + err.Error() + ")", "sudo sysctl user.max_user_namespaces=65536, " + elsewhere}
	}
	return check{name, "none with owners of its own, so root of a sandbox would be root of this host, and none is started (" + err.Error() + ")",
		"--data on ext4, XFS or btrfs of Linux 5.15 or newer, " + elsewhere}
}

// checkDevices checks that machines cannot use this host's devices.
func checkDevices() check {
	if err := cgroup.CanLimitDevices(); err != nil {
		return check{"device limits", err.Error(), "mount a cgroup2 file system at /sys/fs/cgroup"}
	}
	return check{"device limits", "yes", ""}
}

func checkTool(name, program, pkg string) check {
	path, err := exec.LookPath(program)
	if err != nil {
		return check{name, program + " is missing", "sudo apt-get install " + pkg}
	}
	return check{name, path, ""}
}

// checkFilter checks that machines can be kept from reaching the host.
func checkFilter() check {
	const name = "packet filter"
	switch err := network.Probe(); {
	case err == nil:
		return check{name, "the kernel's nf_tables", ""}
	case os.Geteuid() != 0:
		return check{name, "only root can tell", "sudo " + os.Args[0] + " doctor"}
	default:
		return check{name, err.Error(), "sudo modprobe -a nf_tables nft_fib_ipv4 nft_masq nft_ct"}
	}
}

// checkWay looks for rules of others that stop the packets of machines.
func checkWay() check {
	const name = "way out"
	if os.Geteuid() != 0 {
		return check{name, "only root can tell", "sudo " + os.Args[0] + " doctor"}
	}
	obstacles, err := network.Obstacles()
	switch {
	case err != nil:
		return check{name, err.Error(), "see whether `sudo nft list ruleset` and `sudo iptables-save` work"}
	case len(obstacles) > 0:
		return check{name, obstacles[0].What, obstacles[0].Remedy}
	}
	return check{name, "no rule drops all that is forwarded", ""}
}

func checkPool(data config.Data) check {
	dir := nearest(data)
	switch {
	case disk.CanShare(dir):
		return check{"shared blocks", dir + " can share blocks between files", ""}
	case os.Geteuid() != 0:
		return check{"shared blocks", dir + " cannot share blocks; for root Ingot keeps an XFS file system in a file there", ""}
	}
	c := checkTool("shared blocks", "mkfs.xfs", "xfsprogs")
	if c.remedy == "" {
		c.detail = dir + " cannot share blocks; Ingot keeps an XFS file system in a file there"
	}
	return c
}

// nearest returns the data directory, or the nearest folder above it that exists.
func nearest(data config.Data) string {
	dir, err := filepath.Abs(string(data))
	if err != nil {
		return "/"
	}
	for dir != "/" && !isDir(dir) {
		dir = filepath.Dir(dir)
	}
	return dir
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// leastFree is the space, in bytes, without which no build begins.
const leastFree = 12 << 30

func checkSpace(data config.Data) check {
	var s unix.Statfs_t
	dir := nearest(data)
	if err := unix.Statfs(dir, &s); err != nil {
		return check{"free space", err.Error(), "name another folder with --data"}
	}
	free := int64(s.Bavail) * s.Bsize
	detail := fmt.Sprintf("%.1f GiB in %s", float64(free)/(1<<30), dir)
	if image, err := os.Stat(filepath.Join(dir, "pool.img")); err == nil {
		detail = fmt.Sprintf("%.1f GiB beside pool.img of %.1f GiB in %s", float64(free)/(1<<30), float64(image.Size())/(1<<30), dir)
		if free < pool.OuterReserve {
			return check{"free space", detail, "remove other files there: pool.img does not shrink"}
		}
		return check{"free space", detail, ""}
	}
	if free < leastFree {
		return check{"free space", detail, "ingot prune, or --data on a larger file system"}
	}
	return check{"free space", detail, ""}
}

// checkWalls starts QEMU as machines have it: as a user of its own, in namespaces of
// its own.
func checkWalls() check {
	if os.Geteuid() != 0 {
		return check{"qemu's walls", "only root can build them; QEMU that a plain user starts is a process like others", ""}
	}
	helper, err := helperCommand()
	if err != nil {
		return check{"qemu's walls", err.Error(), "start it from a place where the program can be found"}
	}
	version, err := qemu.TryWalls(helper)
	switch {
	case errors.Is(err, qemu.ErrMissing):
		return check{"qemu's walls", "not without QEMU", ""}
	case err != nil && inContainer():
		return check{"qemu's walls", "QEMU does not start behind them: " + err.Error(), "start the container with --privileged, or use the host"}
	case err != nil:
		return check{"qemu's walls", "QEMU does not start behind them: " + err.Error(), "have the kernel allow namespaces and seccomp"}
	}
	return check{"qemu's walls", version + " runs as a user of its own", ""}
}

func checkUEFI() check {
	if found, err := filepath.Glob("/usr/share/OVMF/OVMF_CODE*.fd"); err != nil || len(found) == 0 {
		return check{"UEFI", "OVMF is missing", "sudo apt-get install ovmf"}
	}
	return check{"UEFI", "yes", ""}
}

// checkAccelerator says how virtual machines run. Without KVM they are slow, which is
// not a fault.
func checkAccelerator() check {
	if err := qemu.KVMDevice(); err != nil {
		return check{"accelerator", "TCG: a boot takes 15 to 30 s (" + err.Error() + ")", ""}
	}
	v := qemu.LastVerdict(verdicts)
	switch {
	case v == nil:
		return check{"accelerator", "KVM, if the managed image boots with it; the first build finds out", ""}
	case v.Works:
		return check{"accelerator", "KVM", ""}
	}
	return check{"accelerator", "TCG: a boot takes 15 to 30 s; KVM is there and does not work (" + v.Why + "; `rm " + v.File + "` has it tried again)", ""}
}

package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/disk"
	"ingot/internal/filesystem"
	"ingot/internal/machine/folder"
	"ingot/internal/machine/uplink"
)

// Paths on a machine's disk, all of which are removed before it becomes an image.
const (
	agentDir    = "var/lib/ingot-agent"
	unitDir     = "etc/systemd/system"
	agentUnit   = unitDir + "/ingot-agent.service"
	agentWants  = unitDir + "/multi-user.target.wants"
	agentLink   = agentWants + "/ingot-agent.service"
	keepUnit    = unitDir + "/ingot-agent-keep.service"
	keepWants   = unitDir + "/sysinit.target.wants"
	keepLink    = keepWants + "/ingot-agent-keep.service"
	tmpMount    = unitDir + "/tmp.mount"
	hostname    = agentDir + "/hostname"
	starter     = agentDir + "/start"
	environment = agentDir + "/environment"
	hostDir     = agentDir + "/host" // the uplink's files
	keepMark    = agentDir + "/keep" // the next boot keeps /tmp
	noTmpMount  = "/dev/null"
	noTmpRemark = agentDir + "/masked" // we have masked tmp.mount
)

// unit returns the unit of the agent. The system does not wait for the agent's start.
func (id identity) unit() string {
	tasks := "infinity"
	if id.Tasks > 0 {
		tasks = fmt.Sprint(id.Tasks)
	}
	return `[Unit]
Description=Ingot's agent
After=basic.target local-fs.target

[Service]
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
EnvironmentFile=-/` + environment + `
ExecStart=/bin/sh /` + starter + `
Restart=always
RestartSec=100ms
StartLimitIntervalSec=0
TimeoutStopSec=2
KillMode=process
OOMScoreAdjust=-900
OOMPolicy=continue
TasksMax=` + tasks + `

[Install]
WantedBy=multi-user.target
`
}

// starting sets the host name, in memory only, and starts the agent when the system is
// up, or some time later if the system or its network never comes up.
const starting = `name=/` + hostname + `
[ -s $name ] && cat $name >/proc/sys/kernel/hostname
timeout 60 systemctl is-system-running --wait >/dev/null 2>&1
i=0
routed() {
	while read -r device destination rest; do
		[ "$destination" = 00000000 ] && return 0
	done </proc/net/route
	return 1
}
until routed || [ $i -ge 100 ]; do
	i=$((i + 1))
	sleep 0.1
done
exec /` + agentDir + `/ingot-agent serve --port /dev/virtio-ports/` + agentPort + ` --port /dev/virtio-ports/` + snapshotPort + ` --state /` + agentDir + `/state
`

// keep makes the boot that continues a node keep /tmp. A later boot of the machine, which
// a component asks for, empties it as usual.
const keep = `[Unit]
Description=Keep the temporary files of the step before
DefaultDependencies=no
RequiresMountsFor=/` + agentDir + `
After=systemd-remount-fs.service
Before=systemd-tmpfiles-setup.service
ConditionPathExists=/` + keepMark + `

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mkdir -p /run/tmpfiles.d && printf "d %%s 1777 root root -\\n" /tmp /var/tmp >/run/tmpfiles.d/tmp.conf && rm -f /` + keepMark + `'

[Install]
WantedBy=sysinit.target
`

// install puts the agent on a disk that nothing uses.
func install(ctx context.Context, id identity, mount, agent string) error {
	return onDisk(ctx, id.Disk, mount, func(root *os.Root) error {
		if err := remove(root); err != nil {
			return err
		}
		if err := root.MkdirAll(agentDir, 0o700); err != nil {
			return err
		}
		if err := put(root, agent, agentDir+"/ingot-agent"); err != nil {
			return err
		}
		if err := root.Mkdir(hostDir, 0o755); err != nil {
			return err
		}
		files := map[string]string{starter: starting, hostname: id.Hostname, agentUnit: id.unit(), keepUnit: keep}
		if id.Continues {
			files[keepMark] = ""
		}
		handIn(ctx, files)
		for name, text := range files {
			if err := root.WriteFile(name, []byte(text), 0o644); err != nil {
				return err
			}
		}
		return errors.Join(want(root, agentWants, agentLink, agentUnit), want(root, keepWants, keepLink, keepUnit), maskTmp(root))
	})
}

// handIn adds the uplink's files. The guest's name server is QEMU's, which asks the
// host's.
func handIn(ctx context.Context, files map[string]string) {
	up := uplink.Find(ctx)
	for name, text := range up.Files("/" + hostDir) {
		files[path.Join(hostDir, name)] = string(text)
	}
	files[environment] = string(uplink.EnvironmentFile(up.Environment("/" + hostDir)))
}

// want makes a target start a unit. It notes a new folder in a file, so that uninstall
// removes it.
func want(root *os.Root, folder, link, unit string) error {
	err := root.Mkdir(folder, 0o755)
	if err == nil {
		err = root.WriteFile(agentDir+"/made-"+path.Base(folder), nil, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return root.Symlink("/"+unit, link)
}

// maskTmp keeps /tmp on the disk: in memory it would not be in a snapshot.
func maskTmp(root *os.Root) error {
	if _, err := root.Lstat(tmpMount); err == nil {
		return nil // the image has its own tmp.mount
	}
	return errors.Join(root.Symlink(noTmpMount, tmpMount), root.WriteFile(noTmpRemark, nil, 0o600))
}

// uninstall removes everything of the agent from a disk that nothing uses.
func uninstall(ctx context.Context, file, mount string) error {
	return onDisk(ctx, file, mount, remove)
}

func remove(root *os.Root) error {
	var all error
	for _, folder := range []string{agentWants, keepWants} {
		if _, err := root.Lstat(agentDir + "/made-" + path.Base(folder)); err == nil {
			defer func() { _ = root.Remove(folder) }() // fails if something else is in it
		}
	}
	if to, err := root.Readlink(tmpMount); err == nil && to == noTmpMount {
		if _, err := root.Lstat(noTmpRemark); err == nil {
			all = root.Remove(tmpMount)
		}
	}
	for _, name := range []string{agentLink, agentUnit, keepLink, keepUnit} {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return errors.Join(all, removeFolder(root, agentDir))
}

// removeFolder removes a folder of the guest's, at any depth of folders.
func removeFolder(root *os.Root, name string) error {
	above, err := root.OpenFile(path.Dir(name), os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0) // links do not lead out of root
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer above.Close()
	return folder.RemoveAll(fmt.Sprintf("/proc/self/fd/%d/%s", above.Fd(), path.Base(name)))
}

// onDisk calls do with the root of a disk. Names in it are resolved below the root,
// because the guest may have made links that lead out.
func onDisk(ctx context.Context, file, mount string, do func(*os.Root) error) error {
	if err := os.MkdirAll(mount, 0o700); err != nil {
		return err
	}
	mounted, err := disk.MountFiles(ctx, file, mount)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(mounted.Dir)
	if err == nil {
		err = do(root)
		if err == nil {
			trim(root)
		}
		err = errors.Join(err, root.Close())
	}
	return errors.Join(err, mounted.Close(), os.Remove(mount))
}

// trim discards the blocks of removed files.
func trim(root *os.Root) {
	d, err := root.Open(".")
	if err != nil {
		return
	}
	defer d.Close()
	_ = filesystem.Trim(d) // the unmount reports errors of writing
}

// put copies a program into a disk.
func put(root *os.Root, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("the agent is missing: %w", err)
	}
	defer in.Close()
	out, err := root.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(0o755), out.Close())
}

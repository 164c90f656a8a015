package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"ingot/internal/machine/uplink"
)

const (
	nspawn        = "systemd-nspawn"
	directoryFlag = "--directory="
	agentName     = "ingot-agent"
	insideDir     = "/run/ingot" // where a machine sees its run folder
	environment   = "environment"
)

// tmpOverride takes the place of what empties /tmp at boot.
const tmpOverride = "d /tmp 1777 root root -\nd /var/tmp 1777 root root -\n"

// words are for the machine's systemd, as on a kernel's command line. What waits for
// hardware or for an address from outside would wait for ever; nobody sits at a
// console; and the timers of apt would take its lock from the components.
var words = []string{
	"systemd.mask=systemd-remount-fs.service", "systemd.mask=systemd-networkd-wait-online.service",
	"systemd.mask=tmp.mount", "cloud-init=disabled",
	"systemd.getty_auto=no", "systemd.mask=serial-getty@ttyS0.service",
	"systemd.mask=apt-daily.timer", "systemd.mask=apt-daily-upgrade.timer",
}

// args is nspawn's command line. Each of them was found by experiment: most
// alternatives fail without a word.
func (l *life) args() []string {
	id, dir := l.s.id, l.s.dir
	mapped := ""
	args := []string{
		"--boot", "--machine=" + keyOf(dir), directoryFlag + filepath.Join(dir, mountDir),
		"--private-network", "--notify-ready=yes", "--register=no", "--keep-unit", "--settings=no",
		"--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only",
	}
	if id.Users {
		mapped = ":idmap"
		args = append(args, "--private-users=pick", "--private-users-ownership=map")
	}
	args = append(args, "--hostname="+cmp.Or(id.Hostname, id.Token))
	bind := func(flag, from, to, options string) {
		args = append(args, flag+"="+strings.ReplaceAll(from, ":", `\:`)+":"+to+options)
	}
	bind("--bind", filepath.Join(dir, runDir), insideDir, mapped)
	bind("--bind-ro", filepath.Join(dir, hostDir), filepath.Join(insideDir, hostDir), mapped)
	bind("--bind-ro", id.Agent, filepath.Join(insideDir, agentName), "")
	for _, m := range l.s.apart {
		bind("--bind", m.from, m.to, mapped)
	}
	if id.Continues && l.n == 1 {
		bind("--bind-ro", filepath.Join(dir, tmpFile), "/run/tmpfiles.d/tmp.conf", "")
	}
	if l.plainResolver() {
		bind("--bind-ro", filepath.Join(dir, resolvFile), "/etc/resolv.conf", "")
	}
	return append(args, words...)
}

// handInFiles writes what nspawn mounts into the machine.
func (l *life) handInFiles() error {
	inside := filepath.Join(insideDir, hostDir)
	files := map[string][]byte{
		filepath.Join(hostDir, environment): uplink.EnvironmentFile(l.s.uplink.Environment(inside)),
		tmpFile:                             []byte(tmpOverride),
		resolvFile:                          []byte(l.s.uplink.ResolvConf()),
	}
	for name, text := range l.s.uplink.Files(inside) {
		files[filepath.Join(hostDir, name)] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(l.s.dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// resolverLink is where /etc/resolv.conf of the image leads, or nothing.
func (l *life) resolverLink() string {
	to, err := os.Readlink(filepath.Join(l.s.dir, mountDir, "etc/resolv.conf"))
	if err != nil {
		return ""
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join("/etc", to)
	}
	return filepath.Clean(to)
}

// plainResolver says that the image has a resolv.conf that can be mounted over.
func (l *life) plainResolver() bool {
	info, err := os.Lstat(filepath.Join(l.s.dir, mountDir, "etc/resolv.conf"))
	return err == nil && info.Mode().IsRegular()
}

// handIn gives the resolver to an image whose resolv.conf lies below /run, where
// nothing may be mounted: the files are written before its systemd has started a
// service. The one for systemd-resolved makes it ask our name servers.
func (l *life) handIn(leader int) error {
	files := map[string]string{"systemd/resolved.conf.d/ingot.conf": l.s.uplink.Resolved()}
	if to, ok := strings.CutPrefix(l.resolverLink(), "/run/"); ok {
		files[to] = l.s.uplink.ResolvConf()
	}
	owner, err := rootOf(leader)
	if err != nil {
		return l.unlessDead(err)
	}
	run, err := os.OpenRoot(fmt.Sprintf("/proc/%d/root/run", leader))
	if err != nil {
		return l.unlessDead(fmt.Errorf("handing the resolver to the machine: %w", err))
	}
	defer run.Close()
	for name, text := range files {
		if err := put(run, name, text, owner); err != nil {
			return l.unlessDead(fmt.Errorf("handing %s to the machine: %w", name, err))
		}
	}
	return nil
}

// put writes a file that belongs to the machine's root, with the folders above it.
func put(root *os.Root, name, text string, owner int) error {
	var dir string
	for part := range strings.SplitSeq(filepath.Dir(name), "/") {
		dir = filepath.Join(dir, part)
		err := root.Mkdir(dir, 0o755)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err = errors.Join(err, root.Lchown(dir, owner, owner)); err != nil {
			return err
		}
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil // a service was quicker, and knows better
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Chown(owner, owner), f.Close())
}

// rootOf gives the user on the host that is root in the namespace of a process.
func rootOf(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/uid_map", pid))
	if err != nil {
		return 0, err
	}
	var inside, outside, count int
	if _, err := fmt.Sscan(string(text), &inside, &outside, &count); err != nil || inside != 0 {
		return 0, fmt.Errorf("process %d has no root of its own: %q", pid, text)
	}
	return outside, nil
}

// agentTime bounds the start of the agent's unit.
const agentTime = 60 * time.Second

// startAgent starts the agent as a unit that nothing on the disk knows of. It may
// be killed and comes back; what components started stays.
func (l *life) startAgent(leader int) error {
	ctx, cancel := context.WithTimeout(context.Background(), agentTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", "--target", fmt.Sprint(leader), "--all", "systemd-run", "--quiet",
		"--unit="+agentName, "--description=Ingot's agent",
		"--property=KillMode=process", "--property=OOMScoreAdjust=-900", "--property=OOMPolicy=continue",
		"--property=Restart=always", "--property=RestartSec=100ms", "--property=StartLimitIntervalSec=0",
		"--property=TimeoutStopSec=2", "--property=TasksMax=infinity",
		"--property=EnvironmentFile=-"+filepath.Join(insideDir, hostDir, environment),
		filepath.Join(insideDir, agentName), "serve", "--socket", filepath.Join(insideDir, agentSocket), "--state", filepath.Join(insideDir, "state"))
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("starting the agent: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/folder"
	"ingot/internal/machine/uplink"
)

const (
	nspawn        = "systemd-nspawn"
	directoryFlag = "--directory="
	agentName     = "ingot-agent"
	insideDir     = "/run/ingot" // where a machine sees its run folder
	environment   = "environment"
	upFile        = "up"         // in the host's folder: exists when the system is up
	unitsDir      = "units"      // in the host's folder: our units
	generatorsDir = "generators" // in the host's folder: an empty file for each of idle
)

// agentUnit is started inside with the first services, so that no program of the image
// runs outside of the machine's limits. The agent waits for the file up, and then
// continues its run at once. If it is killed, it is restarted, and what components
// started stays.
const agentUnit = `[Unit]
Description=Ingot's agent
DefaultDependencies=no
IgnoreOnIsolate=yes
Conflicts=shutdown.target
Before=shutdown.target
StartLimitIntervalSec=0

[Service]
EnvironmentFile=-` + insideDir + "/" + hostDir + "/" + environment + `
ExecStart=` + insideDir + "/" + agentName + " serve --socket " + insideDir + "/" + agentSocket + " --shell " + insideDir + "/" + shellSocket +
	" --state " + insideDir + "/state --after " + insideDir + "/" + hostDir + "/" + upFile + `
Restart=always
RestartSec=100ms
TimeoutStopSec=2
KillMode=process
OOMScoreAdjust=-900
OOMPolicy=continue
TasksMax=infinity
`

// tmpOverride replaces the file of tmpfiles.d that empties /tmp at boot.
const tmpOverride = "d /tmp 1777 root root -\nd /var/tmp 1777 root root -\n"

// words are options for the machine's systemd, as on a kernel's command line. Services
// that wait for hardware or an address would wait for ever; the console has no user;
// apt's timers would hold its lock when components need it; and the journal and the list
// of boots of a build machine do not belong on an image.
var words = []string{
	"systemd.mask=systemd-remount-fs.service", "systemd.mask=systemd-networkd-wait-online.service",
	"systemd.mask=tmp.mount", "cloud-init=disabled",
	"systemd.getty_auto=no", "systemd.mask=serial-getty@ttyS0.service",
	"systemd.mask=apt-daily.timer", "systemd.mask=apt-daily-upgrade.timer",
	"systemd.mask=systemd-network-generator.service", "systemd.mask=e2scrub_reap.service",
	"systemd.mask=systemd-journal-flush.service", "systemd.mask=systemd-update-utmp.service",
	"systemd.mask=systemd-update-utmp-runlevel.service",
}

// asBefore is another option, for a boot that continues a node. Components must not
// notice it as a boot, so services for the first boot after an update do not run.
const asBefore = "systemd.condition-needs-update=no"

// idle are generators that have nothing to do in a sandbox: they look for hardware, for
// consoles, or for what the options above switch off. Each would cost 30 ms of a
// processor.
var idle = []string{
	"cloud-init-generator", "systemd-bless-boot-generator", "systemd-cryptsetup-generator", "systemd-getty-generator",
	"systemd-gpt-auto-generator", "systemd-hibernate-resume-generator", "systemd-integritysetup-generator",
	"systemd-run-generator", "systemd-veritysetup-generator",
}

// unwalled are services that every boot waits for and that systemd would put into
// namespaces of their own. A sandbox has namespaces already, and more of them cost a
// tenth of a second each.
var unwalled = []string{"systemd-logind", "systemd-networkd", "systemd-resolved"}

const noWalls = `[Service]
LockPersonality=no
MemoryDenyWriteExecute=no
PrivateDevices=no
PrivateTmp=no
ProtectClock=no
ProtectControlGroups=no
ProtectHome=no
ProtectHostname=no
ProtectKernelLogs=no
ProtectKernelModules=no
ProtectKernelTunables=no
ProtectProc=default
ProtectSystem=no
ReadWritePaths=
RestrictAddressFamilies=
RestrictNamespaces=no
RestrictRealtime=no
RestrictSUIDSGID=no
SystemCallArchitectures=
SystemCallFilter=
`

// credulous are services that load credentials of the host, of which there are none. For
// that, systemd would mount and unmount a file system for each.
var credulous = []string{"systemd-sysctl", "systemd-sysusers", "systemd-tmpfiles-setup", "systemd-tmpfiles-setup-dev"}

const noCredentials = "[Service]\nLoadCredential=\n"

// outside are mounts that the machine did not make. At the end its systemd would call a
// program to unmount each of them, mostly in vain.
var outside = []string{
	"proc-.mount", "sys-.mount", "run-ingot.mount", "run-ingot-.mount", "run-tmpfiles.d-tmp.conf.mount",
}

const left = "[Unit]\nDefaultDependencies=no\n"

// args returns nspawn's command line. Each argument was found by experiment; most
// alternatives fail silently.
func (l *life) args() []string {
	id, dir := l.s.id, l.s.dir
	mapped := ""
	args := []string{
		"--boot", "--machine=" + kind.Key(dir), directoryFlag + filepath.Join(dir, mountDir),
		"--private-network", "--notify-ready=yes", "--register=no", "--keep-unit", "--settings=no",
		"--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=read-only",
	}
	if id.Users {
		mapped = ":idmap"
		args = append(args, "--private-users=pick", "--private-users-ownership=map")
	}
	// Nothing can be mounted below /run/systemd, but systemd can be told to look
	// elsewhere first; the colon means that the usual places follow.
	inside := filepath.Join(insideDir, hostDir)
	args = append(args, "--hostname="+cmp.Or(id.Hostname, id.Token),
		"--setenv=SYSTEMD_UNIT_PATH="+filepath.Join(inside, unitsDir)+":",
		"--setenv=SYSTEMD_GENERATOR_PATH="+filepath.Join(inside, generatorsDir)+":")
	bind := func(flag, from, to, options string) {
		args = append(args, flag+"="+strings.ReplaceAll(from, ":", `\:`)+":"+to+options)
	}
	bind("--bind", filepath.Join(dir, runDir), insideDir, mapped)
	bind("--bind-ro", filepath.Join(dir, hostDir), inside, mapped)
	bind("--bind-ro", filepath.Join(dir, agentName), filepath.Join(insideDir, agentName), "")
	for _, m := range l.s.apart {
		bind("--bind", m.from, m.to, mapped)
	}
	if id.Continues && l.n == 1 {
		bind("--bind-ro", filepath.Join(dir, tmpFile), "/run/tmpfiles.d/tmp.conf", "")
	}
	if l.plainResolver() {
		bind("--bind-ro", filepath.Join(dir, resolvFile), "/etc/resolv.conf", "")
	}
	args = append(args, words...)
	if id.Continues && l.n == 1 {
		args = append(args, asBefore)
	}
	return args
}

// handInFiles writes the files that nspawn mounts into the machine, anew for each life,
// because root of the life before may have changed them.
func (l *life) handInFiles() error {
	err := errors.Join(l.s.uncover(), mountPoints(l.s.dir), l.s.cover(), copyAgent(l.s.id.Agent, filepath.Join(l.s.dir, agentName)))
	if err != nil {
		return err
	}
	inside := filepath.Join(insideDir, hostDir)
	files := map[string][]byte{
		filepath.Join(hostDir, environment): uplink.EnvironmentFile(l.s.uplink.Environment(inside)),
		tmpFile:                             []byte(tmpOverride),
		resolvFile:                          []byte(l.s.uplink.ResolvConf()),
		filepath.Join(hostDir, unitsDir, agentName+".service"): []byte(agentUnit),
	}
	for name, text := range l.s.uplink.Files(inside) {
		files[filepath.Join(hostDir, name)] = text
	}
	for _, name := range unwalled {
		files[filepath.Join(hostDir, unitsDir, name+".service.d", "unwalled.conf")] = []byte(noWalls)
	}
	for _, name := range credulous {
		files[filepath.Join(hostDir, unitsDir, name+".service.d", "alone.conf")] = []byte(noCredentials)
	}
	for _, name := range outside {
		files[filepath.Join(hostDir, unitsDir, name+".d", "left.conf")] = []byte(left)
	}
	for _, name := range idle {
		files[filepath.Join(hostDir, generatorsDir, name)] = nil
	}
	for name, text := range files {
		path := filepath.Join(l.s.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644)); err != nil {
			return err
		}
	}
	return wanted(filepath.Join(l.s.dir, hostDir, unitsDir), agentName+".service")
}

// mountPoints makes the folders that are mounted into a machine and their mount points,
// which a machine's root cannot make. It removes what is there except the agent's own
// files.
func mountPoints(dir string) error {
	run := filepath.Join(dir, runDir)
	inside, agent := filepath.Join(run, hostDir), filepath.Join(run, agentName)
	for _, old := range []string{filepath.Join(dir, hostDir), inside, agent} {
		if err := folder.RemoveAll(old); err != nil {
			return err
		}
	}
	for _, made := range []string{run, filepath.Join(dir, hostDir), inside} {
		if err := os.MkdirAll(made, 0o755); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(agent, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	return f.Close()
}

// copyAgent makes the machine's own copy of the agent. If root inside is root of the
// host, it can write to read-only mounts, and other machines and the host run the
// original.
func copyAgent(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) { // of the life before
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) // the kernel shares blocks where it can
	return errors.Join(err, out.Close())
}

// wanted makes systemd start a unit of a folder with the first services.
func wanted(dir, unit string) error {
	wants := filepath.Join(dir, "sysinit.target.wants")
	if err := os.MkdirAll(wants, 0o755); err != nil {
		return err
	}
	return os.Symlink(filepath.Join("..", unit), filepath.Join(wants, unit))
}

// resolverLink returns the target of /etc/resolv.conf of the image, or "" if it is not a
// link.
func (l *life) resolverLink() string {
	disk, err := os.OpenRoot(filepath.Join(l.s.dir, mountDir))
	if err != nil {
		return ""
	}
	defer disk.Close()
	to, err := disk.Readlink("etc/resolv.conf") // the folders above it may be links, too
	if err != nil {
		return ""
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join("/etc", to)
	}
	return filepath.Clean(to)
}

// plainResolver reports whether the image has a resolv.conf that can be mounted over.
func (l *life) plainResolver() bool {
	disk, err := os.OpenRoot(filepath.Join(l.s.dir, mountDir))
	if err != nil {
		return false
	}
	defer disk.Close()
	info, err := disk.Lstat("etc/resolv.conf")
	return err == nil && info.Mode().IsRegular()
}

// handIn writes the resolver of an image whose resolv.conf is below /run, where nothing
// can be mounted. It does so before the image's systemd has started a service. The file
// for systemd-resolved makes it ask our name servers.
func (l *life) handIn(leader int) error {
	files := map[string]string{"systemd/resolved.conf.d/ingot.conf": l.s.uplink.Resolved()}
	if to, ok := strings.CutPrefix(l.resolverLink(), "/run/"); ok {
		files[to] = l.s.uplink.ResolvConf()
	}
	// Paths through this open folder reach this process or fail, even if its number is
	// reused.
	process, err := os.Open(fmt.Sprintf("/proc/%d", leader))
	if err != nil || l.gone() {
		return nil // its end is reported elsewhere
	}
	defer process.Close()
	path := fmt.Sprintf("/proc/self/fd/%d", process.Fd())
	owner, err := rootOf(path)
	if err != nil {
		return l.unlessDead(err)
	}
	for name, text := range files {
		if err := putBelowRun(path, name, text, owner); err != nil {
			return l.unlessDead(fmt.Errorf("handing %s to the machine: %w", name, err))
		}
	}
	return nil
}

// gone reports whether the leader has ended, so that its number may be another process's.
func (l *life) gone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leader < 0 || unix.PidfdSendSignal(l.leader, 0, nil, 0) != nil
}

// putBelowRun writes a file into /run as a process sees it. Each folder on the path may
// have been replaced by a link, which must not lead to the host's files, or by something
// that blocks when it is opened.
func putBelowRun(process, name, text string, owner int) error {
	root, err := os.OpenRoot(filepath.Join(process, "root"))
	if err != nil {
		return err
	}
	defer root.Close()
	return put(root, filepath.Join("run", name), text, owner)
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
		return nil // a service has written it already
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Chown(owner, owner), f.Close())
}

// rootOf returns the user on the host that is root in the user namespace of a process.
func rootOf(process string) (int, error) {
	text, err := os.ReadFile(filepath.Join(process, "uid_map"))
	if err != nil {
		return 0, err
	}
	var inside, outside, count int
	if _, err := fmt.Sscan(string(text), &inside, &outside, &count); err != nil || inside != 0 {
		return 0, fmt.Errorf("a machine's system has no root of its own: %q", text)
	}
	return outside, nil
}

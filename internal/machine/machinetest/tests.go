package machinetest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/agent/protocol"
	"ingot/internal/artifact/disk"
	"ingot/internal/machine"
)

const component = `
name: suite
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: File
        action: CreateFile
        inputs:
          - path: /etc/suite
            content: from a component
      - name: Bash
        action: ExecuteBash
        inputs:
          commands:
            - cat /etc/suite
`

// life tests one machine from its launch to its end.
func (b *bench) life() {
	spec := b.spec(b.Disk(b))
	b.plant(spec.Disk, "tmp/old")
	Plant(b, spec.Disk, "root")
	g := b.launch(spec)
	g.isNew()
	g.devices()
	g.network()
	g.abilities()
	b.checkDisk(g.snapshotWhileWriting(), "etc/suite", "busy/first")
	g.stop()
	g.isOff("etc/suite", "busy/first")
}

// isNew checks a machine that has just been launched, on a disk with a planted file.
func (g *guest) isNew() {
	g.Helper()
	if left := g.exec("ls -A /tmp | grep -v -e ^systemd-private -e '^\\.' || :"); left != "" {
		g.Errorf("a boot that continues nothing has %q in /tmp", left)
	}
	if g.hello.Hostname != "suite" || g.hello.OSID == "" || g.hello.Boot == "" {
		g.Errorf("the hello is %+v", g.hello)
	}
	again, err := g.Backend.Launch(g.ctx, g.spec)
	if err != nil {
		g.Fatalf("launching a second time: %v", err)
	}
	if second := g.greet(again, g.spec); second.hello.Boot != g.hello.Boot {
		g.Error("the second launch for a token made a second machine")
	}
	if state := g.exec("systemctl is-system-running || :"); state != "running" {
		g.Errorf("the system is %s: %s", state, g.exec("systemctl --failed --no-legend --plain"))
	}
	if _, lines := g.run(component); !slices.Contains(lines, "from a component") {
		g.Errorf("the component printed %q", lines)
	}
}

// isOff checks a machine that was stopped, and its disk.
func (g *guest) isOff(files ...string) {
	g.Helper()
	g.checkDisk(g.spec.Disk, files...)
	if exit := g.ended(machine.PoweredOff); exit.At.IsZero() {
		g.Error("the end of the machine has no time")
	}
	if _, err := g.Backend.Attach(g.ctx, g.spec.Token); !errors.Is(err, machine.ErrNotFound) {
		g.Errorf("attaching to a machine that has ended gives %v", err)
	}
	if _, err := g.Dial(g.ctx); !isExit(err, machine.PoweredOff) {
		g.Errorf("dialling a machine that has ended gives %v", err)
	}
}

// network checks that the machine reaches the world and not the host.
func (g *guest) network() {
	g.Helper()
	g.download()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		g.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		g.Fatal(err)
	}
	script := "exec 2>/dev/null\n"
	for _, a := range addresses {
		if ip, _, err := net.ParseCIDR(a.String()); err == nil && !ip.IsLinkLocalUnicast() {
			script += fmt.Sprintf("timeout 1 bash -c '</dev/tcp/%[1]s/%[2]s' && echo %[1]s &\n", ip, port)
		}
	}
	if reached := g.exec(script + "wait"); reached != "" {
		g.Errorf("the machine reaches the host at %s", reached)
	}
}

// download fetches one file of the distribution as apt does.
func (g *guest) download() {
	g.Helper()
	g.exec(`set -- $(apt-get --print-uris update | tr -d "'")
/usr/lib/apt/apt-helper -o Acquire::Retries=0 download-file "$1" /root/downloaded 2>&1`)
}

// snapshotWhileWriting copies the disk under load and returns the copy.
func (g *guest) snapshotWhileWriting() string {
	g.Helper()
	g.exec(`mkdir /busy; echo first >/busy/first; sync
setsid sh -c 'while [ ! -e /busy/enough ]; do head -c 200K /dev/urandom >/busy/a; mv /busy/a /busy/b; done' >/dev/null 2>&1 </dev/null &`)
	var dst string
	for n := range 3 {
		dst = fmt.Sprintf("%s.copy%d", g.spec.Disk, n)
		g.Cleanup(func() { os.Remove(dst) })
		g.snapshot(dst)
	}
	return dst
}

func (g *guest) snapshot(dst string) {
	g.Helper()
	start := time.Now()
	if err := g.Snapshot(g.ctx, dst); err != nil {
		g.Fatalf("copying the disk: %v", err)
	}
	g.Logf("copied the disk in %v", time.Since(start).Round(time.Millisecond))
}

// checkDisk checks that a disk is whole, has the files and nothing of the agent.
func (b *bench) checkDisk(path string, files ...string) {
	b.Helper()
	if err := disk.Check(b.ctx, path); err != nil {
		b.Errorf("after its machine: %v", err)
	}
	copied := path + ".looked-at" // mounting would change it
	if err := disk.Clone(b.ctx, path, copied); err != nil {
		b.Fatal(err)
	}
	defer os.Remove(copied)
	m, err := disk.Mount(b.ctx, copied, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			b.Error(err)
		}
	}()
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(m.Dir, f)); err != nil {
			b.Errorf("a file is missing on the disk: %v", err)
		}
	}
	for _, dir := range []string{"etc", "usr", "opt", "root", "run", "var/lib", "tmp"} {
		_ = filepath.WalkDir(filepath.Join(m.Dir, dir), func(p string, _ os.DirEntry, err error) error {
			if err == nil && strings.Contains(filepath.Base(p), "ingot-agent") {
				b.Errorf("something of ours is on the disk: %s", p)
			}
			return nil
		})
	}
}

// plant puts an empty file on a disk.
func (b *bench) plant(path, file string) {
	b.Helper()
	m, err := disk.Mount(b.ctx, path, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(m.Dir, file), nil, 0o644), m.Close()); err != nil {
		b.Fatal(err)
	}
}

const rebooting = `
name: suite
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Before
        action: ExecuteBash
        inputs:
          commands:
            - cat /proc/sys/kernel/random/boot_id >/root/before
      - name: Again
        action: Reboot
        inputs:
          delaySeconds: 0
      - name: After
        action: ExecuteBash
        inputs:
          commands:
            - '! cmp /root/before /proc/sys/kernel/random/boot_id'
            - echo came back
`

func (b *bench) reboot() {
	g := b.launch(b.spec(b.Disk(b)))
	g.restart()
	g.stop()
	b.checkDisk(g.spec.Disk, "root/before")
}

// restart runs a component that restarts the machine and continues.
func (g *guest) restart() {
	g.Helper()
	start := time.Now()
	result, lines := g.run(rebooting)
	g.Logf("the run with a reboot took %v", time.Since(start).Round(time.Millisecond))
	if result.Reboots != 1 || !slices.Contains(lines, "came back") {
		g.Errorf("%d reboots, output %q", result.Reboots, lines)
	}
	g.download() // the network works again
}

// copy launches a second machine on a copy of the disk beside the first.
func (b *bench) copy() {
	first := b.launch(b.spec(b.Disk(b)))
	first.write()
	dst := first.spec.Disk + ".node"
	b.Cleanup(func() { os.Remove(dst) })
	first.snapshot(dst)
	second := first.goOn(dst, "")
	first.exec("cat /tmp/file") // the first still runs
	first.stop()
	second.download() // the end of the first left the network of the second
	second.stop()
}

// write writes the files that goOn checks.
func (g *guest) write() {
	g.Helper()
	g.exec("echo kept >/tmp/file; mkdir -m 700 /tmp/folder; echo kept >/var/tmp/file; sync")
	if kind := g.exec("stat -f -c %T /tmp"); kind == "tmpfs" {
		g.Error("/tmp is not on the disk")
	}
}

// goOn launches another machine on a copy of the disk, as a build continues.
func (g *guest) goOn(dst, firmware string) *guest {
	g.Helper()
	spec := g.bench.spec(dst)
	spec.Continues, spec.Firmware = true, firmware
	second := g.launch(spec)
	if said := second.exec("cat /tmp/file /var/tmp/file; ls -d /tmp/folder"); said != "kept\nkept\n/tmp/folder" {
		g.Errorf("the second machine has %q", said)
	}
	return second
}

func (b *bench) outlive() {
	spec := b.spec(b.Disk(b))
	g := b.elsewhere(spec)
	g.exec("true")
	tokens, err := b.Backend.Tokens(b.ctx)
	if err != nil || !slices.Contains(tokens, spec.Token) {
		b.Errorf("tokens %v, %v do not have the machine", tokens, err)
	}
	g.stop()
}

// killedSupervisor kills the supervisor of a machine, and launches it again on the same
// disk, which was not unmounted.
func (b *bench) killedSupervisor() {
	g := b.launch(b.spec(b.Disk(b)))
	g.exec("echo written >/root/file; sync")
	g.loseSupervisor()
	again := g.launch(g.spec)
	if said := again.exec("cat /root/file"); said != "written" {
		g.Errorf("the disk has %q", said)
	}
	if err := unix.Kill(b.supervisor(again.spec.Token), unix.SIGKILL); err != nil {
		b.Fatal(err)
	}
}

// loseSupervisor kills the supervisor of a machine, which ends with it.
func (g *guest) loseSupervisor() {
	g.Helper()
	if err := unix.Kill(g.supervisor(g.spec.Token), unix.SIGKILL); err != nil {
		g.Fatal(err)
	}
	g.ended(machine.Killed)
	if _, err := g.Backend.Attach(g.ctx, g.spec.Token); !errors.Is(err, machine.ErrNotFound) {
		g.Fatalf("attaching to a machine without supervisor gives %v", err)
	}
}

func (b *bench) frozen() {
	if b.Freeze == nil {
		return
	}
	g := b.launch(b.spec(b.Disk(b)))
	b.Freeze(b, g.spec.Token)
	if _, err := b.Backend.Attach(b.ctx, g.spec.Token); err != nil {
		b.Fatalf("attaching to a frozen machine: %v", err)
	}
	g.exec("echo on >/root/file; sync")
	b.Freeze(b, g.spec.Token)
	start := time.Now()
	if err := b.Backend.Destroy(b.ctx, g.spec.Token); err != nil {
		b.Errorf("destroying a frozen machine: %v", err)
	}
	b.Logf("destroyed after %v", time.Since(start).Round(time.Millisecond))

	g = b.launch(b.spec(b.Disk(b)))
	b.Freeze(b, g.spec.Token)
	if err := unix.Kill(b.supervisor(g.spec.Token), unix.SIGKILL); err != nil {
		b.Fatal(err)
	}
	if err := b.Backend.Destroy(b.ctx, g.spec.Token); err != nil {
		b.Errorf("destroying a frozen machine without supervisor: %v", err)
	}
}

func (b *bench) badDisk() {
	path := b.Disk(b)
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no disk\n", 1<<16)), 0o600); err != nil {
		b.Fatal(err)
	}
	spec := b.spec(path)
	m, err := b.Backend.Launch(b.ctx, spec)
	if err != nil {
		return
	}
	if exit, err := m.Wait(b.ctx); err != nil || exit.Kind == machine.PoweredOff {
		b.Errorf("a machine without a disk ended as %v, %v", exit, err)
	}
}

func (b *bench) nothing() {
	const token = "mt-never-was"
	for range 2 {
		if err := b.Backend.Destroy(b.ctx, token); err != nil {
			b.Error(err)
		}
	}
	if _, err := b.Backend.Attach(b.ctx, token); !errors.Is(err, machine.ErrNotFound) {
		b.Errorf("attaching gives %v", err)
	}
	if err := b.Backend.Destroy(b.ctx, "../etc"); err == nil {
		b.Error("a path was taken for a token")
	}
}

func (b *bench) selfOff() {
	b.launch(b.spec(b.Disk(b))).powerOff()
}

// powerOff makes the system power itself off.
func (g *guest) powerOff() {
	g.Helper()
	// The machine may be gone before it has answered.
	_, _ = g.agent.Exec(g.ctx, protocol.Exec{ID: "off", Script: "systemctl --no-block poweroff"}, nil)
	g.ended(machine.PoweredOff)
	if err := g.Stop(g.ctx); err != nil {
		g.Errorf("stopping a machine that is off: %v", err)
	}
}

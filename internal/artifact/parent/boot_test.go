package parent_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
)

// look is a unit that prints facts about the booted system on the second serial port,
// does what a test asks for, and switches the machine off.
const look = `[Unit]
DefaultDependencies=no
After=multi-user.target

[Service]
Type=exec
ExecStart=/bin/sh /look
`

// facts are the lines that look prints: a mark, a name, a colon and a value.
const facts = `
exec >/dev/ttyS1 2>&1
say() { printf '\nLOOK %s: %s\n' "$1" "$(shift; "$@" 2>&1 | tr '\n' ' ')"; }
efi() { [ -d /sys/firmware/efi ] && echo UEFI || echo BIOS; }
say firmware efi
say cmdline cat /proc/cmdline
say failed systemctl --failed --plain --no-legend
say ssh systemctl is-active ssh
say keys sh -c 'ls /etc/ssh/ssh_host_*_key | wc -l'
say cloud-init sh -c 'cloud-init status || true'
say machine-id sh -c 'wc -c </etc/machine-id'
say password awk -F: '$2 !~ /^[!*]/ { print $1 }' /etc/shadow
say root findmnt --noheadings --output SOURCE,FSTYPE /
`

const goodbye = `
sync
while ! systemctl -q is-active serial-getty@ttyS0; do sleep 0.2; done
sleep 2 # until the prompt is there
systemctl poweroff
`

// TestBoots boots the parent to the login through UEFI. test/e2e tests the boot through
// BIOS and a new kernel, with what is built on it.
func TestBoots(t *testing.T) {
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		t.Skip("booting a disk needs the package qemu-system-x86")
	}
	file := filepath.Join(t.TempDir(), "disk.raw")
	if err := disk.Clone(t.Context(), parenttest.Disk(t), file); err != nil {
		t.Fatal(err)
	}
	prepare(t, file, facts+goodbye)
	boot(t, file).want(t, "cmdline", "console=ttyS0")
	if err := disk.Check(t.Context(), file); err != nil {
		t.Error(err)
	}
}

// prepare puts the unit and its script onto a disk.
func prepare(t *testing.T, file, script string) {
	t.Helper()
	m, err := disk.Mount(t.Context(), file, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	for name, text := range map[string]string{"look": script, "etc/systemd/system/look.service": look} {
		if err := os.WriteFile(filepath.Join(m.Dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(m.Dir, "etc/systemd/system/multi-user.target.wants/look.service")
	if err := os.Symlink("../look.service", link); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
}

// bootTime is long: this machine shares the processors with other tests.
const bootTime = 15 * time.Minute

type console struct {
	text  string
	facts map[string]string
}

// boot boots a disk through UEFI, waits until it switches itself off, and checks what
// every boot must show.
func boot(t *testing.T, file string) console {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bootTime)
	defer cancel()
	answers, screen := filepath.Join(t.TempDir(), "answers"), filepath.Join(t.TempDir(), "console")
	args := []string{
		"-machine", "q35", "-accel", "tcg", "-smp", "2", "-m", "768", "-nodefaults", "-display", "none", "-nic", "none", "-no-reboot",
		"-serial", "file:" + screen, "-serial", "file:" + answers, "-device", "virtio-rng-pci", "-drive", "if=virtio,format=raw,file=" + file,
		"-drive", "if=pflash,format=raw,readonly=on,file=" + ovmf(t),
	}
	start := time.Now()
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", args...)
	out, err := cmd.CombinedOutput()
	c := console{read(t, screen, ""), parse(read(t, answers, ""))}
	if err != nil {
		t.Fatalf("%v: %s; it answered %v; the console ends with:\n%s", err, out, c.facts, c.end())
	}
	t.Logf("from power on to power off in %.1f s", time.Since(start).Seconds())
	c.hold(t)
	return c
}

func ovmf(t *testing.T) string {
	t.Helper()
	for _, f := range []string{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd"} {
		if _, err := os.Stat(f); err == nil {
			return f
		}
	}
	t.Skip("booting through UEFI needs the package ovmf")
	return ""
}

// parse returns the facts without what firmware and GRUB write to every serial port.
func parse(answers string) map[string]string {
	facts := map[string]string{}
	for line := range strings.Lines(answers) {
		if rest, ok := strings.CutPrefix(line, "LOOK "); ok {
			name, value, _ := strings.Cut(rest, ":")
			facts[name] = strings.TrimSpace(value)
		}
	}
	return facts
}

// end returns the end of the console.
func (c console) end() string { return c.text[max(0, len(c.text)-3000):] }

func (c console) want(t *testing.T, name, part string) {
	t.Helper()
	if got, ok := c.facts[name]; !ok || !strings.Contains(got+" ", part) {
		t.Errorf("%s is %q, want %q", name, got, part)
	}
}

func (c console) hold(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"firmware": "UEFI", "failed": "", "ssh": "active", "keys": "2", "machine-id": "33", "password": "", "cloud-init": "status: disabled",
	} {
		if got, ok := c.facts[name]; !ok || got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if !strings.Contains(c.text, " login:") {
		t.Error("there is no login prompt on the serial console")
	}
	if t.Failed() {
		t.Logf("the console ends with:\n%s", c.end())
	}
}

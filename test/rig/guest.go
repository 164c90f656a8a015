package rig

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"ingot/internal/machine/qemu"
)

// Guest is a disk booted by a QEMU that the test starts itself.
type Guest struct {
	t       testing.TB
	HTTP    string     // base URL of port 80
	address string     // of ssh
	signer  ssh.Signer // of the key in its seed
	console string
	qemu    *exec.Cmd
}

// Boot starts a disk file (raw or qcow2) under "bios" or "uefi" on a snapshot that
// is thrown away.
func Boot(t testing.TB, disk, format, firmware string) *Guest {
	t.Helper()
	g := &Guest{t: t}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if g.signer, err = ssh.NewSignerFromKey(private); err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(t.TempDir(), "seed.img")
	if err := qemu.Seed(seed, string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key))), "guest"); err != nil {
		t.Fatal(err)
	}
	g.start(disk, format, firmware, "-drive", "if=virtio,readonly=on,format=raw,file="+seed)
	return g
}

// BootShowing is Boot without a seed, which takes half the time and allows no login.
// Instead the web server shows files of the running system, by names that are made for
// this boot.
func BootShowing(t testing.TB, disk, format, firmware string, files map[string]string) *Guest {
	t.Helper()
	var links strings.Builder
	for name, file := range files {
		fmt.Fprintf(&links, "L /var/www/html/%s - - - - %s\n", name, file)
	}
	g := &Guest{t: t}
	g.start(disk, format, firmware, "-smbios", "type=11,value=io.systemd.credential.binary:tmpfiles.extra="+base64.StdEncoding.EncodeToString([]byte(links.String())))
	return g
}

// start starts QEMU with a network and further arguments.
func (g *Guest) start(disk, format, firmware string, more ...string) {
	t := g.t
	t.Helper()
	g.console = filepath.Join(t.TempDir(), "console.log")
	web, shell := freePort(t), freePort(t)
	g.HTTP, g.address = fmt.Sprintf("http://127.0.0.1:%d", web), fmt.Sprintf("127.0.0.1:%d", shell)
	args := append(system(t, disk, format, firmware, g.console), more...)
	args = append(args, "-nic", fmt.Sprintf("user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:%d-:80,hostfwd=tcp:127.0.0.1:%d-:22", web, shell))
	g.qemu = exec.Command("qemu-system-x86_64", args...)
	var said bytes.Buffer
	g.qemu.Stderr = &said
	if err := g.qemu.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = g.qemu.Process.Kill() // it may have ended by itself
		_ = g.qemu.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(g.console)
			t.Logf("%s\nconsole:\n%s", said.String(), Tail(string(text), 30))
		}
	})
}

// system is the command line of a QEMU that boots a disk on a snapshot that is thrown
// away, its console going to a file.
func system(t testing.TB, disk, format, firmware, console string) []string {
	t.Helper()
	args := []string{"-nodefaults", "-machine", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-display", "none", "-no-reboot",
		"-drive", "if=virtio,snapshot=on,format=" + format + ",file=" + disk, "-serial", "file:" + console}
	if firmware == "bios" {
		return args
	}
	code, err := filepath.Glob("/usr/share/OVMF/OVMF_CODE*.fd")
	if err != nil || len(code) == 0 {
		t.Fatal("OVMF is missing: install the package ovmf")
	}
	return append(args, "-drive", "if=pflash,unit=0,readonly=on,format=raw,file="+code[0])
}

// BootOnce boots a raw disk that switches itself off, on a network of its own, and
// returns what its console shows.
func BootOnce(t testing.TB, disk, firmware string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guestTime)
	defer cancel()
	console := filepath.Join(t.TempDir(), "console.log")
	args := append(system(t, disk, "raw", firmware, console), "-nic", "user,model=virtio-net-pci")
	out, err := exec.CommandContext(ctx, "qemu-system-x86_64", args...).CombinedOutput()
	text, rerr := os.ReadFile(console)
	if err = errors.Join(err, rerr); err != nil {
		t.Fatalf("%v: %s\nconsole:\n%s", err, out, Tail(string(text), 30))
	}
	return string(text)
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// guestTime bounds a boot without KVM on a busy host, with cloud-init.
const guestTime = 4 * time.Minute

// retry calls until it succeeds or the guest's time is over. There is no event when a
// guest's services are up.
func (g *Guest) retry(what string, try func(context.Context) error) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), guestTime)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			g.t.Fatalf("%s: %v", what, err)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// Get reads a page of the guest's web server.
func (g *Guest) Get(path string) string {
	g.t.Helper()
	var page bytes.Buffer
	g.retry("asking for "+path, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.HTTP+path, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", answer.Status)
		}
		page.Reset()
		_, err = page.ReadFrom(answer.Body)
		return err
	})
	return page.String()
}

// Console returns what the guest's console has shown so far.
func (g *Guest) Console() string {
	g.t.Helper()
	text, err := os.ReadFile(g.console)
	if err != nil {
		g.t.Fatal(err)
	}
	return string(text)
}

// HostKey returns the key of the ssh server.
func (g *Guest) HostKey() string {
	g.t.Helper()
	var key string
	g.retry("asking for the host key", func(context.Context) error {
		client, err := ssh.Dial("tcp", g.address, &ssh.ClientConfig{Timeout: 20 * time.Second, HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error {
			key = string(ssh.MarshalAuthorizedKey(k))
			return nil
		}})
		if err == nil {
			return client.Close()
		}
		if key != "" {
			return nil // login needs our key
		}
		return err
	})
	return key
}

// Run logs in by ssh as the user debian and runs a command as root. It ignores the
// command's exit status: only a failed login is tried again.
func (g *Guest) Run(command string) string {
	g.t.Helper()
	var out []byte
	g.retry("logging in", func(ctx context.Context) error {
		client, err := ssh.Dial("tcp", g.address, &ssh.ClientConfig{
			User: "debian", Auth: []ssh.AuthMethod{ssh.PublicKeys(g.signer)},
			HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 20 * time.Second,
		})
		if err != nil {
			return err
		}
		defer client.Close()
		session, err := client.NewSession()
		if err != nil {
			return err
		}
		defer session.Close()
		out, err = session.CombinedOutput("sudo sh -c '" + command + "; true'")
		return err
	})
	return string(out)
}

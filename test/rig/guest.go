package rig

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"ingot/internal/machine/qemu"
)

// Guest is a disk booted by a QEMU that the test starts itself, with a seed that
// holds an ssh key.
type Guest struct {
	t       testing.TB
	HTTP    string // base URL of port 80
	address string // of ssh
	signer  ssh.Signer
	console string
	qemu    *exec.Cmd
}

// Boot starts a disk file (raw or qcow2) under "bios" or "uefi" on a snapshot that
// is thrown away.
func Boot(t testing.TB, disk, format, firmware string) *Guest {
	t.Helper()
	dir := t.TempDir()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(dir, "seed.img")
	if err := qemu.Seed(seed, string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(key))), "guest"); err != nil {
		t.Fatal(err)
	}
	g := &Guest{t: t, signer: signer, console: filepath.Join(dir, "console.log")}
	web, shell := freePort(t), freePort(t)
	g.HTTP, g.address = fmt.Sprintf("http://127.0.0.1:%d", web), fmt.Sprintf("127.0.0.1:%d", shell)
	args := []string{"-nodefaults", "-machine", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-display", "none", "-no-reboot",
		"-drive", "if=virtio,snapshot=on,format=" + format + ",file=" + disk, "-drive", "if=virtio,readonly=on,format=raw,file=" + seed,
		"-nic", fmt.Sprintf("user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:%d-:80,hostfwd=tcp:127.0.0.1:%d-:22", web, shell),
		"-serial", "file:" + g.console}
	if firmware == "uefi" {
		code, err := filepath.Glob("/usr/share/OVMF/OVMF_CODE*.fd")
		if err != nil || len(code) == 0 {
			t.Fatal("OVMF is missing: install the package ovmf")
		}
		args = append(args, "-drive", "if=pflash,unit=0,readonly=on,format=raw,file="+code[0])
	}
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
	return g
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

// retry tries until it works or the guest's time is over. A guest tells nobody when
// its services are up.
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

// Run logs in by ssh as the user debian and runs a command as root.
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
		out, err = session.CombinedOutput("sudo sh -c '" + command + "'")
		return err
	})
	return string(out)
}

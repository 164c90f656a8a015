package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"ingot/internal/machine/qemu"
)

func newImageRun() *cobra.Command {
	c := &cobra.Command{
		Use: "run AMI", Short: "boot a machine image and let the caller in by ssh", Args: cobra.ExactArgs(1),
		Long: `Boots the disk of a machine image in QEMU, through its own firmware and bootloader, and
throws away what it writes. A key is made for this run and given to cloud-init; the line
to log in with is printed first. Ctrl-A X ends the machine. It acts for the person who
runs the host: the images of all accounts can be booted.`,
	}
	firmware := c.Flags().String("firmware", "", "bios or uefi (default what the disk was made for)")
	memory := c.Flags().Int("memory", 1024, "MiB")
	c.RunE = withHost(func(c *cobra.Command, h *host, args []string) error {
		_, file, err := h.findAMI(c.Context(), args[0])
		if err != nil {
			return err
		}
		backend, err := h.qemuAlone()
		if err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "ingot-run-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		public, err := loginKey(filepath.Join(dir, "key"))
		if err != nil {
			return err
		}
		seed := filepath.Join(dir, "seed.img")
		if err := qemu.Seed(seed, public, "ingot"); err != nil {
			return err
		}
		port, err := freePort()
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "From another terminal (with sudo if you used it here), when it has booted, which takes half a minute without KVM and longer on a busy host; until then the connection is reset:\n  ssh -i %s -p %d -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1\nCtrl-A X ends the machine.\n",
			filepath.Join(dir, "key"), port)
		return backend.Run(c.Context(), qemu.RunConfig{
			Disk: file, Seed: seed, MemoryMiB: *memory, SSHPort: port, Firmware: *firmware, Console: c.OutOrStdout(), Input: os.Stdin,
		})
	})
	return c
}

// loginKey writes an ssh key to a file and returns the public line.
func loginKey(file string) (string, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	block, err := ssh.MarshalPrivateKey(private, "ingot image run")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		return "", err
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		return "", err
	}
	return string(ssh.MarshalAuthorizedKey(line)), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

package parent

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// included are the packages of a parent: what an image for EC2 has, and what both
// firmwares need to start it.
var included = []string{
	"systemd", "systemd-sysv", "systemd-resolved", "systemd-timesyncd", "udev", "dbus", "libpam-systemd",
	"linux-image-cloud-amd64", "initramfs-tools", "grub-pc-bin", "grub-efi-amd64-bin", "grub2-common",
	"cloud-init", "cloud-guest-utils", "openssh-server", "sudo", "curl", "ca-certificates",
	"iproute2", "ifupdown-", "netbase", "procps", "kmod", "e2fsprogs", "dosfstools", "gdisk", "fdisk", "locales-",
	"less", "vim-tiny", "bash-completion-", "cron", "gpg",
}

// bootstrap installs the packages with the sources that this host uses.
func (b *builder) bootstrap(ctx context.Context) error {
	args := []string{
		"--variant=minbase", "--mode=root", "--format=directory", "--include=" + strings.Join(wanted(included), ","),
		`--aptopt=APT::Install-Recommends "false"`, `--aptopt=Acquire::Languages "none"`,
		`--dpkgopt=path-exclude=/usr/share/man/*`, `--dpkgopt=path-exclude=/usr/share/locale/*`,
		b.suite, b.tree,
	}
	return run(ctx, "", []string{"SOURCE_DATE_EPOCH=1700000000", "DEBIAN_FRONTEND=noninteractive"}, "mmdebstrap", append(args, hostSources(b.suite)...)...)
}

// wanted leaves out the names that end in a hyphen: they only say that a package
// is not wanted.
func wanted(list []string) (out []string) {
	for _, p := range list {
		if !strings.HasSuffix(p, "-") {
			out = append(out, p)
		}
	}
	return out
}

// hostSources gives the package sources of this host where they are for the suite,
// and nothing elsewhere: then the tool takes its default.
func hostSources(suite string) []string {
	files, _ := filepath.Glob("/etc/apt/sources.list.d/*")
	names := regexp.MustCompile(`(?m)(^|\s)` + regexp.QuoteMeta(suite) + `(\s|$)`)
	var found []string
	for _, f := range append([]string{"/etc/apt/sources.list"}, files...) {
		text, err := os.ReadFile(f)
		if err == nil && names.Match(text) {
			found = append(found, f)
		}
	}
	return found
}

// files are what makes a plain Debian an image: a network by DHCP, host keys made
// at first boot, a console on the serial port, no identity.
var files = map[string]string{
	"etc/fstab":      "PARTUUID=" + rootPART + " / ext4 defaults,noatime 0 1\nPARTUUID=" + espPART + " /boot/efi vfat umask=0077,nofail,noauto 0 0\n",
	"etc/machine-id": "",
	"etc/hosts":      "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
	"etc/systemd/network/80-ethernet.network": "[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nUseDomains=yes\n",
	"etc/systemd/system/ssh-host-keys.service": `[Unit]
Description=Make the SSH host keys that are missing
Before=ssh.service
ConditionPathIsReadWrite=/etc/ssh

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
RequiredBy=ssh.service
`,
	"etc/systemd/system/systemd-networkd-wait-online.service.d/any.conf": "[Service]\nExecStart=\nExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=20\n",
	"etc/initramfs-tools/modules":                                        "nvme\nena\nvirtio_blk\nvirtio_pci\nvirtio_scsi\nvirtio_net\nvirtio_console\n",
	"etc/initramfs-tools/conf.d/ingot.conf":                              "MODULES=most\nCOMPRESS=zstd\nRESUME=none\n",
	"etc/cloud/ds-identify.cfg":                                          "policy: search,found=first,maybe=none,notfound=disabled\n",
	"etc/cloud/cloud.cfg.d/90_sources.cfg":                               "datasource_list: [ Ec2, NoCloud, None ]\n",
	"etc/default/grub":                                                   "GRUB_DEFAULT=0\nGRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX=\"" + kernelOptions + "\"\nGRUB_DISABLE_OS_PROBER=true\n",
	"etc/kernel/postinst.d/zz-grub-links":                                grubHook,
	"etc/kernel/postrm.d/zz-grub-links":                                  grubHook,
	"boot/grub/grub.cfg":                                                 grubConfig,
}

// grubHook keeps the kernels under names that grub.cfg has: the newest one boots,
// the one before it is a second entry.
const grubHook = `#!/bin/sh
set -e
newest=$(ls /boot/vmlinuz-* 2>/dev/null | sort -V | tail -n 1)
[ -n "$newest" ] || exit 0
version=${newest#/boot/vmlinuz-}
ln -sf "vmlinuz-$version" /boot/vmlinuz
ln -sf "initrd.img-$version" /boot/initrd.img
`

const kernelOptions = "console=tty0 console=ttyS0,115200 net.ifnames=0 nvme_core.io_timeout=4294967295"

const grubConfig = `set timeout=0
set default=0
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
menuentry "Linux" {
	search --no-floppy --fs-uuid --set=root ` + rootUUID + `
	linux /boot/vmlinuz root=PARTUUID=` + rootPART + ` rw ` + kernelOptions + `
	initrd /boot/initrd.img
}
`

// configure writes the files and sets up what packages leave to the admin.
func (b *builder) configure(ctx context.Context) error {
	for name, text := range files {
		path := filepath.Join(b.tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return err
		}
	}
	return run(ctx, configureScript, nil, "chroot", b.tree, "/bin/sh", "-eu")
}

const configureScript = `
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /boot/efi
passwd -l root >/dev/null
systemctl enable systemd-networkd systemd-resolved ssh ssh-host-keys serial-getty@ttyS0 systemd-timesyncd 2>/dev/null
update-initramfs -u -k all >/dev/null
/etc/kernel/postinst.d/zz-grub-links
rm -f /etc/ssh/ssh_host_*_key* /etc/hostname /var/lib/dbus/machine-id
rm -f /vmlinuz /vmlinuz.old /initrd.img /initrd.img.old
: >/etc/machine-id
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -rf /tmp/* /var/tmp/* /var/cache/apt/*.bin /var/lib/apt/lists/* /var/log/*.log /var/log/apt
find /var/cache/apt/archives -name '*.deb' -delete
`

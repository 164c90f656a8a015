package parent

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// included are the packages of a parent: what an image for EC2 has, and what both
// firmwares need to start it.
var included = []string{
	"systemd", "systemd-sysv", "systemd-resolved", "systemd-timesyncd", "udev", "dbus", "libpam-systemd",
	"linux-image-cloud-amd64", "initramfs-tools", "zstd", "grub-pc-bin", "grub-efi-amd64-bin", "grub2-common",
	"cloud-init", "cloud-guest-utils", "openssh-server", "sudo", "curl", "ca-certificates",
	"iproute2", "ifupdown-", "netbase", "procps", "kmod", "e2fsprogs", "dosfstools", "gdisk", "fdisk", "locales-",
	"less", "vim-tiny", "bash-completion-", "cron", "gpg",
}

// bootstrap installs the packages from the distribution's public archive, which the image
// then names too. This host's package sources are not used, since they may be mirrors
// that an image cannot reach.
func (b *builder) bootstrap(ctx context.Context) error {
	args := []string{
		"--variant=minbase", "--mode=root", "--format=directory", "--include=" + strings.Join(wanted(included), ","),
		`--aptopt=APT::Install-Recommends "false"`, `--aptopt=Acquire::Languages "none"`,
		"--skip=cleanup/apt/lists", `--dpkgopt=path-exclude=/usr/share/man/*`, `--dpkgopt=path-exclude=/usr/share/locale/*`, "--dpkgopt=force-unsafe-io", // the disk is synced in the end
	}
	for _, o := range hostProxies(ctx) {
		args = append(args, "--aptopt="+o)
	}
	env := []string{
		"SOURCE_DATE_EPOCH=1700000000", "DEBIAN_FRONTEND=noninteractive",
		"INITRD=No",                             // configure makes it once
		systemFolders + ":" + os.Getenv("PATH"), // mmdebstrap filters each package through python3, which elsewhere may be a slow wrapper
	}
	return b.run(ctx, "", env, "mmdebstrap", append(args, b.suite, b.rootfs)...)
}

const systemFolders = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

// hostProxies returns the apt options for the proxies of this host. They are needed while
// packages are fetched; configure removes them from the rootfs.
func hostProxies(ctx context.Context) (options []string) {
	text, err := exec.CommandContext(ctx, "apt-config", "dump", "--format=%f \"%v\"%n").Output()
	if err != nil {
		return nil // a host without apt
	}
	for line := range strings.Lines(string(text)) {
		if proxy.MatchString(line) {
			options = append(options, strings.TrimSpace(line))
		}
	}
	return options
}

var proxy = regexp.MustCompile(`^Acquire::https?::Proxy(::\S+)? ".+"`)

// wanted returns the list without the names that end in a hyphen, which note packages
// that are left out on purpose.
func wanted(list []string) (out []string) {
	for _, p := range list {
		if !strings.HasSuffix(p, "-") {
			out = append(out, p)
		}
	}
	return out
}

// files are what makes a plain Debian an image: a network by DHCP, host keys made
// at first boot, a console on the serial port, no identity.
var files = map[string]string{
	"etc/fstab":      "PARTUUID=" + rootPART + " / ext4 defaults,noatime 0 1\nPARTUUID=" + espPART + " /boot/efi vfat umask=0077,nofail,noauto 0 0\n",
	"etc/machine-id": "",
	"etc/hosts":      "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
	"etc/systemd/network/80-ethernet.network": "[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nUseDomains=yes\n",
	"etc/systemd/system/ssh-host-keys.service": `[Unit]
Description=Make SSH host keys if there are none
Before=ssh.service
After=cloud-init.service
ConditionPathIsReadWrite=/etc/ssh
ConditionFileNotEmpty=|!/etc/ssh/ssh_host_ed25519_key
ConditionFileNotEmpty=|!/etc/ssh/ssh_host_ecdsa_key

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -euc 'for t in ed25519 ecdsa; do f=/etc/ssh/ssh_host_$${t}_key; [ -s $$f ] || ssh-keygen -q -N "" -t $$t -f $$f; done'

[Install]
WantedBy=multi-user.target
RequiredBy=ssh.service
`,
	"etc/systemd/system/systemd-networkd-wait-online.service.d/any.conf": "[Service]\nExecStart=\nExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=20\n",
	"etc/apt/apt.conf.d/90languages":                                     "Acquire::Languages \"none\";\n",
	"etc/default/locale":                                                 "LANG=C.UTF-8\n",
	"etc/cloud/ds-identify.cfg":                                          "policy: search,found=first,maybe=none,notfound=disabled\n",
	"etc/cloud/cloud.cfg.d/90_sources.cfg":                               "datasource_list: [ Ec2, NoCloud, None ]\n",
	"etc/cloud/cloud.cfg.d/91_keys.cfg":                                  "ssh_genkeytypes: [ed25519, ecdsa]\n", // each client of the last ten years knows these; an RSA key would take seconds of the first boot
	"etc/default/grub":                                                   "GRUB_DEFAULT=0\nGRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX=\"" + kernelOptions + "\"\nGRUB_DISABLE_OS_PROBER=true\n",
	"etc/initramfs-tools/conf.d/modules.conf":                            "MODULES=list\n",
	"etc/initramfs-tools/modules":                                        initramfsModules,
	"etc/kernel/postinst.d/zz-grub-links":                                grubHook,
	"etc/kernel/postrm.d/zz-grub-links":                                  grubHook,
	"boot/grub/grub.cfg":                                                 grubConfig,
}

// initramfsModules are the drivers of the disks that machines have where the image may
// run: EC2 of every generation, virtio, Hyper-V, VMware. The distribution's choice of
// most drivers makes an initramfs of twice the size, which the firmware reads slowly,
// and which takes three times as long to write when a kernel is installed.
const initramfsModules = `# Drivers of the first stage of a boot. After a change: update-initramfs -u
ext4
nvme
ena
xen-blkfront
xen-netfront
virtio_pci
virtio_blk
virtio_scsi
virtio_net
virtio_rng
hv_storvsc
vmw_pvscsi
ata_piix
sd_mod
crc32c
crc32c-intel
`

// grubHook keeps the newest kernel under the names that grub.cfg has. In a virtual
// machine the distribution's own hook then writes a whole new grub.cfg; in a
// container it does nothing, and the links alone make the newest kernel boot.
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

// configure writes the files and sets up what packages leave to the administrator.
func (b *builder) configure(ctx context.Context) error {
	for name, text := range files {
		path := filepath.Join(b.rootfs, name)
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
	return b.run(ctx, configureScript, []string{systemFolders}, "chroot", b.rootfs, "/bin/sh", "-eu")
}

// configureScript also copies GRUB's modules to where a grub.cfg that update-grub wrote
// loads them from, of the same version as the images on the disk. The lists of packages
// stay, so that an update fetches only those that have changed since. It removes the keys
// that mmdebstrap names in a source if the host does not trust them: apt refuses a second
// source of one archive, such as that of a component that adds another section, if only
// one of the two names keys.
const configureScript = `
mount -t proc proc /proc # goes with the mount namespace
mkdir -p /boot/efi
passwd -l root >/dev/null
groupadd --force --system netdev # else cloud-init takes the number 1000, which is the first user's
systemctl enable systemd-networkd systemd-resolved ssh ssh-host-keys serial-getty@ttyS0 systemd-timesyncd 2>/dev/null
systemctl disable e2scrub_reap e2scrub_all.timer 2>/dev/null # they look for snapshots of LVM, at each boot
update-initramfs -c -k all >/dev/null
/etc/kernel/postinst.d/zz-grub-links
for platform in i386-pc x86_64-efi; do
	mkdir -p /boot/grub/$platform
	cp -p /usr/lib/grub/$platform/*.mod /usr/lib/grub/$platform/*.lst /boot/grub/$platform/
done
sed -i 's|^deb \[signed-by=[^]]*\] |deb |' /etc/apt/sources.list
rm -f /etc/ssh/ssh_host_*_key* /etc/hostname /var/lib/dbus/machine-id
rm -f /etc/apt/apt.conf.d/*mmdebstrap /etc/dpkg/dpkg.cfg.d/*mmdebstrap
: >/etc/machine-id
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -rf /tmp/* /var/tmp/* /var/cache/apt/*.bin /var/log/*.log /var/log/apt
find /var/cache/apt/archives -name '*.deb' -delete
`

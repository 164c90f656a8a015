package long_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ingot/test/rig"
)

// The kernel that is installed is newer than the parent's in the order of versions, so
// that each of its package's hooks must choose it. The package is the distribution's,
// uncompressed and without the drivers that no machine here has, and its initrd has only
// the remaining drivers and what mounts a root: without KVM the whole would take minutes.
const (
	packKernel = `set -e
cd /root
apt-get update -q
apt-get download -q $(apt-cache depends linux-image-rt-amd64 | awk '/Depends: linux-image/ { print $2 }')
dpkg-deb -R linux-image-*.deb kernel
cd kernel/lib/modules/*/kernel
rm -rf sound net/wireless net/mac80211
find drivers -mindepth 1 -maxdepth 1 ! -name block ! -name virtio ! -name nvme ! -name char ! -name net -exec rm -rf {} +
find drivers/net -name '*.ko' ! -name 'virtio*' ! -name '*failover*' -delete
cd /root
rm kernel/DEBIAN/md5sums linux-image-*.deb
dpkg-deb -Znone -b kernel kernel.deb
rm -r kernel
echo MODULES=list >/etc/initramfs-tools/conf.d/zz-small
printf '%s\n' virtio_pci virtio_blk ext4 >>/etc/initramfs-tools/modules
rm -f /usr/share/initramfs-tools/hooks/dmsetup /usr/share/initramfs-tools/hooks/fsck`
	installKernel = `dpkg -i /root/kernel.deb`
)

// tellKernel makes the image print its kernel's version on its console, by the kernel's
// log, and switch itself off.
const tellKernel = `cat >/etc/systemd/system/tell.service <<'END'
[Unit]
DefaultDependencies=no
After=multi-user.target
[Service]
Type=exec
ExecStart=/bin/sh -c 'echo "TELL $(uname -r) $(/lib/systemd/systemd-networkd-wait-online --any --timeout=60 && echo online) $(systemctl is-system-running --wait) $(systemctl --failed --no-legend)" >/dev/kmsg; poweroff'
[Install]
WantedBy=multi-user.target
END
systemctl enable tell`

// TestKernelUpgrade installs another kernel from its package: the step is run again
// on a virtual machine, and the image boots that kernel under both firmwares.
func TestKernelUpgrade(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "kernel", Version: "1.0.0", VolumeGiB: 4, Components: []string{
		s.Component("pack", "1.0.0", rig.Script(packKernel)), s.Component("install", "1.0.0", rig.Script(installKernel)),
		s.Component("tell", "1.0.0", rig.Script(tellKernel)),
	}}), s.Infrastructure("kernel"), "", false)
	s.Available(arn)
	if _, why := s.Report(arn); !strings.Contains(strings.Join(why, "\n"), "kernels or bootloader") {
		t.Errorf("%q", why)
	}
	raw := filepath.Join(s.Data, "exported.raw")
	s.Ingot("image", "export", s.AMIs(arn)[rig.Region], "--format", "raw", "-o", raw)
	for _, firmware := range []string{"bios", "uefi"} {
		t.Run(firmware, func(t *testing.T) {
			out := rig.BootOnce(t, raw, firmware)
			if !tells.MatchString(out) {
				t.Errorf("booted:\n%s", rig.Tail(out, 30))
			}
		})
	}
}

var tells = regexp.MustCompile(`TELL \S+-rt-amd64 online running *\r?\n`)

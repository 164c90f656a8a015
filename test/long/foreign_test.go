package long_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ingot/internal/artifact/disk"
	"ingot/internal/artifact/parent/parenttest"
	"ingot/test/rig"
)

// foreign lays out the parent's files as other distributions do: no BIOS boot partition,
// an EFI system partition, /boot on a file system of its own. That has the UUID that the
// parent's bootloader looks for, and a link that makes its paths valid.
const foreign = `set -eu
parent=$1 tree=$2 new=$3 work=$4
tell() { partx -s -g -n "$2" -o "$3" "$1" | tr -d ' '; } # of a disk's partition
esp=$(tell "$parent" 2 SECTORS)
old=$(findmnt -n -o UUID "$tree")
truncate -s 3G "$new"
sfdisk -q --no-reread --no-tell-kernel "$new" <<TABLE
label: gpt
start=2048, size=$esp, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
size=256MiB, type=BC13C2FF-59E6-4262-A352-B275FD6F7172
type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=$(tell "$parent" 3 UUID)
TABLE
dd if="$parent" of="$new" bs=512 skip="$(tell "$parent" 2 START)" seek=2048 count="$esp" conv=notrunc,sparse status=none
mv "$tree/boot" "$work/boot"
mkdir "$tree/boot"
ln -s . "$work/boot/boot"
echo "UUID=$old /boot ext4 defaults 0 2" >>"$tree/etc/fstab"
filled() { # of a partition: its number, a folder, mke2fs's options
	n=$1 from=$2
	shift 2
	mke2fs -q -F -t ext4 -b 4096 -d "$from" -E "offset=$(($(tell "$new" "$n" START) * 512)),root_owner=0:0" "$@" "$new" "$(($(tell "$new" "$n" SECTORS) / 8))"
}
filled 2 "$work/boot" -U "$old" -L boot
filled 3 "$tree" -L root
`

// TestForeignDisk imports a disk with another layout, as qcow2, and builds on it: the
// step sees /boot mounted, and the image boots by the firmware that it was made for.
func TestForeignDisk(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	imported := s.Ingot("image", "import", foreignDisk(t), "--name", "foreign", "--os-version", "Debian 12")
	ami := amiForm.FindString(imported)
	if ami == "" {
		t.Fatalf("importing said %s", imported)
	}
	document := rig.Script("set -e\nfindmnt -n -t ext4 /boot\ntest -e /boot/grub/grub.cfg\necho built >/etc/built") + `  - name: test
    steps:
      - name: Booted
        action: ExecuteBash
        inputs:
          commands:
            - set -e
            - test -d /sys/firmware/efi
            - findmnt -n -t ext4 /boot
            - grep built /etc/built
`
	arn := s.CreateImage(s.MakeRecipe(rig.Recipe{Name: "onforeign", Version: "1.0.0", Parent: ami, Components: []string{
		s.Component("onforeign", "1.0.0", document),
	}}), s.Infrastructure("foreign"), "", true)
	s.Available(arn)
	for _, id := range []string{ami, s.AMIs(arn)[rig.Region]} { // there is nothing on it for a BIOS
		shown := s.AWS("ec2", "describe-images", "--region", rig.Region, "--image-ids", id)["Images"].([]any)[0].(map[string]any)
		if shown["BootMode"] != "uefi" || shown["Architecture"] != "x86_64" {
			t.Errorf("%s has boot mode %v and architecture %v", id, shown["BootMode"], shown["Architecture"])
		}
	}
}

// foreignDisk makes the disk and returns its qcow2 file.
func foreignDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	parent, raw, qcow2 := filepath.Join(dir, "parent.raw"), filepath.Join(dir, "foreign.raw"), filepath.Join(dir, "foreign.qcow2")
	if err := disk.Clone(t.Context(), parenttest.Disk(t), parent); err != nil {
		t.Fatal(err)
	}
	rig.Mounted(t, parent, func(root string) {
		out, err := exec.Command("sh", "-c", foreign, "sh", parent, root, raw, t.TempDir()).CombinedOutput()
		if err != nil {
			t.Fatalf("making the disk: %v\n%s", err, strings.TrimSpace(string(out)))
		}
	})
	if out, err := exec.Command("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, qcow2).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return qcow2
}

var amiForm = regexp.MustCompile(`ami-[0-9a-f]{17}`)

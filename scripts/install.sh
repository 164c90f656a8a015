#!/bin/sh
# Installs what Ingot needs and this machine lacks, from the distribution's packages.
# usage: install.sh run|test|bench   (test and bench also install what only they use)
set -eu

need() { # need COMMAND-OR-FILE PACKAGE WHAT FOR
	case $1 in
	/*) for f in $1; do [ -e "$f" ] && return 0; done ;;
	*) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 && return 0 ;;
	esac
	case " $missing " in *" $2 "*) return 0 ;; esac
	missing="$missing $2"
	printf '  %-20s %s\n' "$2" "$3"
}

missing=
list=$(mktemp)
{
	need systemd-nspawn systemd-container 'runs an image in a sandbox with its own systemd'
	need qemu-system-x86_64 qemu-system-x86 'boots images for their tests'
	need qemu-img qemu-utils 'reads and writes qcow2 disks'
	need '/usr/share/OVMF/OVMF_CODE*.fd' ovmf 'boots images by UEFI'
	need mkfs.xfs xfsprogs 'a file system whose files share blocks'
	need mke2fs e2fsprogs 'makes, checks and grows file systems'
	need sfdisk fdisk 'writes partition tables'
	need mkfs.vfat dosfstools 'makes the EFI system partition'
	need mcopy mtools 'fills the EFI system partition'
	need mmdebstrap mmdebstrap 'makes the parent image out of packages'
	need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring 'checks the parent image'"'"'s packages'
	if [ "${1:-run}" = bench ]; then
		need virt-customize guestfs-tools 'the peer beside which builds are timed'
	fi
	if [ "${1:-run}" = test ]; then
		need '/usr/lib/postgresql/*/bin/initdb' postgresql 'the store is tested on PostgreSQL too'
		need ip iproute2 'the tests make networks beyond the host'
		need iptables iptables 'the tests play an administrator whose packet filter has rules of its own'
		need getfattr attr 'the tests compare extended attributes'
	fi
} >"$list"
# The list is written by a group in this shell, so that missing is set here.
if [ -z "$missing" ]; then
	rm -f "$list"
	exit 0
fi
echo "Ingot needs packages that are not here:"
cat "$list"
rm -f "$list"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "This system has no apt-get: install the programs above with its own package manager, then run this again." >&2
	exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "Run as root: apt-get install$missing" >&2
		exit 1
	fi
	sudo=sudo
fi
echo "Installing them with apt-get."
log=$(mktemp)
# shellcheck disable=SC2086 # a list of packages
if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"

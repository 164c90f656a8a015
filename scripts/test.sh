#!/bin/sh
# Runs every test. Packages print their time; machine tests need root.
#
# Unchanged tests are not run again: the go command replays the results of a
# package whose inputs are unchanged. Tests that start programs make their sources
# inputs (internal/buildtest); facts about the host are made inputs here.
set -eu
if [ "$(id -u)" -ne 0 ]; then
	echo "not root: tests that start machines or mount disks are left out and say so; \`sudo make test\` runs them too"
fi

version() { # version COMMAND: the first line of its version, or that it is missing
	{ command -v "$1" && "$1" --version </dev/null 2>&1 | head -n 1; } || echo "no $1"
}
INGOT_TEST_HOST=$({
	id -u
	uname -srm
	for program in qemu-system-x86_64 qemu-img systemd-nspawn systemd-run iptables aws mkfs.xfs; do version "$program"; done
	mke2fs -V 2>&1 || echo "no mke2fs"
	ls /usr/lib/postgresql /usr/share/OVMF 2>&1
	ls -l /dev/kvm 2>&1
	stat -f -c %T /sys/fs/cgroup
} | sha256sum | cut -d ' ' -f 1)
export INGOT_TEST_HOST

# Packages that boot machines, or check what machines leave, run one after the other: a machine without KVM takes
# most of two processors, and the check would find what others are about to remove.
machines='/(machine/(cgroup|freezer|sandbox|qemu)|test/(e2e|faults|script|long)|artifact/parent)$'
# `make check` has vetted all of it.
go test -vet=off -timeout 20m $(go list ./... | grep -Ev "$machines")
go test -vet=off -timeout 60m -p 1 $(go list ./... | grep -E "$machines" | grep -v '/test/long$') # that has a script of its own

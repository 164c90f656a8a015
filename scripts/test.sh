#!/bin/sh
# Runs every test. Packages print their time; machine tests need root.
set -eu
if [ "$(id -u)" -ne 0 ]; then
	echo "not root: tests that start machines or mount disks are left out and say so; \`sudo make test\` runs them too"
fi
# Packages that boot machines, or look for what machines leave, come one after the other: a machine without KVM takes
# most of two processors, and a look for leftovers finds what others are about to remove.
machines='/(machine/(cgroup|network|freezer|sandbox|qemu)|test/(e2e|faults|script)|artifact/parent)$'
# `make check` has vetted all of it.
go test -vet=off -timeout 20m $(go list ./... | grep -Ev "$machines")
go test -vet=off -timeout 60m -p 1 $(go list ./... | grep -E "$machines")

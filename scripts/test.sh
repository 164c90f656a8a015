#!/bin/sh
# Runs every test. Packages print their time; machine tests need root.
set -eu
if [ "$(id -u)" -ne 0 ]; then
	echo "not root: tests that start machines or mount disks are left out and say so; \`sudo make test\` runs them too"
fi
# Packages that boot machines come last. A machine without KVM takes most of two processors, so on two of them these
# packages are no faster side by side than one after the other. That which takes the host's packet filter apart is alone.
alone=./internal/machine/network
long='./test/e2e ./internal/machine/qemu ./test/faults'
short='./internal/machine/sandbox ./internal/artifact/parent ./internal/machine/cgroup ./internal/machine/freezer ./test/script'
others=$(for p in $alone $long $short; do printf -- '-e ingot%s$ ' "${p#.}"; done)
go test -timeout 20m $(go list ./... | grep -v $others)
go test -timeout 5m $alone
go test -timeout 60m -p $((($(nproc) + 1) / 2)) $long $short

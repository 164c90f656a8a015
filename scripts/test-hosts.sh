#!/bin/sh
# Runs tests that depend on the host on imitations of other hosts, and prints a table of
# results. By hand, before a release, as root: it takes half an hour on two cores.
# usage: test-hosts.sh [KIND…]
#
#   as-is     this host
#   absent    without /dev/kvm
#   broken    /dev/kvm exists, and QEMU ends at once with it
#   hanging   /dev/kvm exists, and QEMU hangs with it
#   working   KVM seems to work; the guests are translated
#   plain     all tests, as a user who is not root
<<<<<<< HEAD
#   minimal   the same in a Debian with make, git, Go and the tools for disks alone
#   v2        tests of control groups in a virtual machine with a Debian that has v2 alone
=======
#   minimal   the same in a Debian with make, git, Go and only the tools for disks
>>>>>>> 522d390 (docs/security, scripts: say it in short sentences with a subject)
#
# broken, hanging and working replace QEMU by a stand-in. They need a /dev/kvm that answers,
# because without one Ingot does not test KVM.
set -eu
[ $# -gt 0 ] || set -- as-is absent broken hanging working plain minimal v2
[ "$(id -u)" -eq 0 ] || { echo "test-hosts.sh needs root: it hides devices and starts machines" >&2; exit 1; }
cd "$(dirname "$0")/.."
: "${KILLS:=4}"
go=$(go env GOROOT) modules=$(go env GOMODCACHE)
work=$(mktemp -d /var/tmp/ingot-hosts-XXXXXX)
chmod 755 "$work"
finish() {
	trap - EXIT INT TERM
	for verdict in /run/ingot-kvm-*.json; do # of the stand-ins
		grep -q "$work" "$verdict" 2>/dev/null && rm -f "$verdict"
	done
	rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'finish; exit 130' INT TERM

# Each is a script that ends with the exec of its arguments.
# The nodes of the host's /dev are copied, with enough loop devices, because those come and go.
absent='
mkdir -p "$WORK/dev"
mount -t tmpfs -o mode=755 dev "$WORK/dev"
find /dev -maxdepth 1 \( -type c -o -type b -o -type l \) ! -name kvm -exec cp -a {} "$WORK/dev/" \;
i=0
while [ $i -lt 64 ]; do [ -e "$WORK/dev/loop$i" ] || mknod -m 660 "$WORK/dev/loop$i" b 7 $i; i=$((i + 1)); done
for d in pts shm; do mkdir "$WORK/dev/$d"; mount --rbind "/dev/$d" "$WORK/dev/$d"; done
mount --move "$WORK/dev" /dev
exec "$@"'
# A clone of the last commit that belongs to nobody. Go and its modules are the host's.
plain='
mount --bind "$GO" "$WORK/go"
mount --bind "$MODULES" "$WORK/modules"
if [ -n "$ROOT" ]; then
	mount --rbind "$WORK" "$ROOT$WORK"
	for d in proc dev sys; do mount --rbind "/$d" "$ROOT/$d"; done
fi
exec chroot --userspec=65534:65534 "${ROOT:-/}" /usr/bin/env -i HOME="$WORK/home" GOMODCACHE="$WORK/modules" GOFLAGS=-count=1 GOPROXY=off \
	CGO_ENABLED=0 PATH="$WORK/go/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" sh -c "cd $WORK/src && exec sh scripts/test.sh"'

in_kind() { # in_kind KIND COMMAND…
	kind=$1
	shift
	case $kind in
	as-is) "$@" ;;
	absent) WORK=$work unshare -m --propagation private sh -euc "$absent" sh "$@" ;;
	broken | hanging | working)
		mkdir -p "$work/$kind"
		sed "s,^state=STATE,state=$kind,; s,^real=REAL,real=$(command -v qemu-system-x86_64)," internal/machine/qemu/testdata/stand-in.sh >"$work/$kind/qemu-system-x86_64"
		chmod 755 "$work/$kind/qemu-system-x86_64"
		PATH=$work/$kind:$PATH "$@"
		;;
	esac
}

as_nobody() { # as_nobody ROOT
	mkdir -p "$work/go" "$work/modules" "$work/home"
	[ -d "$work/src" ] || git clone -q . "$work/src"
	chown -R 65534:65534 "$work/src" "$work/home"
	[ -z "$1" ] || mkdir -p "$1$work"
	WORK=$work GO=$go MODULES=$modules ROOT=$1 unshare -m --propagation private sh -euc "$plain"
}

# The console is all that is seen of the virtual machine.
in_v2() { # in_v2 ROOT: runs ROOT/opt/test
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	cat >"$1/etc/systemd/system/multi-user.target.wants/test.service" <<-'END'
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'stat -fc %%T /sys/fs/cgroup; cd /opt; ./test -test.v && echo all passed; systemctl poweroff -ff'
		StandardOutput=tty
		StandardError=tty
		TTYPath=/dev/ttyS0
	END
	rm -f "$work/v2.raw"
	mke2fs -q -t ext4 -d "$1" "$work/v2.raw" 3G
	timeout 900 qemu-system-x86_64 -nodefaults -display none -no-reboot -machine q35 -smp 2 -m 2048 -serial stdio \
		-kernel "$1"/boot/vmlinuz-* -initrd "$1"/boot/initrd.img-* -append "root=/dev/vda rw console=ttyS0 quiet systemd.mask=serial-getty@ttyS0.service" \
		-drive "file=$work/v2.raw,format=raw,if=virtio,cache=unsafe" </dev/null >"$work/console" 2>&1
	cat "$work/console"
	grep -q cgroup2fs "$work/console" && grep -q "all passed" "$work/console"
}

row() { # row KIND TEST COMMAND…
	kind=$1 test=$2 log=$work/log began=$(date +%s) result=passed
	shift 2
	"$@" >"$log" 2>&1 || result=FAILED
	skipped=$(grep -c -- '--- SKIP' "$log" || :)
	[ "$skipped" -eq 0 ] || result="$result, $skipped left out"
	echo "| $kind | $test | $result | $(($(date +%s) - began)) s |"
	case $result in FAILED*)
		failed=1
		grep -E "^(FAIL|--- FAIL|panic)" "$log" >&2 || :
		tail -n 30 "$log" >&2
		;;
	esac
}

failed=
echo "| host | tests | result | time |"
echo "|---|---|---|---|"
for kind; do
	case $kind in
	as-is | absent | broken | hanging | working)
		row "$kind" "qemu: TestRun, TestADiskThatDoesNotBoot" in_kind "$kind" \
			go test -v -vet=off -count 1 ./internal/machine/qemu -run '^(TestRun|TestADiskThatDoesNotBoot)$'
		row "$kind" "e2e: TestKilled -kills $KILLS" in_kind "$kind" \
			go test -v -vet=off -count 1 -timeout 30m ./test/e2e -run '^TestKilled$' -args -kills "$KILLS"
		;;
	plain) row plain "all that need no root" as_nobody "" ;;
	minimal)
		mmdebstrap -q --variant=minbase --include=make,git,ca-certificates,fdisk,qemu-utils,dosfstools,mtools bookworm "$work/root" >"$work/log" 2>&1 || {
			failed=1
			tail -n 5 "$work/log" >&2
			continue
		}
		row minimal "all that need no root" as_nobody "$work/root"
		;;
	v2)
		mmdebstrap -q --variant=minbase --include=systemd-sysv,linux-image-amd64,initramfs-tools bookworm "$work/v2" >"$work/log" 2>&1 || {
			failed=1
			tail -n 5 "$work/log" >&2
			continue
		}
		CGO_ENABLED=0 go test -c -o "$work/v2/opt/test" ./internal/machine/cgroup
		row v2 "cgroup: all" in_v2 "$work/v2"
		;;
	*)
		echo "there is no kind of host $kind" >&2
		exit 2
		;;
	esac
done
[ -z "$failed" ]

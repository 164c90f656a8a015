#!/bin/sh
# Replaces qemu-system-x86_64 in tests where KVM is in another state than this host's. The
# test that copies it writes the state and the real program into the two lines below.
#
#   broken   QEMU ends at once, as if the host's own hypervisor did not know a register
#   hanging  QEMU hangs before it prints anything
#   working  QEMU accepts KVM, and translates the guest
#   missing  QEMU never starts, with KVM or without
state=STATE
real=REAL

case $state,$* in
missing,*)
	echo "qemu-system-x86_64: error while loading shared libraries: libpixman-1.so.0: cannot open shared object file" >&2
	exit 127
	;;
*"-accel kvm"* | *accel=kvm*) ;;
*) exec "$real" "$@" ;;
esac

case $state in
broken)
	echo "qemu-system-x86_64: error: failed to set MSR 0x10a to 0xd10f6b" >&2
	echo "qemu-system-x86_64: ../../target/i386/kvm/kvm.c:2953: kvm_buf_set_msrs: Assertion \`ret == cpu->kvm_msr_buf->nmsrs' failed." >&2
	exit 134
	;;
hanging)
	exec sleep infinity
	;;
working)
	for word; do
		shift
		case $word in
		kvm) word=tcg,thread=multi,tb-size=256 ;;
		host) word=qemu64,-svm,+ssse3,+sse4.1,+sse4.2,+popcnt ;;
		*accel=kvm*) word=$(echo "$word" | sed 's/accel=kvm[^,]*/accel=tcg/') ;;
		esac
		set -- "$@" "$word"
	done
	exec "$real" "$@"
	;;
esac

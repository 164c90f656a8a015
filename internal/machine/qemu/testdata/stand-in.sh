#!/bin/sh
# Stands in for qemu-system-x86_64 where KVM is to be in another state than this host's is
# in. Who copies it writes the state and the real program into the two lines below.
#
#   broken   QEMU ends at once, as where the host's own hypervisor does not know a register
#   hanging  QEMU stands still before it has said a word
#   working  QEMU takes KVM; what runs the guest is translation
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

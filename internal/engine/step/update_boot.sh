# Runs as root inside a machine after a component that changed kernels or bootloader.
# ROOT is empty, or a tree for tests.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
[ -x "$ROOT/usr/sbin/update-grub" ] || exit 0
# The hooks of a kernel's package may have done it: half a minute without KVM. A kernel
# that came or went has changed its folder.
if [ -s "$ROOT/boot/grub/grub.cfg" ]; then
	later=$(find "$ROOT/boot" "$ROOT/etc/default/grub" "$ROOT/etc/default/grub.d" "$ROOT/etc/grub.d" \
		-path "$ROOT/boot/grub" -prune -o -newer "$ROOT/boot/grub/grub.cfg" -print 2>/dev/null)
	[ -n "$later" ] || exit 0
fi
exec "$ROOT/usr/sbin/update-grub"

# Runs as root inside a machine after a component that changed kernels or bootloader.
# ROOT is empty, or a tree for tests.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
[ -x "$ROOT/usr/sbin/update-grub" ] || exit 0
# The hooks of a kernel's package may have done it: half a minute without KVM. A kernel
# that came or went has changed its folder, and so have settings.
if [ -s "$ROOT/boot/grub/grub.cfg" ] && command -v find >/dev/null; then
	set -- "$ROOT/boot"
	for p in "$ROOT/etc/default" "$ROOT/etc/grub.d"; do [ -e "$p" ] && set -- "$@" "$p"; done
	later=$(find "$@" -path "$ROOT/boot/grub" -prune -o -newer "$ROOT/boot/grub/grub.cfg" -print) || later=unknown
	[ -n "$later" ] || exit 0
fi
exec "$ROOT/usr/sbin/update-grub"

# Tries to open the device nodes in /root and /boot, which a virtual machine left on the disk,
# in each way that root of a machine may try. It prints "opened WAY NODE" for each that
# it could open, and "walked WAY" if it found a node.
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d /run/ways.XXXXXX)
cd "$work" && mkdir bind rbind moved tmpfs upper overlay cgroup new || exit

# look WAY NODE... tries to open nodes for reading and writing.
look() {
	way=$1
	shift
	for node; do
		[ -b "$node" ] || [ -c "$node" ] || continue
		echo "walked $way"
		(exec 9<"$node") 2>/dev/null && echo "opened $way $node"
		(exec 9>>"$node") 2>/dev/null && echo "opened $way $node for writing"
	done
}
nodes() { look "$1" "$2/block" "$2/disk" "$2/mem" "$2/kmsg"; }

nodes directly /root
nodes directly /boot
nodes "another root" /proc/self/root/root
ln /root/block /root/linked && look "a link" /root/linked
rm -f /root/linked
mount -o remount,dev / 2>/dev/null
nodes "a remount" /root
mount -o remount,bind,dev / 2>/dev/null
nodes "a bind remount" /root
mount --bind /root bind && { mount -o remount,bind,dev "$work/bind" 2>/dev/null; nodes "a bind mount" bind; }
mount --rbind / rbind && mount --make-rprivate rbind && { mount -o remount,bind,dev "$work/rbind" 2>/dev/null; nodes "a recursive bind mount" rbind/root; }
mount --bind /root/block /dev/full && { look "a node over a node" /dev/full; umount /dev/full; }
mount -t overlay -o "lowerdir=/root,upperdir=/root/upper,workdir=/root/work" none overlay 2>/dev/null ||
	{ mount -t tmpfs none upper && mkdir upper/u upper/w && mount -t overlay -o "lowerdir=/root,upperdir=$work/upper/u,workdir=$work/upper/w" none overlay; }
nodes "an overlay" overlay
touch overlay/block 2>/dev/null && chmod 600 overlay/block 2>/dev/null && nodes "an overlay that copied up" overlay
mount -t tmpfs -o dev none tmpfs
for place in /dev/shm /run /tmp /root tmpfs; do
	for node in block disk mem kmsg; do cp -a "/root/$node" "$place/copied-$node"; done 2>/dev/null
	look "a copy in $place" "$place/copied-block" "$place/copied-disk" "$place/copied-mem" "$place/copied-kmsg"
	mknod "$place/made" b 0x$(stat -c %t /root/block) 0x$(stat -c %T /root/block) 2>/dev/null && look "mknod in $place" "$place/made"
	rm -f "$place"/copied-* "$place/made"
done
unshare -m sh -c "$(cat <<'END'
mount -o remount,bind,dev / 2>/dev/null
for node in block disk mem kmsg; do
	[ -e /root/$node ] && echo "walked another mount namespace"
	(exec 9</root/$node) 2>/dev/null && echo "opened another mount namespace /root/$node"
done
END
)"
unshare -Urm sh -c "$(cat <<'END'
mount -o remount,bind,dev / 2>/dev/null
mount --bind /root /mnt && mount -o remount,bind,dev /mnt 2>/dev/null
for node in block disk mem kmsg; do
	[ -e /mnt/$node ] && echo "walked another user namespace"
	(exec 9</mnt/$node) 2>/dev/null && echo "opened another user namespace /mnt/$node"
done
END
)"
mount -t ext4 /root/block new 2>/dev/null && echo "opened mount /root/block"
mount -t devtmpfs none new 2>/dev/null && { look "devtmpfs" new/kmsg new/mem new/loop0; umount new; }
# The list of devices is in a group above.
if mount -t cgroup -o devices none cgroup 2>/dev/null; then
	for list in $(find cgroup -name devices.allow); do echo a >"$list"; done 2>/dev/null
	nodes "the list of devices" /root
fi
(exec 9</proc/kcore) 2>/dev/null && echo "opened directly /proc/kcore"
for node in /sys/dev/block/*; do [ -b "$node" ] && look "sysfs" "$node"; done
for node in /dev/*; do
	case $node in
	*/null | */zero | */full | */random | */urandom | */tty) ;;
	*) [ -L "$node" ] || look "what is in /dev" "$node" ;;
	esac
done
look "what is in /dev" /dev/net/tun /dev/fuse
python3 - <<'END' 2>/dev/null
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
class attr(ctypes.Structure):
    _fields_ = [("set", ctypes.c_uint64), ("clr", ctypes.c_uint64), ("propagation", ctypes.c_uint64), ("users", ctypes.c_uint64)]
clear = attr(0, 4, 0, 0)  # MOUNT_ATTR_NODEV
tree = libc.syscall(428, -100, b"/root", 1)  # open_tree, a clone
for where, path, flags in ((tree, b"", 0x1000), (-100, b"/", 0)):
    libc.syscall(442, where, path, flags, ctypes.byref(clear), ctypes.sizeof(clear))  # mount_setattr
    for node in (b"block", b"disk", b"mem", b"kmsg"):
        name = node if where == tree else b"/root/" + node
        print("walked a mount's attributes")
        if libc.openat(where, name, 0) >= 0:
            print("opened a mount's attributes", node.decode())
END
umount -R -l "$work"/* 2>/dev/null
:

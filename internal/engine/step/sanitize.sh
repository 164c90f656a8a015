# Runs as root inside a machine before its disk becomes an image. WORKDIR is the
# working directory; ROOT is empty, or a tree for tests. An empty file
# skip_cleanup_… in the working directory switches a section off.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
WORK=$ROOT$WORKDIR
if [ ! -e "$WORK/perform_cleanup" ]; then
	echo "there is no $WORKDIR/perform_cleanup: nothing is cleaned"
	exit 0
fi

failed=0
fault() {
	echo "cannot remove $1" >&2
	failed=1
}
skip() { [ -e "$WORK/$1" ] && echo "$1: skipped"; }
# wipe overwrites and removes files; what is not there is no fault.
wipe() {
	for f in "$@"; do
		shift
		{ [ -e "$f" ] || [ -L "$f" ]; } && set -- "$@" "$f"
	done
	[ $# -gt 0 ] || return 0
	blank "$@"
	rm -f -- "$@" 2>/dev/null && return 0
	for f in "$@"; do
		{ [ -e "$f" ] || [ -L "$f" ]; } && fault "$f"
	done
}
# blank writes zeros over the files that have something in them, and waits for it.
blank() {
	for f in "$@"; do
		shift
		[ -f "$f" ] && [ ! -L "$f" ] && [ -s "$f" ] && set -- "$@" "$f"
	done
	[ $# -eq 0 ] || shred -f -n 0 -z -- "$@" 2>/dev/null
}
# empty wipes what is below a folder and keeps the folder. Services that still run
# may write meanwhile, so it tries again once.
empty() {
	[ -d "$1" ] || return 0
	find "$1" -xdev -mindepth 1 -type f -size +0 -exec shred -f -n 0 -z -- {} + 2>/dev/null
	find "$1" -xdev -mindepth 1 -delete 2>/dev/null ||
		find "$1" -xdev -mindepth 1 -delete || { fault "what is in $1"; return 1; }
}
# wipe_all wipes files and whole folders.
wipe_all() {
	for f in "$@"; do
		if [ ! -d "$f" ] || [ -L "$f" ]; then
			wipe "$f"
		elif empty "$f"; then
			rmdir -- "$f" 2>/dev/null || fault "$f"
		fi
	done
}

skip skip_cleanup_cloudinit_files || {
	wipe "$ROOT/etc/sudoers.d/90-cloud-init-users" "$ROOT/etc/locale.conf"
	wipe "$ROOT/var/log/cloud-init.log" "$ROOT/var/log/cloud-init-output.log"
	empty "$ROOT/var/lib/cloud"
}
skip skip_cleanup_instance_files || {
	wipe "$ROOT/etc/.updated" "$ROOT/etc/aliases.db" "$ROOT/etc/hostname" "$ROOT/var/.updated"
	wipe "$ROOT/var/lib/misc/postfix.aliasesdb-stamp" "$ROOT/var/lib/postfix/master.lock" "$ROOT/var/spool/postfix/pid/master.pid"
	wipe "$ROOT"/var/cache/yum/*/*/.gpgkeyschecked.yum
}
skip skip_cleanup_ssh_files || {
	wipe "$ROOT"/etc/ssh/ssh_host_*_key "$ROOT"/etc/ssh/ssh_host_*_key.pub "$ROOT/root/.ssh/authorized_keys"
	for home in $(cut -d: -f6 "$ROOT/etc/passwd" | sort -u); do
		wipe "$ROOT$home/.ssh/authorized_keys"
	done
}
skip skip_cleanup_instance_log_files || {
	wipe "$ROOT/var/log/audit/audit.log" "$ROOT/var/log/boot.log" "$ROOT/var/log/dmesg" "$ROOT/var/log/cron" "$ROOT/var/log/cron.log"
}
skip skip_cleanup_toe_files || wipe_all "$WORK"/TOE_*
skip skip_cleanup_ssm_log_files || empty "$ROOT/var/log/amazon/ssm"

empty "$ROOT/var/log/sa"
empty "$ROOT/var/log/sysstat"
wipe "$ROOT"/var/lib/dhclient/*.leases "$ROOT"/var/lib/dhcp/*.leases "$ROOT"/var/lib/rsyslog/imjournal.state
empty "$ROOT/var/tmp"
if [ -z "$ROOT" ]; then
	# The journal goes on in memory: nothing is written back when the machine stops.
	journalctl --relinquish-var >/dev/null 2>&1 || journalctl --rotate >/dev/null 2>&1
fi
for d in "$ROOT"/var/log/journal/*; do
	[ -d "$d" ] && wipe_all "$d"
done
skip skip_cleanup_machine_id || {
	[ -L "$ROOT/var/lib/dbus/machine-id" ] || wipe "$ROOT/var/lib/dbus/machine-id"
	wipe "$ROOT/var/lib/systemd/random-seed" "$ROOT/var/lib/systemd/credential.secret"
}
touch "$ROOT/etc/machine-id"
# Not the service's: two machines from one image must not share an identity.
[ -e "$WORK/skip_cleanup_machine_id" ] || : >"$ROOT/etc/machine-id" || fault "the text of $ROOT/etc/machine-id"
# What a boot would empty is not part of an image; what was kept above is.
if [ -d "$ROOT/tmp" ]; then
	set --
	if [ -e "$WORK/skip_cleanup_toe_files" ]; then
		set -- ! -path "$WORK/TOE_*"
	fi
	find "$ROOT/tmp" -xdev -mindepth 1 ! -path "$WORK/perform_cleanup" ! -path "$WORK/skip_cleanup_*" ! -path "$WORK" "$@" -delete 2>/dev/null
fi
wipe "$WORK"/skip_cleanup_* "$WORK/perform_cleanup"
exit $failed

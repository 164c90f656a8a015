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

# What goes is collected first, because each process costs 10 ms in a machine: f:PATH
# is a file, d:PATH a folder that stays and is emptied, t:PATH either, with all in it.
set --
skip() { [ -e "$WORK/$1" ] && echo "$1: skipped"; }
is_file() { [ -f "$1" ] && [ ! -L "$1" ]; }
is_dir() { [ -d "$1" ] && [ ! -L "$1" ]; }
there() { [ -e "$1" ] || [ -L "$1" ]; }
failed=0
fault() {
	echo "cannot remove $1" >&2
	failed=1
}
# zero writes zeros over all files that have something in them, and waits for it.
zero() {
	for a in "$@"; do
		shift
		p=${a#?:}
		case $a in
		f:*) is_file "$p" && set -- "$@" "$p" ;;
		d:*) is_dir "$p" && set -- "$@" "$p" ;;
		t:*) { is_dir "$p" || is_file "$p"; } && set -- "$@" "$p" ;;
		esac
	done
	[ $# -eq 0 ] || find "$@" -xdev -type f -size +0 -exec shred -f -n 0 -z -- {} + 2>/dev/null
}
# empty removes what is in folders. Services that still run may write meanwhile, so
# it tries again once.
empty() {
	for a in "$@"; do
		shift
		case $a in [dt]:*) is_dir "${a#?:}" && set -- "$@" "${a#?:}" ;; esac
	done
	[ $# -gt 0 ] || return 0
	find "$@" -xdev -mindepth 1 -delete 2>/dev/null || find "$@" -xdev -mindepth 1 -delete && return 0
	for p in "$@"; do
		[ -z "$(ls -A "$p" 2>/dev/null)" ] || fault "what is in $p"
	done
}
# unlink removes files; what is not there is no fault.
unlink() {
	for a in "$@"; do
		shift
		p=${a#?:}
		case $a in
		f:*) there "$p" && set -- "$@" "$p" ;;
		t:*) there "$p" && ! is_dir "$p" && set -- "$@" "$p" ;;
		esac
	done
	[ $# -gt 0 ] || return 0
	rm -f -- "$@" 2>/dev/null && return 0
	for p in "$@"; do
		there "$p" && fault "$p"
	done
}
# unfold removes folders that are empty by now.
unfold() {
	for a in "$@"; do
		shift
		case $a in t:*) is_dir "${a#?:}" && set -- "$@" "${a#?:}" ;; esac
	done
	[ $# -eq 0 ] || rmdir -- "$@" 2>/dev/null && return 0
	for p in "$@"; do
		there "$p" && fault "$p"
	done
}

skip skip_cleanup_cloudinit_files || {
	set -- "$@" "f:$ROOT/etc/sudoers.d/90-cloud-init-users" "f:$ROOT/etc/locale.conf" \
		"f:$ROOT/var/log/cloud-init.log" "f:$ROOT/var/log/cloud-init-output.log" "d:$ROOT/var/lib/cloud"
}
skip skip_cleanup_instance_files || {
	set -- "$@" "f:$ROOT/etc/.updated" "f:$ROOT/etc/aliases.db" "f:$ROOT/etc/hostname" "f:$ROOT/var/.updated" \
		"f:$ROOT/var/lib/misc/postfix.aliasesdb-stamp" "f:$ROOT/var/lib/postfix/master.lock" "f:$ROOT/var/spool/postfix/pid/master.pid"
	for p in "$ROOT"/var/cache/yum/*/*/.gpgkeyschecked.yum; do set -- "$@" "f:$p"; done
}
skip skip_cleanup_ssh_files || {
	for p in "$ROOT"/etc/ssh/ssh_host_*_key "$ROOT"/etc/ssh/ssh_host_*_key.pub "$ROOT/root/.ssh/authorized_keys"; do set -- "$@" "f:$p"; done
	while IFS=: read -r name password uid gid comment home shell || [ -n "$name" ]; do
		set -- "$@" "f:$ROOT$home/.ssh/authorized_keys"
	done <"$ROOT/etc/passwd"
}
skip skip_cleanup_instance_log_files || {
	set -- "$@" "f:$ROOT/var/log/audit/audit.log" "f:$ROOT/var/log/boot.log" "f:$ROOT/var/log/dmesg" "f:$ROOT/var/log/cron" "f:$ROOT/var/log/cron.log"
}
case $WORK/ in
"$ROOT"/var/tmp/*) ;; # goes whole
*) skip skip_cleanup_toe_files || for p in "$WORK"/TOE_*; do set -- "$@" "t:$p"; done ;;
esac
skip skip_cleanup_ssm_log_files || set -- "$@" "d:$ROOT/var/log/amazon/ssm"
identity=goes
skip skip_cleanup_machine_id && identity=stays || {
	is_file "$ROOT/var/lib/dbus/machine-id" && set -- "$@" "f:$ROOT/var/lib/dbus/machine-id"
	set -- "$@" "f:$ROOT/var/lib/systemd/random-seed" "f:$ROOT/var/lib/systemd/credential.secret"
}
set -- "$@" "d:$ROOT/var/log/sa" "d:$ROOT/var/log/sysstat" "d:$ROOT/var/tmp" "f:$ROOT/var/lib/rsyslog/imjournal.state"
for p in "$ROOT"/var/lib/dhclient/*.leases "$ROOT"/var/lib/dhcp/*.leases; do set -- "$@" "f:$p"; done
if [ -z "$ROOT" ]; then
	# The journal goes on in memory: nothing is written back when the machine stops.
	journalctl --relinquish-var >/dev/null 2>&1 || journalctl --rotate >/dev/null 2>&1
fi
for p in "$ROOT"/var/log/journal/*; do is_dir "$p" && set -- "$@" "t:$p"; done

zero "$@"
empty "$@"
unfold "$@"
unlink "$@"
true >>"$ROOT/etc/machine-id"
# Not the service's: two machines from one image must not share an identity.
[ $identity = stays ] || true >"$ROOT/etc/machine-id" || fault "the text of $ROOT/etc/machine-id"
# What a boot would empty is not part of an image; what was kept above is.
if [ -d "$ROOT/tmp" ]; then
	set --
	if [ -e "$WORK/skip_cleanup_toe_files" ]; then
		set -- ! -path "$WORK/TOE_*"
	fi
	find "$ROOT/tmp" -xdev -mindepth 1 ! -path "$WORK/perform_cleanup" ! -path "$WORK/skip_cleanup_*" ! -path "$WORK" "$@" -delete 2>/dev/null
fi
set --
for p in "$WORK"/skip_cleanup_* "$WORK/perform_cleanup"; do set -- "$@" "f:$p"; done
zero "$@"
unlink "$@"
exit $failed

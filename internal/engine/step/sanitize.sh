# Runs as root inside a machine before its disk becomes an image. WORKDIR is set.
# An empty file skip_cleanup_… in the working directory switches a section off.
set -u
cd "$WORKDIR" 2>/dev/null || exit 0
if [ ! -e perform_cleanup ]; then
	echo "there is no $WORKDIR/perform_cleanup: nothing is cleaned"
	exit 0
fi

failed=0
skip() { [ -e "$WORKDIR/$1" ] && echo "$1: skipped"; }
# wipe overwrites and removes files; what is not there is no fault.
wipe() {
	for f in "$@"; do
		[ -e "$f" ] || [ -L "$f" ] || continue
		if [ -f "$f" ] && [ ! -L "$f" ]; then
			shred -f -n 1 -z -- "$f" 2>/dev/null
		fi
		rm -f -- "$f" || { echo "cannot remove $f" >&2; failed=1; }
	done
}
# clear_folder wipes what is below a folder and keeps the folder.
clear_folder() {
	[ -d "$1" ] || return 0
	find "$1" -xdev -mindepth 1 -type f -exec shred -f -n 1 -z -- {} + 2>/dev/null
	find "$1" -xdev -mindepth 1 -delete || { echo "cannot empty $1" >&2; failed=1; }
}

skip skip_cleanup_cloudinit_files || {
	wipe /etc/sudoers.d/90-cloud-init-users /etc/locale.conf /var/log/cloud-init.log /var/log/cloud-init-output.log
	clear_folder /var/lib/cloud
}
skip skip_cleanup_instance_files || {
	wipe /etc/.updated /etc/aliases.db /etc/hostname /var/.updated
	wipe /var/lib/misc/postfix.aliasesdb-stamp /var/lib/postfix/master.lock /var/spool/postfix/pid/master.pid
	wipe /var/cache/yum/x86_64/2/.gpgkeyschecked.yum
}
skip skip_cleanup_ssh_files || {
	wipe /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /root/.ssh/authorized_keys
	for home in $(cut -d: -f6 /etc/passwd | sort -u); do
		wipe "$home/.ssh/authorized_keys"
	done
}
skip skip_cleanup_instance_log_files || {
	wipe /var/log/audit/audit.log /var/log/boot.log /var/log/dmesg /var/log/cron
}
skip skip_cleanup_toe_files || {
	for d in "$WORKDIR"/TOE_*; do
		[ -d "$d" ] && { clear_folder "$d"; rmdir "$d"; }
	done
}
clear_folder /var/log/sa
wipe /var/log/sysstat/* /var/lib/dhclient/*.leases /var/lib/dhcp/*.leases /var/lib/rsyslog/imjournal.state
clear_folder /var/tmp
journalctl --rotate >/dev/null 2>&1
for d in /var/log/journal/*; do
	[ -d "$d" ] && { find "$d" -type f -delete; rmdir "$d" 2>/dev/null; }
done
touch /etc/machine-id
# Not the service's: two machines from one image must not share an identity.
skip skip_cleanup_machine_id || {
	: >/etc/machine-id
	wipe /var/lib/dbus/machine-id.bak /var/lib/systemd/random-seed /var/lib/systemd/credential.secret
}
wipe perform_cleanup
for f in skip_cleanup_*; do
	wipe "$f"
done
# What a boot would empty is not part of an image.
find /tmp -xdev -mindepth 1 -delete 2>/dev/null
exit $failed

#!/bin/sh
# Starts a server on the loopback with data in .ingot/, makes the parent image if it
# is not there yet, and runs the demo. Ctrl-C ends the demo and its server; a build
# that runs then continues at the next start.
set -eu
data=${INGOT_DATA:-.ingot}
listen=${INGOT_LISTEN:-127.0.0.1:7460}
sudo=
if [ "$(id -u)" -ne 0 ]; then
	echo "Machines need root: the server is started with sudo."
	sudo=sudo
fi
$sudo mkdir -p "$data"
log=$data/serve.log
# Only the owner of the data may read the log.
$sudo touch "$log"
$sudo chmod 600 "$log"
said=$(mktemp -d)
ready=$said/ready
$sudo sh -c "exec bin/ingot serve --data '$data' --listen '$listen' --ready-file '$ready' >>'$log' 2>&1" &
server=$!
# With the shell's own kill, because the program may be missing.
tell() { $sudo sh -c "kill -$1 $server" 2>/dev/null; }
finish() {
	trap - EXIT INT TERM
	tell TERM || true
	wait "$server" 2>/dev/null || true
	$sudo rm -rf "$said"
}
trap finish EXIT
trap 'finish; exit 130' INT TERM
while ! $sudo test -e "$ready"; do
	if ! tell 0; then
		echo "The server did not start:" >&2
		$sudo tail -n 5 "$log" >&2
		exit 1
	fi
	sleep 0.1
done
$sudo cat "$ready"
$sudo bin/ingot image pull debian-12 --data "$data"
$sudo bin/ingot demo --data "$data" "$@"

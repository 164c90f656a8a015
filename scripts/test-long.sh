#!/bin/sh
# Runs the tests of test/long, which take minutes, and notes the sources that they
# passed with in test/long/passed.
# usage: test-long.sh [--if-changed]   (with it, only if the sources are not those of the note)
set -eu
sources='test/long test/rig internal/artifact/disk internal/artifact/parent internal/engine/step internal/engine/assembly internal/engine/call internal/engine/command internal/engine/script internal/machine/qemu'
sum=$(find $sources -type f ! -name passed ! -path '*/testdata/fuzz/*' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1)
if [ "${1:-}" = --if-changed ] && grep -qx "$sum" test/long/passed 2>/dev/null; then
	echo "test/long: its sources are those that it passed with last; \`make test-long\` runs it all the same"
	exit 0
fi
go test -vet=off -timeout 60m ./test/long
if [ "$(id -u)" -eq 0 ]; then # else every test was skipped
	echo "$sum" >test/long/passed
fi

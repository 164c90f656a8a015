#!/bin/sh
# Runs the packages that start no machines under the race detector. It needs a C
# compiler; without one it prints that and does nothing. With -short it leaves out tests
# that start hundreds of processes, which are killed before they could race.
set -eu
if ! command -v gcc >/dev/null 2>&1 && ! command -v clang >/dev/null 2>&1; then
	echo "there is no C compiler: the race detector does not run (package gcc)"
	exit 0
fi
without='/(machine/(cgroup|network|freezer|sandbox|qemu)|test/.*|artifact/(parent|pool|disk)|buildtest|cmd/.*)$'
CGO_ENABLED=1 go test -race -short -vet=off -timeout 20m $(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | grep -Ev "$without")

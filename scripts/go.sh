#!/bin/sh
# Prints what to do if Go is missing or too old for go.mod.
set -eu
want=$(sed -n 's/^go //p' go.mod)
if ! command -v go >/dev/null 2>&1; then
	echo "Ingot is built with Go $want or newer, and there is no go command here: see https://go.dev/doc/install" >&2
	exit 1
fi

package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// packages name the Debian package of each tool that is called here.
var packages = map[string]string{
	"e2fsck": "e2fsprogs", "resize2fs": "e2fsprogs", "sfdisk": "fdisk", "qemu-img": "qemu-utils", "losetup": "mount",
	"prlimit": "util-linux",
}

// tool runs a program and gives what it printed. Its words are in the error.
func tool(ctx context.Context, stdin, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	return run(cmd, name)
}

func run(cmd *exec.Cmd, name string) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if missing, ok := errors.AsType[*exec.Error](err); ok && errors.Is(missing, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is missing: install the package %s", missing.Name, packages[missing.Name])
	}
	if err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(lastLines(out.String(), 5)))
	}
	return out.String(), nil
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

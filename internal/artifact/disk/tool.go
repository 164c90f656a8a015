package disk

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// packages maps each tool that is called here to its Debian package.
var packages = map[string]string{
	"e2fsck": "e2fsprogs", "resize2fs": "e2fsprogs", "sfdisk": "fdisk", "qemu-img": "qemu-utils", "losetup": "mount",
	"prlimit": "util-linux",
}

// toolTime bounds a program that works on a disk: a guest may have made the disk so that
// the program runs for days.
const toolTime = 30 * time.Minute

// tool runs a program, which ends with this process at the latest. An error contains the
// end of its output.
func tool(ctx context.Context, stdin, name string, args ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, toolTime, fmt.Errorf("%s did not end within %v", name, toolTime))
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	_, err := run(cmd, name)
	if err != nil && ctx.Err() != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return err
}

// run runs a command and returns the end of its output, which an error contains too.
func run(cmd *exec.Cmd, name string) (string, error) {
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if missing, ok := errors.AsType[*exec.Error](err); ok && errors.Is(missing, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is missing: install the package %s", missing.Name, packages[missing.Name])
	}
	if err != nil {
		return string(out), fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(lastLines(string(out), 5)))
	}
	return string(out), nil
}

// tail keeps the end of what is written to it: a guest can make a program print any
// amount about its disk.
type tail []byte

const mostTail = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p[max(0, len(p)-mostTail):]...)
	if over := len(*t) - mostTail; over > 0 {
		*t = append((*t)[:0], (*t)[over:]...)
	}
	return len(p), nil
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

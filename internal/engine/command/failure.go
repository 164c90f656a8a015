package command

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/call"
	"ingot/internal/imagelog"
)

// Failure is a component that failed; its text is what the API shows.
type Failure struct {
	result protocol.Result
	from   string // what failed, as the log names it
}

func (e *Failure) Error() string {
	f := e.result.Failed
	if f == nil {
		return cmp.Or(e.result.FailureMessage, "the components failed")
	}
	return fmt.Sprintf("Document %s failed! Step %s of phase %s (%s): %s%s", cmp.Or(f.ARN, f.Document), f.Step, f.Phase, f.Action, f.Error, lastWord(f.Stderr))
}

// lastWord returns the last line that a program wrote to its standard error, which
// usually says why it failed.
func lastWord(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return ""
	}
	const most = 200
	return fmt.Sprintf("; it said last: %.*s", most, last)
}

// sandboxSigns are texts that programs print when a sandbox refuses what a machine would
// allow; see docs/differences.md.
var sandboxSigns = []string{
	"/proc/sys", "Read-only file system", "mknod", "Operation not permitted", "losetup", "loop device",
	"Module not found", "modprobe", "could not insert", "canonical path",
}

// Explain logs the failure of a component and, if a sandbox may have caused it, the
// remedy. It adds to the error that there is too little space for disks.
func Explain(c *call.Call, err error) error {
	err = withSpace(c, err)
	var failed *Failure
	if !errors.As(err, &failed) || failed.result.Failed == nil {
		return err
	}
	f := failed.result.Failed
	c.Printf("failed: document %s, phase %s, step %s (%s): %s", cmp.Or(f.ARN, f.Document), f.Phase, f.Step, f.Action, f.Error)
	if f.Stderr != "" {
		c.Log.Write(imagelog.Entry{Source: c.Name, From: failed.from, Text: f.Stderr})
	}
	if c.Stage != call.StageBuild || c.BuildBackend() == c.KernelBackend {
		return err
	}
	for _, sign := range sandboxSigns {
		if strings.Contains(f.Stderr, sign) || strings.Contains(f.Error, sign) {
			c.Printf("a sandbox refuses some things that a real machine does; the tag ingot:machine = qemu on the infrastructure configuration builds on one")
			break
		}
	}
	return err
}

// withSpace adds to the error of a failed component that there is too little space for
// disks.
func withSpace(c *call.Call, err error) error {
	var failed *Failure
	if !errors.As(err, &failed) {
		return err
	}
	if full := c.Nodes.CheckSpace(); full != nil {
		return fmt.Errorf("%w; %w", err, full)
	}
	return err
}

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
	from   string // who failed, as the log marks it
}

func (e *Failure) Error() string {
	f := e.result.Failed
	if f == nil {
		return cmp.Or(e.result.FailureMessage, "the components failed")
	}
	return fmt.Sprintf("Document %s failed! Step %s of phase %s (%s): %s%s", cmp.Or(f.ARN, f.Document), f.Step, f.Phase, f.Action, f.Error, lastWord(f.Stderr))
}

// lastWord is the last line that a program wrote to its standard error, which mostly
// says why it failed.
func lastWord(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return ""
	}
	const most = 200
	return fmt.Sprintf("; it said last: %.*s", most, last)
}

// sandboxSigns are what programs print when a sandbox refuses what a machine
// would do; see docs/differences.md.
var sandboxSigns = []string{
	"/proc/sys", "Read-only file system", "mknod", "Operation not permitted", "losetup", "loop device",
	"Module not found", "modprobe", "could not insert", "canonical path",
}

// Explain writes the end of a failed component to the log with what helps, that a real
// machine would do what a sandbox refuses, and adds to the error that disks lack space.
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

// withSpace adds to a failed component that there is too little space for disks.
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

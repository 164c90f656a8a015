package step

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingot/internal/agent/protocol"
	"ingot/internal/imagelog"
)

// sink writes the events of a run to the image's log, each once. From says who is
// heard, by what the host knows: all else of an event is the guest's word.
func (c *Call) sink(run, what string, from func(protocol.Event) string) func(protocol.Event) {
	return func(e protocol.Event) {
		c.Log.Write(imagelog.Entry{Time: e.Time, Source: c.Name + "/" + place(e, what), From: from(e), Text: line(e), Run: run, Seq: e.Seq})
	}
}

// component names who is heard from a document, if it is one of the plan's.
func (c *Call) component(arn string) string {
	for _, d := range c.Plan.Components {
		if d.ARN == arn {
			return "component " + d.Name
		}
	}
	return "component"
}

// place is the document, phase and step of an event, as far as it has them, or a name
// for what has none.
func place(e protocol.Event, otherwise string) string {
	names := slices.DeleteFunc([]string{e.Document, e.Phase, e.Step}, func(s string) bool { return s == "" })
	if len(names) == 0 {
		return otherwise
	}
	return strings.Join(names, "/")
}

func line(e protocol.Event) string {
	if e.Kind == protocol.KindLog {
		return e.Text
	}
	text := fmt.Sprintf("%s %s", e.Kind, e.Status)
	if e.Attempt > 1 {
		text += fmt.Sprintf(" (attempt %d)", e.Attempt)
	}
	if e.Millis > 0 {
		text += fmt.Sprintf(" after %.1f s", float64(e.Millis)/1000)
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// sandboxSigns are what programs print when a sandbox refuses what a machine
// would do; see docs/differences.md.
var sandboxSigns = []string{
	"/proc/sys", "Read-only file system", "mknod", "Operation not permitted", "losetup", "loop device",
	"Module not found", "modprobe", "could not insert", "canonical path",
}

// explain writes the end of a failed component to the log and adds to the error
// what helps: that a real machine would do what a sandbox refuses.
func (c *Call) explain(err error) error {
	var failed *componentError
	if !errors.As(err, &failed) || failed.result.Failed == nil {
		return err
	}
	f := failed.result.Failed
	c.printf("failed: document %s, phase %s, step %s (%s): %s", cmpText(f.ARN, f.Document), f.Phase, f.Step, f.Action, f.Error)
	if f.Stderr != "" {
		c.Log.Write(imagelog.Entry{Source: c.Name, From: failed.from, Text: f.Stderr})
	}
	if c.Stage != StageBuild || c.buildBackend() == c.KernelBackend {
		return err
	}
	for _, sign := range sandboxSigns {
		if strings.Contains(f.Stderr, sign) || strings.Contains(f.Error, sign) {
			c.printf("a sandbox refuses some things that a real machine does; the tag ingot:machine = qemu on the infrastructure configuration builds on one")
			break
		}
	}
	return err
}

// withSpace adds to a failed component that there is too little space for disks.
func (c *Call) withSpace(err error) error {
	var failed *componentError
	if !errors.As(err, &failed) {
		return err
	}
	if full := c.Nodes.Admit(); full != nil {
		return fmt.Errorf("%w; %w", err, full)
	}
	return err
}

// shellQuote makes s one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

package command

import (
	"fmt"
	"slices"
	"strings"

	"ingot/internal/agent/protocol"
	"ingot/internal/engine/call"
	"ingot/internal/imagelog"
)

// sink writes the events of a run to the image's log, each once. from names the source by
// what the host knows; everything in an event comes from the guest.
func sink(c *call.Call, run, what string, from func(protocol.Event) string) func(protocol.Event) {
	return func(e protocol.Event) {
		c.Log.Write(imagelog.Entry{Time: e.Time, Source: c.Name + "/" + place(e, what), From: from(e), Text: line(e), Run: run, Seq: e.Seq})
	}
}

// component returns the source of a document's events: its component, if it is in the
// plan.
func component(c *call.Call, arn string) string {
	for _, d := range c.Plan.Components {
		if d.ARN == arn {
			return "component " + d.Name
		}
	}
	return "component"
}

// place returns the document, phase and step of an event, as far as it has them, or
// otherwise.
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

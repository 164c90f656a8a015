package assembly

import (
	"fmt"

	"ingot/internal/engine/nodes"
)

// Report is the step's outputs: how each component got into the image.
type Report struct {
	RunCommandID string           `json:"runCommandId"`
	Status       string           `json:"status"`
	Provenance   string           `json:"provenance"` // "clean", or "cached 2 of 3"
	Components   []nodes.Decision `json:"components"`
	Notes        []string         `json:"notes,omitempty"` // what else was decided, in words
	Output       string           `json:"output"`
}

func (b *assembly) report() Report {
	cached := 0
	for _, d := range b.decisions {
		if d.Cached {
			cached++
		}
	}
	provenance := "clean"
	if cached > 0 {
		provenance = fmt.Sprintf("cached %d of %d", cached, len(b.decisions))
	}
	return Report{
		RunCommandID: b.Step, Status: "Success", Provenance: provenance, Components: b.decisions, Notes: b.notes,
		Output: fmt.Sprintf("%d components ran, %d were taken from the cache", len(b.decisions)-cached, cached),
	}
}

package sandbox

import (
	"ingot/internal/machine/supervise"
)

// kind are the supervisors of sandboxes.
var kind = supervise.Kind{Name: "sandbox", Scope: ".", Running: "ready\n", NoExit: "its supervisor was killed"}

// Orders that a supervisor takes. Every connection stays open until it has ended.
const (
	orderStop = "stop" // powers the machine off in order
	orderKill = supervise.Kill
)

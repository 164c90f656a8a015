package sandbox

import (
	"ingot/internal/machine/supervise"
)

// kind is the kind of the supervisors of sandboxes.
var kind = supervise.Kind{Name: "sandbox", Scope: ".", Running: "ready\n", NoExit: "its supervisor was killed"}

// Orders of a supervisor. Every connection stays open until the supervisor has ended.
const (
	orderStop = "stop" // shuts the machine down
	orderKill = supervise.Kill
)

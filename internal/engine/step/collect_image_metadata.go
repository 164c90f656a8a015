package step

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ingot/api/imagebuilder"
	"ingot/internal/store"
	"ingot/internal/visible"
)

// collectImageMetadata reads the operating system's version and counts its
// packages.
type collectImageMetadata struct{}

// inventory asks dpkg's own database, which takes a tenth of the time of dpkg-query.
const inventory = `. /etc/os-release
echo "$NAME"
echo "$VERSION_ID"
n=$(grep -c '^Status: .* installed$' /var/lib/dpkg/status 2>/dev/null)
if [ "${n:-0}" -gt 0 ]; then echo "$n"; else rpm -qa 2>/dev/null | wc -l; fi
`

func (collectImageMetadata) Run(ctx context.Context, c *Call) Outcome {
	var out string
	err := c.lasting(ctx, func(live liveInstance) error { return c.exec(ctx, live, "inventory", inventory, &out) })
	if err != nil {
		return Fault(ctx, err)
	}
	os, packages := readInventory(out)
	err = store.SetImage(ctx, c.Store.DB(), c.Plan.Image, func(i *imagebuilder.Image) error {
		i.OsVersion = os
		return nil
	})
	if err != nil {
		return Fault(ctx, fmt.Errorf("recording the operating system: %w", err))
	}
	return Done(map[string]any{"osVersion": os, "associationId": c.Step, "packages": packages})
}

// readInventory reads what the script printed; the guest may have printed anything.
func readInventory(out string) (os, packages string) {
	lines := append(strings.SplitN(out, "\n", 4), "", "", "")
	os = visible.Sentence(strings.TrimSuffix(lines[0], " GNU/Linux")+" "+lines[1], maxSystem)
	if n, err := strconv.Atoi(strings.TrimSpace(lines[2])); err == nil && n > 0 {
		return os, strconv.Itoa(n)
	}
	return os, "0"
}

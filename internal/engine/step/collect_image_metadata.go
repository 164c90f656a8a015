package step

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ingot/api/imagebuilder"
	"ingot/internal/engine/assembly"
	"ingot/internal/engine/call"
	"ingot/internal/engine/command"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/script"
	"ingot/internal/store"
	"ingot/internal/visible"
)

// collectImageMetadata reads the operating system's version and counts its
// packages.
type collectImageMetadata struct{}

// maxSystem bounds the name and version of an operating system, in bytes.
const maxSystem = 128

func (collectImageMetadata) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	var out string
	err := assembly.Lasting(ctx, c, func(live *instance.Live) error {
		return command.Script(ctx, c, live, "inventory", script.Inventory, &out)
	})
	if err != nil {
		return outcome.Fault(ctx, err)
	}
	os, packages := readInventory(out)
	err = store.SetImage(ctx, c.Store.DB(), c.Plan.Image, func(i *imagebuilder.Image) error {
		i.OsVersion = os
		return nil
	})
	if err != nil {
		return outcome.Fault(ctx, fmt.Errorf("recording the operating system: %w", err))
	}
	return outcome.Done(map[string]any{"osVersion": os, "associationId": c.Step, "packages": packages})
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

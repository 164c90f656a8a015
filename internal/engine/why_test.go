package engine_test

import (
	"bytes"
	"strings"
	"testing"

	"ingot"
	"ingot/internal/engine/why"
	"ingot/internal/machine/memory"
)

// TestWhy: the report says how each component got into the image, and where the image is.
func TestWhy(t *testing.T) {
	r := newRig(t, memory.Config{})
	one, two := r.component(account, "one", "1.0.0", document("one")), r.component(account, "two", "1.0.0", document("two"))
	r.available(r.start(order{components: []string{one}}))
	arn := r.start(order{components: []string{one, two}, regions: twoRegions})
	image := r.available(arn)
	report, err := why.Of(t.Context(), r.store.DB(), arn)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		arn + " is AVAILABLE", "cached 1 of 2", "1. " + one + ": from the cache", "2. " + two + ": run in",
		"CreateOutputAMI", "COMPLETED", region + " " + image.OutputResources.Amis[0].Image, second + " " + image.OutputResources.Amis[1].Image,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if _, err := why.Of(t.Context(), r.store.DB(), arn+"0"); ingot.CodeOf(err) != ingot.NotFound {
		t.Errorf("an image that is not there: %v", err)
	}
}

package component

import (
	"fmt"
	"strings"
	"testing"
)

// TestPatternsOfADocumentAreBoundedTogether has patterns that are cheap alone, and one
// that is named often, which counts once.
func TestPatternsOfADocumentAreBoundedTogether(t *testing.T) {
	for name, c := range map[string]struct {
		pattern func(i int) string
		refused bool
	}{
		"one often":       {func(int) string { return ".{1000}" }, false},
		"small ones":      {func(i int) string { return fmt.Sprintf("^a[b-y]+%d$", i) }, false},
		"many repeats":    {func(i int) string { return fmt.Sprintf("%d.{1000}", i) }, true},
		"classes":         {func(i int) string { return fmt.Sprintf(`(?i)%d\pL{90}`, i) }, true},
		"one wide class":  {func(int) string { return "[" + strings.Repeat(`\pL`, 500) + "]" }, true},
		"folded ranges":   {func(i int) string { return fmt.Sprintf(`(?si)%d[\x{42}-\x{1e942}]`, i) }, true},
		"folded letters":  {func(i int) string { return fmt.Sprintf("(?i)%d[B-\U0001E942]", i) }, true},
		"without case":    {func(i int) string { return fmt.Sprintf("(?i)^[a-z0-9]+%d$", i%100) }, false},
		"nested repeats":  {func(i int) string { return fmt.Sprintf("%d((a{30}){30})", i) }, true},
		"without a bound": {func(i int) string { return fmt.Sprintf("%d(.{500}){2,}", i) }, true},
	} {
		var p patterns
		var fault error
		for i := range 800 {
			if err := p.check(c.pattern(i)); err != nil {
				fault = err
			}
		}
		if refused := fault != nil && strings.Contains(fault.Error(), "too large"); refused != c.refused {
			t.Errorf("%s: %v, of weight %d", name, fault, p.weight)
		}
	}
}

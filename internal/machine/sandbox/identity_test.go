package sandbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ingot/internal/machine/machinetest"
)

// forge starts processes of another user that look like all that works for a machine.
func forge(t *testing.T, dir string) map[string]*machinetest.Forged {
	mount := filepath.Join(dir, "root")
	return map[string]*machinetest.Forged{
		"nspawn":     machinetest.Forge(t, "systemd-nspawn", "systemd-nspawn", "--boot", "--directory="+mount),
		"supervisor": machinetest.Forge(t, "ingot", "ingot", "helper", "sandbox", dir),
		"freezer":    machinetest.Forge(t, "ingot", "ingot", "helper", "freezer", mount, "disk", "copy"),
	}
}

func unharmed(t *testing.T, all map[string]*machinetest.Forged) {
	t.Helper()
	for name, f := range all {
		if err := f.Ended(); err != nil {
			t.Errorf("the forged %s was killed: %v", name, err)
		}
	}
}

// TestNobodyPosesAsAMachine has processes of another user whose names and arguments say
// that they work for a machine. None of them makes a machine appear, and none is killed.
func TestNobodyPosesAsAMachine(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("sandboxes need root")
	}
	machines := t.TempDir()
	b, err := open(machines, "/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"forged", "removed"} {
		dir := filepath.Join(machines, token)
		if token == "removed" { // something is left, such as a machine's that has ended
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		all := forge(t, dir)
		tokens, err := b.Tokens(t.Context())
		if err != nil || slices.Contains(tokens, "forged") {
			t.Errorf("tokens %q, %v have a machine that never was", tokens, err)
		}
		if err := b.Destroy(t.Context(), token); err != nil {
			t.Error(err)
		}
		unharmed(t, all)
	}
}

// TestNobodyPosesAsALiveMachine ends a machine beside such processes.
func TestNobodyPosesAsALiveMachine(t *testing.T) {
	r := start(t)
	all := forge(t, r.dir)
	r.launch()
	r.exec("true")
	if err := r.backend.Destroy(t.Context(), r.token); err != nil {
		t.Error(err)
	}
	unharmed(t, all)
}

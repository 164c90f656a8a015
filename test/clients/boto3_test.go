package clients_test

import (
	"os/exec"
	"testing"

	"ingot/internal/api/apitest"
)

// TestBoto3 runs testdata/everything.py, which asserts for itself.
func TestBoto3(t *testing.T) {
	t.Parallel()
	if text, err := exec.Command("python3", "-c", "import boto3").CombinedOutput(); err != nil {
		t.Skipf("python3 has no boto3 (%v: %s): install it to run this test", err, text)
	}
	s := newServer(t)
	cmd := exec.CommandContext(t.Context(), "python3", "testdata/everything.py", apitest.Account, s.ami.ID)
	cmd.Env = s.env
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

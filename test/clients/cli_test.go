package clients_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/test/rig"
)

// cli is the AWS CLI of this machine, version 1 or 2.
type cli struct {
	*server
	t      *testing.T
	failed int // exit status when the service refuses
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	version, err := exec.Command("aws", "--version").CombinedOutput()
	if err != nil {
		t.Skipf("the AWS CLI is not on the PATH (%v): install awscli to run this test", err)
	}
	if !knowsAll() {
		t.Skipf("%s is older than members that this test looks at: a newer one is needed", strings.TrimSpace(string(version)))
	}
	c := &cli{server: newServer(t), t: t, failed: 255}
	if strings.HasPrefix(string(version), "aws-cli/2") {
		c.failed = 254
	}
	return c
}

// knowsAll says whether the CLI knows the newest member that these tests look at. It
// answers by itself.
func knowsAll() bool {
	out, err := exec.Command("aws", "imagebuilder", "create-component", "--name", "any", "--semantic-version", "1.0.0",
		"--platform", "Linux", "--region", "us-east-1", "--generate-cli-skeleton", "output").Output()
	return err == nil && strings.Contains(string(out), "latestVersionReferences")
}

// run calls the CLI and gives its exit status and both outputs.
func (c *cli) run(args ...string) (status int, stdout, stderr string) {
	c.t.Helper()
	var out, fault bytes.Buffer
	cmd := exec.CommandContext(c.t.Context(), "aws", append(rig.ToEndpoint(c.env, args), "--output", "json")...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, &out, &fault
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String(), fault.String()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return 0, out.String(), fault.String()
}

// answer is what the CLI prints.
type answer map[string]any

// ok calls the CLI and wants it to succeed.
func (c *cli) ok(args ...string) answer {
	c.t.Helper()
	status, stdout, stderr := c.run(args...)
	if status != 0 {
		c.t.Fatalf("aws %s ended with %d: %s", strings.Join(args, " "), status, stderr)
	}
	a := answer{}
	if stdout == "" { // what tag-resource prints
		return a
	}
	if err := json.Unmarshal([]byte(stdout), &a); err != nil {
		c.t.Fatalf("aws %s printed %s: %v", strings.Join(args, " "), stdout, err)
	}
	return a
}

// refused calls the CLI and wants it to fail with these words.
func (c *cli) refused(want string, args ...string) {
	c.t.Helper()
	status, _, stderr := c.run(args...)
	got := strings.TrimPrefix(strings.TrimSpace(stderr), "aws: [ERROR]: ")
	if status != c.failed || got != want {
		c.t.Errorf("aws %s ended with %d:\n got %s\nwant %s", strings.Join(args, " "), status, got, want)
	}
}

// at follows a path of names and indexes: "image.outputResources.amis".
func (a answer) at(path string) any {
	var v any = map[string]any(a)
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (a answer) text(path string) string {
	s, _ := a.at(path).(string)
	return s
}

// row gives the only entry of a list.
func (a answer) row(t *testing.T, path string) answer {
	t.Helper()
	list, _ := a.at(path).([]any)
	if len(list) != 1 {
		t.Fatalf("%s has %d entries: %v", path, len(list), a)
	}
	return list[0].(map[string]any)
}

// same compares an answer with what it must hold at some paths.
func (c *cli) same(a answer, want map[string]any) {
	c.t.Helper()
	for path, v := range want {
		got, err := json.Marshal(a.at(path))
		if err != nil {
			c.t.Fatal(err)
		}
		expected, err := json.Marshal(v)
		if err != nil {
			c.t.Fatal(err)
		}
		if !bytes.Equal(got, expected) {
			c.t.Errorf("%s is %s, want %s", path, got, expected)
		}
	}
}

// file gives the CLI's name of a file in testdata.
func file(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

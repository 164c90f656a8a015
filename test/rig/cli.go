package rig

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// AWS runs the real AWS CLI and decodes its answer.
func (s *Server) AWS(args ...string) map[string]any {
	s.t.Helper()
	out, err := s.TryAWS(args...)
	if err != nil {
		s.t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	answer := map[string]any{}
	if strings.TrimSpace(out) != "" {
		if err := json.Unmarshal([]byte(out), &answer); err != nil {
			s.t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	return answer
}

// TryAWS is AWS for calls that may fail; it returns all that the CLI prints.
func (s *Server) TryAWS(args ...string) (string, error) {
	args = append(ToEndpoint(s.Env, args), "--output", "json")
	if s.OwnProcesses || !embeddable() {
		c := exec.Command("aws", args...)
		c.Env = s.Env
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if s.cli == nil {
		s.cli = startCLI(s.t, s.Env)
	}
	return s.cli.run(args)
}

// NeedAWS skips where there is no AWS CLI.
func NeedAWS(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("there is no aws command here; `make demo` makes the same calls with the Go SDK")
	}
}

// ToEndpoint adds the endpoint of the environment to a call of a CLI that does not read
// it there: versions before 1.29 and 2.13.
func ToEndpoint(env, args []string) []string {
	if readsEndpoint() {
		return args
	}
	for _, e := range slices.Backward(env) { // the last counts
		if url, ok := strings.CutPrefix(e, "AWS_ENDPOINT_URL="); ok {
			return append(args, "--endpoint-url", url)
		}
	}
	return args
}

// readsEndpoint reports whether the CLI reads AWS_ENDPOINT_URL.
var readsEndpoint = sync.OnceValue(func() bool {
	var major, minor int
	_, err := fmt.Sscanf(cliVersion(), "aws-cli/%d.%d", &major, &minor)
	return err == nil && (major > 2 || major == 2 && minor >= 13 || major == 1 && minor >= 29)
})

// embeddable reports whether the CLI can be called without starting it anew: version 1
// can, if Python finds it.
var embeddable = sync.OnceValue(func() bool {
	inside, err := exec.Command("python3", "-c", "import awscli.clidriver; print('aws-cli/' + awscli.__version__)").Output()
	return err == nil && strings.HasPrefix(cliVersion(), strings.TrimSpace(string(inside))+" ")
})

var cliVersion = sync.OnceValue(func() string {
	out, _ := exec.Command("aws", "--version").CombinedOutput() // without an answer the version is unknown
	return string(out)
})

//go:embed cli.py
var loop string

// cli is the AWS CLI in a process that stays.
type cli struct {
	to   io.Writer
	from *bufio.Reader
}

func startCLI(t testing.TB, env []string) *cli {
	t.Helper()
	c := exec.Command("python3", "-c", loop)
	c.Env, c.Stderr = env, os.Stderr
	to, terr := c.StdinPipe()
	from, ferr := c.StdoutPipe()
	if terr != nil || ferr != nil {
		t.Fatal(terr, ferr)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		to.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("the AWS CLI ended with %v", err)
		}
	})
	return &cli{to: to, from: bufio.NewReader(from)}
}

func (c *cli) run(args []string) (string, error) {
	if err := json.NewEncoder(c.to).Encode(args); err != nil {
		return "", err
	}
	line, err := c.from.ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("the AWS CLI ended: %w", err)
	}
	var answer struct {
		Status int
		Out    string
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return "", err
	}
	if answer.Status != 0 {
		err = fmt.Errorf("exit status %d", answer.Status)
	}
	return answer.Out, err
}

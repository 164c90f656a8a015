// Package rig starts the real programs for tests and benchmarks of whole builds, and
// speaks to them as a user does: through the command line and the AWS CLI.
package rig

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/artifact/parent/parenttest"
	"ingot/internal/buildtest"
)

// programs are the programs under test.
var programs = []string{"ingot", "ingot-agent"}

// bin is the folder with the programs under test.
var bin string

// Bin is the folder with the programs under test, which become inputs of the test.
func Bin(t testing.TB) string {
	t.Helper()
	buildtest.Depend(t, programs...)
	return bin
}

// Main builds the programs and runs the tests of a package.
func Main(m *testing.M) int {
	if os.Geteuid() != 0 {
		fmt.Println("not root: whole builds are left out; run them with sudo")
		return 0
	}
	dir, err := os.MkdirTemp("", "ingot-e2e-bin-")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	for _, name := range programs {
		// The agent must be static; the rest shares the cache of the tests.
		if err := buildtest.Build(dir, name); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	return m.Run()
}

// Server is a running `ingot serve` with a data directory of its own.
type Server struct {
	t        testing.TB
	Data     string   // directory
	Endpoint string   // of the API
	Env      []string // for clients
	// OwnProcesses runs each call of the AWS CLI in a process of its own, as a user does.
	OwnProcesses bool
	flags        []string // of each start
	cmd          *exec.Cmd
	log          string
	cli          *cli
}

// New starts a server with a fresh data directory and the parent image.
func New(t testing.TB, flags ...string) *Server {
	t.Helper()
	return NewIn(t, "", flags...)
}

// NewIn is New with the data directory in a given folder.
func NewIn(t testing.TB, folder string, flags ...string) *Server {
	t.Helper()
	buildtest.Depend(t, programs...)
	dir, err := os.MkdirTemp(folder, "ingot-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, Data: filepath.Join(dir, "data"), flags: flags, log: filepath.Join(dir, "serve.log")}
	before := Leftovers(s.Data, nil)
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			text, _ := os.ReadFile(s.log)
			t.Logf("server log:\n%s", Tail(string(text), 40))
		}
		if left := Leftovers(s.Data, before); len(left) > 0 {
			t.Errorf("left over after the server:\n%s", strings.Join(left, "\n"))
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s.Start()
	s.Ingot("image", "pull", "debian-12", "--disk", parenttest.Disk(t))
	return s
}

// Start runs the server, with further flags for this time, and waits until it is ready.
func (s *Server) Start(flags ...string) {
	s.t.Helper()
	flags = append(s.flags[:len(s.flags):len(s.flags)], flags...)
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	ready, signal, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer ready.Close()
	s.cmd = exec.Command(filepath.Join(bin, "ingot"), append([]string{"serve", "--data", s.Data, "--listen", s.address()}, flags...)...)
	s.cmd.Stdout, s.cmd.Stderr = signal, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	signal.Close()
	line := make([]byte, 4096)
	n, err := ready.Read(line)
	if err != nil {
		text, _ := os.ReadFile(s.log)
		s.t.Fatalf("the server did not get ready: %v\n%s", err, Tail(string(text), 20))
	}
	s.t.Logf("%s", line[:n])
	go func() { _, _ = io.Copy(io.Discard, ready) }() // its other output
	s.Endpoint = "http://" + s.address()
	s.Env = s.exports()
}

// address returns an address that stays the same over restarts.
func (s *Server) address() string {
	if s.Endpoint == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			s.t.Fatal(err)
		}
		defer l.Close()
		s.Endpoint = "http://" + l.Addr().String()
	}
	return strings.TrimPrefix(s.Endpoint, "http://")
}

// Kill kills the server and waits for its end.
func (s *Server) Kill(sig unix.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // its error is that it was killed
	s.cmd = nil
}

func (s *Server) Stop() {
	if s.cmd != nil {
		s.Kill(unix.SIGTERM)
	}
	// What the server left running on purpose ends with the data directory.
	c := exec.Command(filepath.Join(bin, "ingot"), "machine", "end", "--all", "--data", s.Data)
	if out, err := c.CombinedOutput(); err != nil && !bytes.Contains(out, []byte("there is no data")) {
		s.t.Errorf("ending the machines: %v\n%s", err, out)
	}
}

func (s *Server) exports() []string {
	env := os.Environ()
	for line := range strings.Lines(s.Ingot("env")) {
		if kv, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
			env = append(env, strings.ReplaceAll(kv, "'", ""))
		}
	}
	return append(env, "AWS_PAGER=")
}

// Ingot runs a command of the program on the server's data.
func (s *Server) Ingot(args ...string) string {
	s.t.Helper()
	out, err := s.TryIngot(args...)
	if err != nil {
		s.t.Fatalf("ingot %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (s *Server) TryIngot(args ...string) (string, error) {
	c := exec.Command(filepath.Join(bin, "ingot"), append(args, "--data", s.Data)...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// buildTime bounds one build, with a test by boot without KVM on a busy host.
const buildTime = 6 * time.Minute

// Await follows the log of an image until its build has ended, over restarts of
// the server, and returns the image's status and reason.
func (s *Server) Await(arn string) (status, reason string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "ingot"), "logs", "-f", arn, "--data", s.Data).CombinedOutput()
	if err != nil {
		s.t.Fatalf("following the build: %v\n%s", err, Tail(string(out), 60))
	}
	return s.State(arn)
}

// State reads an image's state through the API.
func (s *Server) State(arn string) (status, reason string) {
	s.t.Helper()
	image := s.AWS("imagebuilder", "get-image", "--image-build-version-arn", arn)["image"].(map[string]any)
	state := image["state"].(map[string]any)
	reason, _ = state["reason"].(string)
	return state["status"].(string), reason
}

// Available waits for a build and fails the test unless the image is AVAILABLE.
func (s *Server) Available(arn string) {
	s.t.Helper()
	if status, reason := s.Await(arn); status != "AVAILABLE" {
		out, _ := s.TryIngot("logs", arn)
		s.t.Fatalf("%s is %s: %s\n%s", arn, status, reason, Tail(out, 60))
	}
}

// Tail returns the last lines of a text.
func Tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Write puts a file into the test's folder and returns its file:// name.
func Write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

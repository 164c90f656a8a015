package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ingot/internal/agent/executor"
	"ingot/internal/agent/process"
	"ingot/internal/agent/protocol"
	"ingot/internal/agent/statefile"
)

// request is the request of a job: one of the two.
type request struct {
	Run  *protocol.Run  `json:",omitempty"`
	Exec *protocol.Exec `json:",omitempty"`
}

func (r request) id() string {
	if r.Run != nil {
		return r.Run.ID
	}
	return r.Exec.ID
}

// job is a run or an exec.
type job struct {
	request
	dir     string
	spool   *spool
	cancel  context.CancelCauseFunc
	stopped chan struct{} // closed when it no longer runs in this process
}

// errNoRequest is the error of a folder without a request: no job was begun there.
var errNoRequest = errors.New("no request")

// makeJob stores the request before the job begins.
func makeJob(dir string, r request) (*job, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of a run: %w", err)
	}
	if err := statefile.Write(filepath.Join(dir, "request.json"), r); err != nil {
		return nil, fmt.Errorf("keeping what is to be run: %w", err)
	}
	return loadJob(dir)
}

func loadJob(dir string) (*job, error) {
	j := &job{dir: dir, stopped: make(chan struct{})}
	err := statefile.Read(j.file("request.json"), &j.request)
	if errors.Is(err, fs.ErrNotExist) || err == nil && j.Run == nil && j.Exec == nil {
		return nil, errNoRequest
	}
	if err != nil {
		return nil, err
	}
	j.spool, err = openSpool(j.file("events"))
	return j, err
}

func (j *job) file(name string) string { return filepath.Join(j.dir, name) }

// begin starts a job, or continues that of an earlier server.
func (s *Server) begin(j *job, fresh bool) {
	var ctx context.Context
	ctx, j.cancel = context.WithCancelCause(s.life)
	if _, err := os.Stat(j.file("cancel")); err == nil {
		j.cancel(executor.ErrCancelled)
	}
	var end protocol.Reply
	if err := statefile.Read(j.file("result.json"), &end); err == nil {
		j.spool.end(end)
		close(j.stopped)
		return
	}
	go func() {
		defer close(j.stopped)
		switch {
		case j.Run != nil:
			s.run(ctx, j)
		case fresh:
			j.end(protocol.Reply{ExecResult: j.exec(ctx)})
		default:
			j.end(protocol.Reply{ExecResult: &protocol.ExecResult{
				ExitCode: -1, Error: "the agent or the machine ended while the script was running; it was not run again",
			}})
		}
	}()
}

// markCancelled cancels the job, in later lives of the machine too.
func (j *job) markCancelled() error {
	if j.spool.ended() {
		return nil
	}
	err := os.WriteFile(j.file("cancel"), nil, 0o600)
	j.cancel(executor.ErrCancelled)
	return err
}

// run executes a run. When the machine has to restart, or the server stops, the next
// server continues the job.
func (s *Server) run(ctx context.Context, j *job) {
	result, err := executor.Execute(ctx, executor.Config{Run: *j.Run, Dir: j.dir, Boot: s.config.Boot, Emit: j.spool.add})
	if errors.Is(err, executor.ErrReboot) {
		j.spool.sync()
		if err = s.config.Restart(ctx); err == nil || ctx.Err() != nil {
			return
		}
		result = failed(*j.Run, "the machine could not be restarted: "+err.Error())
	} else if err != nil {
		return
	}
	j.end(protocol.Reply{Result: &result})
}

func failed(run protocol.Run, message string) protocol.Result {
	now := time.Now().UTC()
	return protocol.Result{
		ID: run.ID, Status: protocol.Failed, FailureMessage: message,
		Failed: &protocol.Failure{Error: message}, Started: now, Ended: now,
	}
}

// end records the end and sends it to clients, even if the disk is too full to record it.
func (j *job) end(end protocol.Reply) {
	switch last := j.spool.last(); {
	case end.Result != nil:
		end.Result.LastSeq = last
	case end.ExecResult != nil:
		end.ExecResult.ID, end.ExecResult.LastSeq = j.id(), last
	}
	_ = statefile.Write(j.file("result.json"), end)
	_ = os.RemoveAll(j.file("scratch")) // scripts are no longer needed
	j.spool.end(end)
}

const defaultExecTime = 7200

// interpreter returns the program and arguments for a script: those of its first line, as
// the kernel reads it, or else the system's shell. The kernel is not asked to run the
// file, because it refuses one that a child which is being started still has open for
// writing.
func interpreter(text, file string) (program string, args []string) {
	line, _, _ := strings.Cut(text, "\n")
	named, ok := strings.CutPrefix(line, "#!")
	if named = strings.Trim(named, " \t"); !ok || named == "" {
		return "/bin/sh", []string{file}
	}
	end := strings.IndexAny(named, " \t")
	if end < 0 {
		return named, []string{file}
	}
	return named[:end], []string{strings.TrimLeft(named[end:], " \t"), file}
}

// exec runs a script of the host's.
func (j *job) exec(ctx context.Context) *protocol.ExecResult {
	script := j.file("script.sh")
	if err := os.WriteFile(script, []byte(j.Exec.Script), 0o700); err != nil {
		return &protocol.ExecResult{ExitCode: -1, Error: err.Error()}
	}
	program, args := interpreter(j.Exec.Script, script)
	limit := time.Duration(cmp.Or(j.Exec.TimeoutSeconds, defaultExecTime)) * time.Second
	r, err := process.Run(ctx, process.Command{
		Path: program, Args: args, Dir: cmp.Or(j.Exec.WorkDir, "/"),
		Env: executor.Environment(j.Exec.Environment), Time: limit,
		Line: func(stream process.Stream, text string) {
			j.spool.add(protocol.Event{Kind: protocol.KindLog, Stream: string(stream), Text: text})
		},
	})
	if err != nil {
		return &protocol.ExecResult{ExitCode: -1, Error: err.Error()}
	}
	result := &protocol.ExecResult{ExitCode: r.Exit, Stdout: r.Stdout, Stderr: r.Stderr}
	if r.TimedOut || r.Cancelled || r.Signal != "" {
		result.ExitCode, result.Error = -1, r.Message(limit)
	}
	return result
}

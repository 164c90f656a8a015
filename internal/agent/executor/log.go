package executor

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"ingot/internal/agent/protocol"
)

// runLog is the folder TOE_… that a run leaves behind. A failed write there does not fail
// the run: events say the same.
type runLog struct {
	mu          sync.Mutex
	folder      string   // empty: the run leaves none
	console     *os.File // what is printed for people
	application *os.File // the same with times and more
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// openLog makes the folder, or finds that of an earlier agent, and from then on every
// event is written into it.
func openLog(e *executor) (*runLog, error) {
	log := &runLog{}
	if e.Run.LogDir == "" {
		return log, nil
	}
	if e.state.LogFolder == "" {
		name := "TOE_" + e.state.Started.Format("2006-01-02_15-04-05") + "_UTC-0_" + unfit.ReplaceAllString(e.Run.ID, "-")
		e.state.LogFolder = filepath.Join(e.Run.LogDir, name)
	}
	log.folder = e.state.LogFolder
	if err := log.open(e.Run.Documents); err != nil {
		log.close()
		return nil, fmt.Errorf("making the run's log folder: %w", explain(err))
	}
	emit := e.Emit
	e.Emit = func(event protocol.Event) {
		log.event(event)
		emit(event)
	}
	return log, nil
}

func (l *runLog) open(documents []protocol.Document) (err error) {
	if err := os.MkdirAll(l.folder, 0o755); err != nil {
		return err
	}
	for i, d := range documents {
		name := "document.yaml"
		if len(documents) > 1 {
			name = fmt.Sprintf("document-%d.yaml", i+1)
		}
		if err := os.WriteFile(filepath.Join(l.folder, name), []byte(d.Data), 0o644); err != nil {
			return err
		}
	}
	if l.console, err = l.append("console.log"); err != nil {
		return err
	}
	l.application, err = l.append("application.log")
	return err
}

func (l *runLog) append(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(l.folder, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
}

func (l *runLog) close() {
	for _, f := range []*os.File{l.console, l.application} {
		if f != nil {
			_ = f.Close() // a log without its end does not fail the run
		}
	}
}

// event writes one event to both logs.
func (l *runLog) event(e protocol.Event) {
	line := describe(e)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = fmt.Fprintln(l.console, line)
	_, _ = fmt.Fprintf(l.application, "%s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), where(e)+line)
}

// where names phase and step in front of a line.
func where(e protocol.Event) string {
	if e.Step == "" {
		return ""
	}
	return "[" + e.Phase + "/" + e.Step + "] "
}

// describe is an event as a line of console.log.
func describe(e protocol.Event) string {
	switch e.Kind {
	case protocol.KindLog:
		switch e.Stream {
		case protocol.Stdout:
			return "CmdExecution: Stdout: " + e.Text
		case protocol.Stderr:
			return "CmdExecution: Stderr: " + e.Text
		}
		return e.Text
	case protocol.KindDocument:
		return status("Document "+e.Document, e)
	case protocol.KindPhase:
		return status("Phase "+e.Phase, e)
	case protocol.KindStep:
		return status("Step "+e.Step+" ("+e.Action+")", e)
	}
	return e.Text
}

func status(what string, e protocol.Event) string {
	text := what + ": " + string(e.Status)
	if e.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", e.Attempt)
	}
	if e.Text != "" {
		text += ": CmdExecution: " + exitText(e.Text)
	}
	return text
}

// exitText writes an exit status in the form that readers of such logs look for.
func exitText(message string) string {
	if code, ok := strings.CutPrefix(message, "exit status "); ok {
		return "ExitCode " + code
	}
	return message
}

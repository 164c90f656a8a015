// Package executor executes a run: component documents in order, in each the selected
// phases in the order of the document, in each the steps, with attempts, time limits,
// conditions, chained outputs, and restarts of the machine in the middle.
//
// Everything that a run needs to continue is in its folder and is written before and
// after each step, so that [Execute] with the same folder continues instead of starting
// over. A step that was running when the agent or the machine ended unasked is never run
// again: the run fails and says so.
package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ingot/internal/agent/protocol"
	"ingot/internal/agent/statefile"
	"ingot/internal/document/component"
)

// ErrReboot is the error of [Execute] when the machine has to restart before the run can
// continue: restart it and call Execute again with the same folder.
var ErrReboot = errors.New("the machine must restart for the run to go on")

// ErrCancelled is the cause of a context whose end cancels the run. A context that ends
// for another reason leaves the run to be continued, as a crash does.
var ErrCancelled = errors.New("the run was cancelled")

// maxReboots is how often a run may restart its machine. Scripts that end with 194 every
// time would restart for ever.
const maxReboots = 15

// Config is one call of [Execute].
type Config struct {
	Run  protocol.Run
	Dir  string // the run's own folder
	Boot string // differs in each life of the machine
	// Emit takes the events; it fills in Seq and Time. It must not block for long.
	Emit func(protocol.Event)
}

// unit is one step in the order of the run.
type unit struct {
	document int
	phase    *component.Phase
	step     *component.Step
	// The unit begins or ends its document and phase.
	firstOfDocument, lastOfDocument, firstOfPhase, lastOfPhase bool
}

// executor is one running Execute.
type executor struct {
	Config
	documents []*component.Document
	values    []map[string]string // parameters and constants of each document
	units     []unit
	env       []string
	workDir   string
	log       *runLog
	state     state
	journal   *statefile.Journal
	// What part of the state is in the journal already.
	saved       int // records
	savedFailed bool
}

// Execute starts the run or continues it, and returns with its result, with
// ErrReboot, or with the cause of ctx when that was not ErrCancelled.
func Execute(ctx context.Context, c Config) (protocol.Result, error) {
	e := &executor{Config: c, workDir: cmp.Or(c.Run.WorkDir, "/tmp")}
	e.Run.Documents = slices.Clone(e.Run.Documents) // names are filled in
	defer e.close()
	if err := e.prepare(); err != nil {
		return e.refuse(err), nil
	}
	if err := e.resume(); err != nil {
		return e.end(ctx, err)
	}
	return e.end(ctx, e.carryOn(ctx))
}

// close closes the run's files.
func (e *executor) close() {
	if e.log != nil {
		e.log.close()
	}
	if e.journal != nil {
		_ = e.journal.Close() // what was added is on stable storage
	}
}

// prepare reads the documents and the state; nothing is executed before all of them are
// valid.
func (e *executor) prepare() error {
	for i := range e.Run.Documents {
		d := &e.Run.Documents[i]
		doc, err := component.Parse([]byte(d.Data))
		if err == nil {
			err = doc.Check(component.Linux)
		}
		if err != nil {
			return fmt.Errorf("document %s is not valid: %w", e.label(i), err)
		}
		values, err := bind(doc, d.Parameters)
		if err != nil {
			return fmt.Errorf("document %s: %w", e.label(i), err)
		}
		d.Name = cmp.Or(d.Name, doc.Name)
		if err := e.supported(doc); err != nil {
			return fmt.Errorf("document %s: %w", e.label(i), err)
		}
		e.documents = append(e.documents, doc)
		e.values = append(e.values, values)
	}
	e.plan()
	e.env = environment(e.Run, e.workDir)
	if err := os.MkdirAll(filepath.Join(e.Dir, "scratch"), 0o700); err != nil {
		return fmt.Errorf("making the run's folder: %w", err)
	}
	if err := e.load(); err != nil {
		return err
	}
	log, err := openLog(e)
	if err != nil {
		return err
	}
	e.log = log
	if err := os.MkdirAll(e.workDir, 0o777); err != nil {
		return fmt.Errorf("making the working directory: %w", err)
	}
	return nil
}

// label names a document in messages.
func (e *executor) label(i int) string {
	d := e.Run.Documents[i]
	return cmp.Or(d.ARN, d.Name, fmt.Sprintf("%d", i+1))
}

// plan lists the steps of the selected phases in the order of the run.
func (e *executor) plan() {
	for i, doc := range e.documents {
		first := len(e.units)
		for p := range doc.Phases {
			phase := &doc.Phases[p]
			if !e.selected(phase.Name) {
				continue
			}
			for s := range phase.Steps {
				e.units = append(e.units, unit{
					document: i, phase: phase, step: &phase.Steps[s],
					firstOfPhase: s == 0, lastOfPhase: s == len(phase.Steps)-1,
				})
			}
		}
		if first < len(e.units) {
			e.units[first].firstOfDocument = true
			e.units[len(e.units)-1].lastOfDocument = true
		}
	}
}

func (e *executor) selected(phase string) bool {
	return len(e.Run.Phases) == 0 || slices.Contains(e.Run.Phases, phase)
}

// supported refuses what this version cannot run in the selected phases.
func (e *executor) supported(doc *component.Document) error {
	for _, phase := range doc.Phases {
		if err := checkSupported(phase); err != nil && e.selected(phase.Name) {
			return err
		}
	}
	return nil
}

// bind returns the values of a document's names: constants, and parameters from the run
// or their defaults. Values for other names are ignored.
func bind(doc *component.Document, given map[string][]string) (map[string]string, error) {
	values := map[string]string{}
	for _, c := range doc.Constants {
		values[c.Name] = c.Value
	}
	for _, p := range doc.Parameters {
		values[p.Name] = p.Default
		list, ok := given[p.Name]
		if !ok {
			continue
		}
		for _, v := range list {
			if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, v) {
				return nil, fmt.Errorf("the parameter %s does not allow the value %q; allowed are %q", p.Name, v, p.AllowedValues)
			}
		}
		values[p.Name] = strings.Join(list, ",")
	}
	return values, nil
}

// resume completes what an earlier agent left: a restart that was requested, or a step
// that was interrupted.
func (e *executor) resume() error {
	s := &e.state
	switch {
	case s.Rebooting && s.Boot == e.Boot: // the restart has not happened yet
		return ErrReboot
	case s.Rebooting:
		s.Rebooting = false
		if err := e.restoreMarks(); err != nil {
			return err
		}
		e.Emit(protocol.Event{Kind: protocol.KindReboot, Status: protocol.Success, Text: "the machine is back"})
	case s.Aborted:
		return errAborted
	case s.Running && s.Boot == e.Boot:
		killLeftovers(s.Group, s.GroupStart)
		return e.cutOff("the agent in the machine ended while this step was running; the step was not run again")
	case s.Running:
		return e.cutOff("the machine restarted while this step was running, and the step had not asked for it (by the Reboot action or exit status 194); the step was not run again")
	}
	return e.save()
}

// cutOff fails the running step and the run with it, whatever its onFailure says: it is
// unknown how far the step came.
func (e *executor) cutOff(message string) error {
	u := e.units[e.state.Unit]
	e.state.Running = false
	r := record{Status: protocol.Failed, Message: message, Started: e.state.StepStarted}
	return e.stepEnded(u, r, true)
}

// carryOn runs the steps from the state's position to the end.
func (e *executor) carryOn(ctx context.Context) error {
	for e.state.Unit < len(e.units) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		u := e.units[e.state.Unit]
		if err := e.announce(u); err != nil {
			return err
		}
		if err := e.step(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// announce emits the begin of a document and phase, once.
func (e *executor) announce(u unit) error {
	if e.state.Announced > e.state.Unit {
		return nil
	}
	if u.firstOfDocument {
		e.Emit(e.event(u, protocol.Event{Kind: protocol.KindDocument, Status: protocol.Running}))
		e.state.DocumentStarted = time.Now().UTC()
	}
	if u.firstOfPhase {
		e.Emit(e.event(u, protocol.Event{Kind: protocol.KindPhase, Phase: u.phase.Name, Status: protocol.Running}))
		e.state.PhaseStarted = time.Now().UTC()
	}
	e.state.Announced = e.state.Unit + 1
	return nil // saved with the step's begin
}

// event names the document of a unit in an event.
func (e *executor) event(u unit, ev protocol.Event) protocol.Event {
	ev.Document, ev.ARN = e.Run.Documents[u.document].Name, e.Run.Documents[u.document].ARN
	return ev
}

// stepEvent names the unit's step in an event.
func (e *executor) stepEvent(u unit, ev protocol.Event) protocol.Event {
	ev.Phase, ev.Step, ev.Action = u.phase.Name, u.step.Name, u.step.Action
	return e.event(u, ev)
}

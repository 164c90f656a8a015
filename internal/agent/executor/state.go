package executor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"ingot/internal/agent/action"
	"ingot/internal/agent/protocol"
	"ingot/internal/agent/statefile"
	"ingot/internal/document/component"
)

// state is everything that a run needs to continue. It is kept in a journal: the position
// is added before, during and after each step, and the record of a step once, at its end.
type state struct {
	position
	Records []record // of the units that have ended, by index
	Failed  *protocol.Failure
}

// entry is one line of the journal.
type entry struct {
	position
	From    int               // the index of the first of Records
	Records []record          `json:",omitempty"` // of units that ended since the line before
	Failed  *protocol.Failure `json:",omitempty"` // if set since the line before
}

// position is how far a run has come.
type position struct {
	Run    string // its ID
	Digest string // of what was asked for
	Boot   string // the life of the machine in which it was written

	Unit    int               // the next step, or the one under way
	Attempt int               // of it; 0: none yet
	Verdict component.Verdict // of its condition; empty: not asked yet
	Running bool              // an attempt is under way
	Group   int               // its process group; 0: none
	// GroupStart is the start time of the group's leader as /proc shows it, which differs
	// from that of a later process with the same id.
	GroupStart string
	Rebooting  bool // a restart was asked for and has not happened
	Reboots    int
	Marks      []string // files for the clean-up that were in the working directory then
	Announced  int      // units whose documents and phases were reported as begun

	Started, DocumentStarted, PhaseStarted, StepStarted time.Time

	LogFolder string
	Aborted   bool // the run ends after the last record
}

// record is a step that has ended.
type record struct {
	Status  protocol.Status
	Message string          `json:",omitempty"`
	Inputs  component.Value // resolved; Absent if they never were
	Outputs []action.Output `json:",omitempty"`
	Started time.Time
	Ended   time.Time
}

// load reads the state, or begins a new one.
func (e *executor) load() error {
	digest, err := digestOf(e.Run)
	if err != nil {
		return err
	}
	if err := e.recall(); err != nil {
		return err
	}
	switch s := &e.state; {
	case s.Run == "":
		s.position = position{Run: e.Run.ID, Digest: digest, Boot: e.Boot, Started: time.Now().UTC()}
	case s.Run != e.Run.ID || s.Digest != digest:
		return fmt.Errorf("the state in %s belongs to another run", e.Dir)
	}
	return nil
}

// recall reads what earlier agents wrote: the journal, and before it the one document
// that agents of earlier versions wrote anew each time.
func (e *executor) recall() error {
	err := statefile.Read(filepath.Join(e.Dir, "state.json"), &e.state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	e.journal, err = statefile.OpenJournal(filepath.Join(e.Dir, "journal"), func(line []byte) error {
		var got entry
		if err := json.Unmarshal(line, &got); err != nil {
			return err
		}
		return e.state.take(got)
	})
	e.saved, e.savedFailed = len(e.state.Records), e.state.Failed != nil
	return err
}

// take applies one line of the journal.
func (s *state) take(got entry) error {
	if got.From != len(s.Records) {
		return fmt.Errorf("record %d follows %d", got.From, len(s.Records))
	}
	s.position = got.position
	s.Records = append(s.Records, got.Records...)
	if got.Failed != nil {
		s.Failed = got.Failed
	}
	return nil
}

// save adds the state to the journal: the position, and what has changed since the line
// before.
func (e *executor) save() error {
	e.state.Boot = e.Boot
	line := entry{position: e.state.position, From: e.saved, Records: e.state.Records[e.saved:]}
	if !e.savedFailed {
		line.Failed = e.state.Failed
	}
	if err := e.journal.Append(line); err != nil {
		return fmt.Errorf("keeping the run's state: %w", explain(err))
	}
	e.saved, e.savedFailed = len(e.state.Records), e.state.Failed != nil
	return nil
}

// explain adds the remedy to the most frequent failure.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the machine's disk is full; give the recipe a larger root volume: %w", err)
	}
	return err
}

// digestOf returns the digest of a run's request.
func digestOf(run protocol.Run) (string, error) {
	run.AfterSeq = 0
	text, err := json.Marshal(run)
	if err != nil {
		return "", fmt.Errorf("encoding the run: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// started records the process group of the running step, so that the next agent can kill
// it if this one dies. A failure to record it does not fail the step.
func (e *executor) started(group int) {
	e.state.Group, e.state.GroupStart = group, startTime(group)
	_ = e.save()
}

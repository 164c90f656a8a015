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

// state is everything a run needs to go on.
type state struct {
	Run    string // its ID
	Digest string // of what was asked for
	Boot   string // the life in which the state was written

	Unit    int               // the next step, or the one under way
	Attempt int               // of it; 0: none yet
	Verdict component.Verdict // of its condition; empty: not asked yet
	Running bool              // an attempt is under way
	Group   int               // its process group; 0: none
	// GroupStart is the start time of the group's leader as /proc shows it, which
	// tells it from a later process with the same id.
	GroupStart string
	Rebooting  bool // a restart was asked for and has not happened
	Reboots    int
	Marks      []string // files for the clean-up that were in the working directory then
	Announced  int      // units whose documents and phases were reported as begun

	Started, DocumentStarted, PhaseStarted, StepStarted time.Time

	LogFolder string
	Records   []record // of the units that have ended, by index
	Aborted   bool     // the run ends after the last record
	Failed    *protocol.Failure
}

// record is a step that has ended.
type record struct {
	Status  protocol.Status
	Message string          `json:",omitempty"`
	Inputs  component.Value // resolved; Absent when it never came to that
	Outputs []action.Output `json:",omitempty"`
	Started time.Time
	Ended   time.Time
}

func (e *executor) stateFile() string { return filepath.Join(e.Dir, "state.json") }

// load reads the state, or begins a new one.
func (e *executor) load() error {
	digest, err := digestOf(e.Run)
	if err != nil {
		return err
	}
	err = statefile.Read(e.stateFile(), &e.state)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.state = state{Run: e.Run.ID, Digest: digest, Boot: e.Boot, Started: time.Now().UTC()}
		return nil
	case err != nil:
		return err
	case e.state.Run != e.Run.ID || e.state.Digest != digest:
		return fmt.Errorf("the state in %s belongs to another run", e.Dir)
	}
	return nil
}

// save writes the state as of this life.
func (e *executor) save() error {
	e.state.Boot = e.Boot
	if err := statefile.Write(e.stateFile(), &e.state); err != nil {
		return fmt.Errorf("keeping the run's state: %w", explain(err))
	}
	return nil
}

// explain adds the remedy to the most frequent failure.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the machine's disk is full; give the recipe a larger root volume: %w", err)
	}
	return err
}

// digestOf tells one run's documents from another's.
func digestOf(run protocol.Run) (string, error) {
	run.AfterSeq = 0
	text, err := json.Marshal(run)
	if err != nil {
		return "", fmt.Errorf("encoding the run: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// started notes the process group of the step under way, so that it can be
// killed should the agent die and come back. The note is no more than a help: a
// failure to write it fails nothing.
func (e *executor) started(group int) {
	e.state.Group, e.state.GroupStart = group, startTime(group)
	_ = e.save()
}

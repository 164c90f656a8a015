package executor

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"ingot/internal/agent/action"
	"ingot/internal/agent/protocol"
	"ingot/internal/document/component"
)

// The types below are detailedoutput.json, the machine-readable record of a run.
type (
	runDetail struct {
		ExecutionID    string           `json:"executionId"`
		Status         protocol.Status  `json:"status"`
		StartTime      time.Time        `json:"startTime"`
		EndTime        time.Time        `json:"endTime"`
		FailureMessage string           `json:"failureMessage"`
		Documents      []documentDetail `json:"documents"`
	}
	documentDetail struct {
		Name           string          `json:"name"`
		FilePath       string          `json:"filePath"`
		Status         protocol.Status `json:"status"`
		Description    string          `json:"description"`
		StartTime      time.Time       `json:"startTime"`
		EndTime        time.Time       `json:"endTime"`
		FailureMessage string          `json:"failureMessage"`
		Phases         []phaseDetail   `json:"phases"`
	}
	phaseDetail struct {
		Name           string          `json:"name"`
		Status         protocol.Status `json:"status"`
		StartTime      time.Time       `json:"startTime"`
		EndTime        time.Time       `json:"endTime"`
		FailureMessage string          `json:"failureMessage"`
		Steps          []stepDetail    `json:"steps"`
	}
	stepDetail struct {
		Name           string              `json:"name"`
		Status         protocol.Status     `json:"status"`
		FailureMessage string              `json:"failureMessage"`
		TimeoutSeconds int                 `json:"timeoutSeconds"`
		OnFailure      component.OnFailure `json:"onFailure"`
		MaxAttempts    int                 `json:"maxAttempts"`
		Action         string              `json:"action"`
		StartTime      time.Time           `json:"startTime"`
		EndTime        time.Time           `json:"endTime"`
		Inputs         string              `json:"inputs"`  // a JSON array
		Outputs        string              `json:"outputs"` // a JSON array
		Loop           any                 `json:"loop"`
		DetailedOutput any                 `json:"detailedOutput"`
	}
)

// writeDetail writes the record beside the logs.
func (l *runLog) writeDetail(e *executor, r protocol.Result) {
	if l.folder == "" {
		return
	}
	text, err := json.MarshalIndent(e.detail(r), "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(l.folder, "detailedoutput.json"), text, 0o644)
	}
	if err != nil {
		e.Emit(protocol.Event{Kind: protocol.KindLog, Stream: protocol.Agent, Text: "the run's record could not be written: " + err.Error()})
	}
}

// detail gathers the ended steps under their phases and documents.
func (e *executor) detail(r protocol.Result) runDetail {
	run := runDetail{
		ExecutionID: e.Run.ID, Status: r.Status, StartTime: r.Started, EndTime: r.Ended,
		FailureMessage: r.FailureMessage, Documents: []documentDetail{},
	}
	for i, got := range e.state.Records {
		u := e.units[i]
		if i == 0 || e.units[i-1].document != u.document {
			run.Documents = append(run.Documents, documentDetail{
				Name: e.Run.Documents[u.document].Name, FilePath: e.Run.Documents[u.document].ARN,
				Description: e.documents[u.document].Description, StartTime: got.Started,
				Status: e.status(func(v unit) bool { return v.document == u.document }),
			})
		}
		d := &run.Documents[len(run.Documents)-1]
		if u.firstOfPhase {
			d.Phases = append(d.Phases, phaseDetail{
				Name: u.phase.Name, StartTime: got.Started,
				Status: e.status(func(v unit) bool { return v.document == u.document && v.phase == u.phase }),
			})
		}
		p := &d.Phases[len(d.Phases)-1]
		p.Steps = append(p.Steps, stepOf(u.step, got))
		d.EndTime, p.EndTime = got.Ended, got.Ended
		if got.Status == protocol.Failed {
			p.FailureMessage, d.FailureMessage = got.Message, "Document "+e.label(u.document)+" failed!"
		}
	}
	return run
}

func stepOf(step *component.Step, got record) stepDetail {
	seconds := int(step.Timeout / time.Second)
	if seconds == 0 {
		seconds = -1
	}
	outputs := got.Outputs
	if len(outputs) == 0 || step.DisableLogging {
		outputs = []action.Output{{}}
	}
	return stepDetail{
		Name: step.Name, Status: got.Status, FailureMessage: got.Message, TimeoutSeconds: seconds,
		OnFailure: step.OnFailure, MaxAttempts: step.MaxAttempts, Action: step.Action,
		StartTime: got.Started, EndTime: got.Ended, Inputs: inputsOf(step.Action, got.Inputs), Outputs: jsonText(outputs),
	}
}

// inputsOf returns a step's inputs as a list, each with every key of its module.
func inputsOf(name string, inputs component.Value) string {
	items := inputs.Items
	if inputs.Kind == component.Mapping {
		items = []component.Value{inputs}
	}
	module, _ := component.LookupModule(name)
	list := make([]any, len(items))
	for i, item := range items {
		entry, _ := item.Plain().(map[string]any)
		for _, in := range module.Inputs {
			if _, ok := entry[in.Name]; !ok {
				entry[in.Name] = absent(in.Type)
			}
		}
		list[i] = entry
	}
	return jsonText(list)
}

// absent returns how a missing input is recorded.
func absent(t component.Type) any {
	if t == component.TypeText {
		return ""
	}
	return nil
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil { // texts, lists and mappings always marshal
		return err.Error()
	}
	return string(text)
}

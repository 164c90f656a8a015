// Package action holds the action modules of the component language, one file each.
//
// A module runs one action with inputs in which every reference has been replaced. Its
// outputs are named texts that later steps can refer to, one set for each element of its
// inputs.
//
// Modules act on the machine they run on, as the user they run as. A relative
// path starts at the run's working directory, whatever the agent's own is.
package action

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"ingot/internal/agent/process"
	"ingot/internal/document/component"
)

// Module runs one action. Its error is nil for success, a [*RebootRequest] when the
// machine must restart before the document goes on, and anything else is a failure in
// words for the document's author.
type Module interface {
	Run(ctx context.Context, call Call) ([]Output, error)
}

// Output is one set of named texts.
type Output map[string]string

// Call is one use of a module.
type Call struct {
	Inputs  component.Value // resolved, in the shape that the checker accepted
	Dir     string          // working directory
	Env     []string        // NAME=value of the run
	Timeout time.Duration   // of this attempt; 0: none. ctx ends with it as well
	Scratch string          // folder for scripts, not on the image
	// Line takes output of children and remarks; nil drops them.
	Line func(process.Stream, string)
	// Started is called with every process group that is started.
	Started func(group int)
}

// RebootRequest asks for a restart of the machine.
type RebootRequest struct {
	// Again means that the same step has to run from its start after the restart;
	// otherwise the document continues with the next one.
	Again bool
}

func (r *RebootRequest) Error() string { return "the machine must restart" }

// ExitError is the failure of a child process, with the end of its standard error.
type ExitError struct {
	Message string // "exit status 3", "timed out after 2h0m0s"
	Stderr  string // last lines
}

func (e *ExitError) Error() string { return e.Message }

// Func is a module that is a function.
type Func func(ctx context.Context, call Call) ([]Output, error)

// Run calls f.
func (f Func) Run(ctx context.Context, call Call) ([]Output, error) { return f(ctx, call) }

var modules = map[string]Module{
	"ExecuteBash":        Func(executeBash),
	"ExecuteBinary":      Func(executeBinary),
	"Assert":             Func(assert),
	"CreateFile":         each(createFile),
	"AppendFile":         each(appendFile),
	"CopyFile":           each(copyFile),
	"DeleteFile":         each(deleteFile),
	"CreateFolder":       each(createFolder),
	"SetFileOwner":       each(setFileOwner),
	"SetFilePermissions": each(setFilePermissions),
	"UpdateOS":           Func(updateOS),
	"Reboot":             Func(reboot),
}

// Lookup finds a module by its exact name.
func Lookup(name string) (Module, bool) {
	m, ok := modules[name]
	return m, ok
}

// each makes a module of a function that handles one element of a list. The
// first error ends it; what was done stays done.
func each(one func(call Call, in component.Value) error) Module {
	return Func(func(ctx context.Context, call Call) ([]Output, error) {
		outputs := make([]Output, len(call.Inputs.Items))
		for i, in := range call.Inputs.Items {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err := one(call, in); err != nil {
				if len(call.Inputs.Items) > 1 {
					err = fmt.Errorf("inputs[%d]: %w", i, err)
				}
				return nil, err
			}
			outputs[i] = Output{}
		}
		return outputs, nil
	})
}

// path makes a document's path absolute.
func (c Call) path(text string) string {
	if filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(c.Dir, text)
}

// remark writes a line to the step's log.
func (c Call) remark(format string, args ...any) {
	if c.Line != nil {
		c.Line(process.Remark, fmt.Sprintf(format, args...))
	}
}

// boolean reads a boolean input, which may come from a reference.
func boolean(in component.Value, key string, fallback bool) (bool, error) {
	v := in.Get(key)
	if v.Kind == component.Absent {
		return fallback, nil
	}
	value, ok := component.ParseBool(v.Text)
	if !ok {
		return false, fmt.Errorf("%s must be true or false, it is %q", key, v.Text)
	}
	return value, nil
}

// texts returns the items of a list of texts.
func texts(v component.Value) []string {
	out := make([]string, len(v.Items))
	for i, item := range v.Items {
		out[i] = item.Text
	}
	return out
}

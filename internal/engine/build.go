package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/document/workflow"
	"ingot/internal/engine/ami"
	"ingot/internal/engine/call"
	"ingot/internal/engine/durable"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

// build is one run of a plan. It is used by one goroutine.
type build struct {
	*Engine
	ctx     durable.Context
	p       *plan.Plan
	shared  call.Build
	outputs map[string]any // of the workflows that ran
	image   string         // machine image produced so far
	pending []change       // to be made in the next transaction
}

// change writes rows.
type change = func(context.Context, store.Querier) error

// build is the durable function behind every image.
func (e *Engine) build(ctx durable.Context, p plan.Plan) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v\n%s", fault, debug.Stack())
		}
		if err != nil && ctx.Err() == nil {
			e.retryEnd(ctx, p.Image, err)
		}
		e.places.Leave(p.Image)
	}()
	log, err := e.Logs.Image(p.Image)
	if err != nil {
		return err
	}
	b := &build{Engine: e, ctx: ctx, p: &p, shared: e.Build, outputs: map[string]any{}}
	b.shared.Plan, b.shared.Log = &p, log
	if err := b.run(); err != nil {
		return err
	}
	e.terminateLogged(ctx, p.Image)
	return nil
}

func (b *build) run() error {
	if err := b.turn(); err != nil {
		return err
	}
	begins, err := record(b, "creating", func(ctx context.Context, q store.Querier) (bool, error) {
		moved, err := store.Transition(ctx, q, b.p.Image, ingot.Creating, "")
		if !moved || err != nil {
			return moved, err // if it was cancelled, its log has its last line already
		}
		b.shared.Log.Printf("", "building %s", b.p.Image)
		for _, text := range b.p.Ignored {
			b.shared.Log.Printf("", "without effect here: %s", text)
		}
		return true, nil
	})
	if err != nil || !begins {
		return err // it was cancelled before its turn
	}
	for _, w := range b.p.Workflows {
		end, err := b.workflow(w)
		if err != nil {
			return err
		}
		if end.Kind != outcome.OK {
			return b.endFailed(w, end)
		}
	}
	return b.publish()
}

// stages are the stage and image state of each type of workflow.
var stages = map[string]struct {
	name  string
	state ingot.Status
}{
	"BUILD":        {call.StageBuild, ingot.Building},
	"TEST":         {call.StageTest, ingot.Testing},
	"DISTRIBUTION": {call.StageDistribution, ingot.Distributing},
}

// workflow runs one document and returns its outcome.
func (b *build) workflow(w plan.Workflow) (outcome.Outcome, error) {
	doc, err := workflow.Parse([]byte(w.Document))
	if err != nil {
		return outcome.Outcome{}, fmt.Errorf("reading the workflow %s: %w", w.ARN, err)
	}
	stage := stages[w.Type]
	b.addPending(func(ctx context.Context, q store.Querier) error {
		b.shared.Log.Printf("", "%s: workflow %s begins", stage.state, w.ARN)
		if err := store.BeginExecution(ctx, q, b.p.Account, b.p.Region, w.Execution); err != nil {
			return err
		}
		return b.become(ctx, q, stage.state, "")
	})
	r := &run{build: b, w: w, doc: doc, stage: stage.name, steps: map[string]any{}}
	end, err := r.all()
	if err != nil || end.Kind != outcome.OK {
		return end, err
	}
	r.publishOutputs()
	r.endExecution(ingot.StepCompleted, "")
	return end, nil
}

// become moves the image to a state. A move that is not legal from its present state
// changes nothing: the image has ended meanwhile.
func (b *build) become(ctx context.Context, q store.Querier, s ingot.Status, reason string) error {
	_, err := store.Transition(ctx, q, b.p.Image, s, reason)
	return err
}

// ending is how an image ended, as it is recorded.
type ending struct {
	Status ingot.Status `json:"status"`
	Reason string       `json:"reason,omitempty"`
}

// publish makes the images of all regions visible and the image AVAILABLE, in one
// transaction. If the image was cancelled, or another image took one of the names
// meanwhile, it does neither.
func (b *build) publish() error {
	end, err := record(b, "publish", func(ctx context.Context, q store.Querier) (ending, error) {
		end, err := b.verdict(ctx, q)
		if err != nil {
			return end, err
		}
		if end.Status != ingot.Available {
			return end, b.endUnpublished(ctx, q, end.Status, end.Reason)
		}
		moved, err := store.Transition(ctx, q, b.p.Image, ingot.Available, "")
		if err != nil {
			return end, err
		}
		if !moved { // the image was ended without its build
			return ending{Status: ingot.Failed}, b.withdraw(ctx, q)
		}
		return end, b.show(ctx, q, ingot.Available)
	})
	b.tellEnd(err, end)
	return err
}

// verdict returns how an image ends whose workflows all succeeded. If that is AVAILABLE,
// it has published what was staged; otherwise it has changed nothing.
func (b *build) verdict(ctx context.Context, q store.Querier) (ending, error) {
	asked, err := store.CancelRequested(ctx, q, b.p.Image)
	if err != nil || asked {
		return ending{Status: ingot.Cancelled}, err
	}
	staged, err := store.AMIsOfImage(ctx, q, b.p.Account, b.p.Region, b.p.Image)
	if err != nil {
		return ending{}, err
	}
	err = store.PublishAMIs(ctx, q, staged)
	if taken, ok := errors.AsType[*store.NameTaken](err); ok {
		return ending{ingot.Failed, ami.WithRemedy(taken).Error()}, nil
	}
	return ending{Status: ingot.Available}, err
}

// withdraw removes the machine images of an image that has ended otherwise. Those that
// were published in this transaction were never visible.
func (b *build) withdraw(ctx context.Context, q store.Querier) error {
	all, err := store.AMIsOfImage(ctx, q, b.p.Account, b.p.Region, b.p.Image)
	for _, a := range all {
		_, gone := store.DeleteAMI(ctx, q, a.Account, a.Region, a.ID)
		err = errors.Join(err, gone)
	}
	return err
}

// show writes the published images into the image's outputs.
func (b *build) show(ctx context.Context, q store.Querier, s ingot.Status) error {
	all, err := store.AMIsOfImage(ctx, q, b.p.Account, b.p.Region, b.p.Image)
	if err != nil {
		return err
	}
	return store.SetImage(ctx, q, b.p.Image, func(i *imagebuilder.Image) error {
		i.OutputResources = &imagebuilder.OutputResources{Amis: []imagebuilder.Ami{}}
		for _, a := range all {
			i.OutputResources.Amis = append(i.OutputResources.Amis, imagebuilder.Ami{
				Region: a.Region, Image: a.ID, Name: a.Name, Description: a.Description, AccountId: a.Account,
				State: &imagebuilder.ImageState{Status: string(s)},
			})
		}
		return nil
	})
}

// endUnpublished ends the image and deletes what it had staged.
func (b *build) endUnpublished(ctx context.Context, q store.Querier, s ingot.Status, reason string) error {
	if err := store.DeleteStagedAMIs(ctx, q, b.p.Account, b.p.Image); err != nil {
		return err
	}
	return b.become(ctx, q, s, reason)
}

// endFailed ends an image whose workflow failed or was cancelled. Copies that a
// distribution had completed remain, unshared.
func (b *build) endFailed(w plan.Workflow, end outcome.Outcome) error {
	s, reason := ingot.Failed, fmt.Sprintf("Workflow Execution ID: '%s' failed with reason: %s", w.Execution, end.Message)
	if end.Kind == outcome.Cancelled {
		s, reason = ingot.Cancelled, ""
	}
	err := b.tx("fail", func(ctx context.Context, q store.Querier) error {
		reason := reason // of this attempt
		if s == ingot.Failed {
			note, err := b.keptNote(ctx, q, b.p.Image)
			if err != nil {
				return err
			}
			reason += note
		}
		if s == ingot.Failed && w.Type == "DISTRIBUTION" {
			if err := b.publishCompleted(ctx, q); err != nil {
				return err
			}
			return b.become(ctx, q, s, reason)
		}
		return b.endUnpublished(ctx, q, s, reason)
	})
	b.tellEnd(err, ending{s, reason})
	return err
}

// publishCompleted publishes the copies that a failed distribution had completed, except
// those whose name is taken. Only their owner may launch them.
func (b *build) publishCompleted(ctx context.Context, q store.Querier) error {
	staged, err := store.AMIsOfImage(ctx, q, b.p.Account, b.p.Region, b.p.Image)
	if err != nil {
		return err
	}
	for _, a := range staged {
		if err := store.SetPermissions(ctx, q, a.Account, a.Region, a.ID, nil); err != nil {
			return err
		}
		err := store.PublishAMIs(ctx, q, []store.AMI{a})
		if _, taken := errors.AsType[*store.NameTaken](err); taken {
			_, err = store.DeleteAMI(ctx, q, a.Account, a.Region, a.ID)
		}
		if err != nil {
			return err
		}
	}
	return b.show(ctx, q, ingot.Available)
}

// tellEnd announces the end of the image. That is not recorded, so it may happen again
// after a restart.
func (b *build) tellEnd(err error, e ending) {
	if err == nil {
		b.tell(b.p.Image, e)
	}
}

// tell writes the last line of an image's log and calls OnEnd.
func (e *Engine) tell(image string, end ending) {
	text := string(end.Status)
	if end.Reason != "" {
		text += ": " + end.Reason
	}
	if log, err := e.Logs.Image(image); err == nil {
		log.End(text)
	}
	e.signalEnd()
	if e.OnEnd != nil {
		e.OnEnd(image, end.Status)
	}
}

// addPending puts a change off to the next transaction, because every transaction waits
// for the disk. What the change says is already recorded as the outcome of an act.
func (b *build) addPending(c change) { b.pending = append(b.pending, c) }

// tx makes the pending changes and c in one transaction.
func (b *build) tx(name string, c change) error {
	_, err := record(b, name, func(ctx context.Context, q store.Querier) (bool, error) { return true, c(ctx, q) })
	return err
}

// record is tx for an f whose value is recorded.
func record[T any](b *build, name string, f func(context.Context, store.Querier) (T, error)) (T, error) {
	before := b.pending
	b.pending = nil
	return durable.Record(b.ctx, name, func(ctx context.Context, q store.Querier) (found T, err error) {
		for _, c := range before {
			if err := c(ctx, q); err != nil {
				return found, err
			}
		}
		return f(ctx, q)
	})
}

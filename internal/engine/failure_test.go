package engine_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"ingot/api/imagebuilder"
	"ingot/internal/agent/protocol"
	"ingot/internal/engine/call"
	"ingot/internal/engine/outcome"
	"ingot/internal/engine/step"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

// failing makes runs of documents with the word fail with the given failure.
func failing(word string) memory.Config {
	return memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		if !strings.Contains(run.Documents[0].Data, word) {
			return protocol.Result{ID: run.ID, Status: protocol.Success}
		}
		d := run.Documents[0]
		return protocol.Result{ID: run.ID, Status: protocol.Failed, FailureMessage: "Document " + d.ARN + " failed!", Failed: &protocol.Failure{
			ARN: d.ARN, Phase: "build", Step: "Only", Action: "ExecuteBash", Error: "exit status 3", Stderr: "first\nthe last line",
		}}
	}}
}

func TestFailingComponent(t *testing.T) {
	r := newRig(t, failing("boom"))
	arn := r.start(order{components: []string{r.component(account, "bad", "1.0.0", document("boom"))}, regions: twoRegions})
	image := r.await(arn)
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "Workflow Execution ID: 'wf-") || !strings.Contains(image.State.Reason, "component/bad/1.0.0/1 failed!") || !strings.HasSuffix(image.State.Reason, "exit status 3; it said last: the last line") {
		t.Errorf("%+v", image.State)
	}
	if log := r.log(arn); !strings.Contains(log, "the last line") {
		t.Errorf("the log has not the last lines:\n%s", log)
	}
	for _, s := range r.steps(arn) {
		want := map[string]string{"LaunchBuildInstance": "COMPLETED", "ApplyBuildComponents": "FAILED"}[s.Name]
		if want == "" {
			want = "PENDING"
		}
		if string(s.Status) != want {
			t.Errorf("%s is %s", s.Name, s.Status)
		}
		if s.Name == "LaunchBuildInstance" && s.RollbackStatus != "COMPLETED" {
			t.Errorf("the launch was rolled back: %s", s.RollbackStatus)
		}
	}
	r.empty()
}

// empty checks that no instance, machine or machine image of a build is left.
func (r *rig) empty() {
	r.t.Helper()
	if left := r.instances(); len(left) > 0 {
		r.t.Errorf("instances are left: %v", left)
	}
	if tokens, err := r.backend.Tokens(context.Background()); err != nil || len(tokens) > 0 {
		r.t.Errorf("machines are left: %v, %v", tokens, err)
	}
	all, err := store.AllAMIs(context.Background(), r.store.DB())
	if err != nil || len(all) != 1 { // the parent's
		r.t.Errorf("machine images are left: %v, %v", all, err)
	}
}

func TestFailedMachineIsKept(t *testing.T) {
	r := newRig(t, failing("boom"))
	arn := r.start(order{components: []string{r.component(account, "bad", "1.0.0", document("boom"))}, keep: true})
	r.await(arn)
	if left := r.instances(); len(left) != 1 || !left[0].Kept {
		t.Errorf("instances %v", left)
	}
	if log := r.log(arn); !strings.Contains(log, "ingot machine shell") {
		t.Errorf("the log does not say how to enter it:\n%s", log)
	}
}

func TestVolumeSmallerThanItsParent(t *testing.T) {
	needLoops(t)
	r := newRig(t, memory.Config{})
	arn := r.start(order{gib: 1}) // the parent has 16 MiB: larger is fine
	r.available(arn)
	if err := r.shrink(); err != nil {
		t.Fatal(err)
	}
	image := r.await(r.start(order{gib: 1}))
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "smaller than snapshot") || !strings.Contains(image.State.Reason, "expect size >= 2GB") {
		t.Errorf("%+v", image.State)
	}
}

// shrink makes the parent appear as one of 2 GiB.
func (r *rig) shrink() error {
	all, err := store.AllAMIs(context.Background(), r.store.DB())
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Account == "aws" {
			a.Size = 2 << 30
			return store.PutAMI(context.Background(), r.store.DB(), a)
		}
	}
	return nil
}

func TestNameInUse(t *testing.T) {
	r := newRig(t, memory.Config{})
	fixed := []imagebuilder.Distribution{{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{Name: fixedName}}}
	r.available(r.start(order{regions: fixed}))
	image := r.await(r.start(order{regions: fixed}))
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "already in use") || !strings.Contains(image.State.Reason, "buildDate") {
		t.Errorf("%+v", image.State)
	}
}

// fixedName is the same for all builds of a year.
const fixedName = "fixed {{ imagebuilder:buildDate:yyyy }}"

// TestNameInUseElsewhere publishes the copy that was completed and nothing of the region
// that failed.
func TestNameInUseElsewhere(t *testing.T) {
	r := newRig(t, memory.Config{})
	named := func(name string) []imagebuilder.Distribution {
		own := &imagebuilder.AmiDistributionConfiguration{Name: "own {{ imagebuilder:buildDate }}"}
		return []imagebuilder.Distribution{{Region: region, AmiDistributionConfiguration: own}, {Region: second, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{Name: name}}}
	}
	r.available(r.start(order{regions: named(fixedName)}))
	arn := r.start(order{regions: named(fixedName)})
	image := r.await(arn)
	if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "already in use") || !strings.Contains(image.State.Reason, second) {
		t.Errorf("%+v", image.State)
	}
	amis := image.OutputResources.Amis
	if len(amis) != 1 || amis[0].Region != region {
		t.Errorf("outputs %+v", amis)
	}
	rows, err := store.AMIsOfImage(context.Background(), r.store.DB(), account, region, arn)
	if err != nil || len(rows) != 1 || rows[0].Staged {
		t.Errorf("rows %+v, %v", rows, err)
	}
}

// lateFault fails the last step of a distribution, after another image took the name
// of the copy in the second region.
type lateFault struct{}

func (lateFault) Run(ctx context.Context, c *call.Call) outcome.Outcome {
	all, err := store.AMIsOfImage(ctx, c.Store.DB(), account, region, c.Plan.Image)
	if err == nil && len(all) == 2 {
		other := all[1]
		other.ID, other.ImageARN, other.Staged = "ami-other", "", false
		err = store.PutAMI(ctx, c.Store.DB(), other)
	}
	return outcome.Outcome{Kind: outcome.Failed, Message: fmt.Sprint("the last step failed ", err)}
}

// TestDistributionFailsLate publishes completed copies for their owner only, and none
// under a name that another image has.
func TestDistributionFailsLate(t *testing.T) {
	actions := step.Actions()
	late := actions["ApplyImageConfigurations"]
	late.Action = lateFault{}
	actions["ApplyImageConfigurations"] = late
	r := (&rig{t: t, dir: t.TempDir(), actions: actions}).begin()
	arn := r.start(order{regions: twoRegions})
	image := r.await(arn)
	if amis := image.OutputResources.Amis; image.State.Status != "FAILED" || len(amis) != 1 || amis[0].Region != region {
		t.Errorf("%+v, outputs %+v", image.State, image.OutputResources)
	}
	rows, err := store.AMIsOfImage(t.Context(), r.store.DB(), account, region, arn)
	if err != nil || len(rows) != 1 || rows[0].Staged {
		t.Fatalf("rows %+v, %v", rows, err)
	}
	if shared, err := store.Permissions(t.Context(), r.store.DB(), account, region, rows[0].ID); err != nil || len(shared) > 0 {
		t.Errorf("it is shared with %v, %v", shared, err)
	}
}

// TestNameTakenMeanwhile publishes only one of two builds with one name.
func TestNameTakenMeanwhile(t *testing.T) {
	var r *rig
	first := make(chan string, 1)
	waits := make(chan struct{})
	r = newRig(t, memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		if run.Phases[0] == "test" && strings.Contains(run.Documents[0].Data, "slow") {
			first <- "tested"
			<-waits
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}})
	fixed := []imagebuilder.Distribution{{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{Name: fixedName}}}
	slow := r.start(order{components: []string{r.component(account, "slow", "1.0.0", document("slow"))}, tests: true, regions: fixed})
	<-first // its machine image is staged
	r.available(r.start(order{regions: fixed}))
	close(waits)
	if image := r.await(slow); image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, "already in use") || len(image.OutputResources.Amis) != 0 {
		t.Errorf("%+v, %+v", image.State, image.OutputResources)
	}
}

// TestCachedBuildThatFails is run once more without the cache, and the boundary is
// not used again.
func TestCachedBuildThatFails(t *testing.T) {
	var continued atomic.Bool
	hooks := memory.Config{Run: func(_ context.Context, m *memory.Machine, run protocol.Run, _ func(protocol.Event)) protocol.Result {
		r := protocol.Result{ID: run.ID, Status: protocol.Success}
		if strings.Contains(run.Documents[0].Data, "needs a service") && m.Spec().Continues && continued.Load() {
			r.Status, r.Failed = protocol.Failed, &protocol.Failure{Error: "the service is not running"}
		}
		return r
	}}
	r := newRig(t, hooks)
	one := r.component(account, "one", "1.0.0", document("start a service"))
	r.available(r.start(order{components: []string{one}}))
	continued.Store(true)
	two := r.component(account, "two", "1.0.0", document("needs a service"))
	arn := r.start(order{components: []string{one, two}})
	r.available(arn)
	if log := r.log(arn); !strings.Contains(log, "run once more without") || !strings.Contains(log, "without the cache it went well") {
		t.Errorf("the log does not say so:\n%s", log)
	}
	changed := r.component(account, "two", "1.0.1", document("needs a service too"))
	again := r.start(order{components: []string{one, changed}})
	r.available(again)
	if provenance, all := r.decisions(again); provenance != "clean" || !strings.Contains(all[0].Why, "failed before") {
		t.Errorf("after the blame it is %s: %+v", provenance, all)
	}
}

// TestEngineRestarts closes the engine while a component runs and opens it anew: the
// machine has run on, and its component is not run twice.
func TestEngineRestarts(t *testing.T) {
	var runs atomic.Int32
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	r := newRig(t, memory.Config{Run: func(_ context.Context, _ *memory.Machine, run protocol.Run, emit func(protocol.Event)) protocol.Result {
		if strings.Contains(run.Documents[0].Data, "slow") {
			runs.Add(1)
			emit(protocol.Event{Kind: protocol.KindLog, Text: "before"})
			reached <- struct{}{}
			<-goOn
			emit(protocol.Event{Kind: protocol.KindLog, Text: "after"})
		}
		return protocol.Result{ID: run.ID, Status: protocol.Success}
	}})
	arn := r.start(order{components: []string{r.component(account, "slow", "1.0.0", document("slow"))}, tests: true, regions: twoRegions})
	<-reached
	r.close()
	r.open()
	close(goOn)
	image := r.available(arn)
	if n := runs.Load(); n != 2 { // once to build, once to test
		t.Errorf("the component ran %d times", n)
	}
	if len(image.OutputResources.Amis) != 2 {
		t.Errorf("%+v", image.OutputResources.Amis)
	}
	log := r.log(arn)
	if strings.Count(log, ": before") != 2 || strings.Count(log, ": after") != 2 {
		t.Errorf("lines are lost or doubled:\n%s", log)
	}
}

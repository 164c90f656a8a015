package service_test

import (
	"fmt"
	"maps"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

func TestWorkflowRecord(t *testing.T) {
	r := newRig(t)
	arn := r.image(r.recipe("web", "1.0.0"), r.infrastructure("infra"))
	q := r.store.DB()
	for _, err := range []error{
		store.InsertExecution(r.ctx, q, store.Execution{Account: account, Region: region, ID: "wf-1", ImageARN: arn, WorkflowARN: "w", Type: "BUILD", Status: ingot.StepPending}),
		store.InsertStep(r.ctx, q, store.StepExecution{Account: account, Region: region, ID: "step-1", ExecutionID: "wf-1", ImageARN: arn, Name: "Launch", Action: "LaunchInstance", OnFailure: "Abort", TimeoutSeconds: 60}),
		store.BeginStep(r.ctx, q, account, region, "step-1", `{"a":1}`),
		store.EndStep(r.ctx, q, account, region, "step-1", ingot.StepCompleted, "fine", `{"b":2}`),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	list := must[imagebuilder.ListWorkflowExecutionsOutput](t)(r.ListWorkflowExecutions(r.ctx, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: arn}))
	if e := list.WorkflowExecutions; len(e) != 1 || e[0].WorkflowExecutionId != "wf-1" || *e[0].TotalStepsSucceeded != 1 {
		t.Errorf("executions are %+v", e)
	}
	steps := must[imagebuilder.ListWorkflowStepExecutionsOutput](t)(r.ListWorkflowStepExecutions(r.ctx, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: "wf-1"}))
	if x := steps.Steps; len(x) != 1 || x[0].Inputs != `{"a":1}` || x[0].Outputs != `{"b":2}` || x[0].EndTime == "" || steps.ImageBuildVersionArn != arn {
		t.Errorf("steps are %+v", steps)
	}
	step := must[imagebuilder.GetWorkflowStepExecutionOutput](t)(r.GetWorkflowStepExecution(r.ctx, &imagebuilder.GetWorkflowStepExecutionInput{StepExecutionId: "step-1"}))
	if step.WorkflowBuildVersionArn != "w" || *step.TimeoutSeconds != 60 || step.OnFailure != "Abort" {
		t.Errorf("the step is %+v", step)
	}
	if e := must[imagebuilder.GetWorkflowExecutionOutput](t)(r.GetWorkflowExecution(r.ctx, &imagebuilder.GetWorkflowExecutionInput{WorkflowExecutionId: "wf-1"})); e.ImageBuildVersionArn != arn {
		t.Errorf("the execution is %+v", e)
	}
	for what, err := range map[string]error{
		"execution":       second(r.GetWorkflowExecution(r.ctx, &imagebuilder.GetWorkflowExecutionInput{WorkflowExecutionId: "wf-2"})),
		"another account": second(r.GetWorkflowExecution(as(t.Context(), "111111111111", region), &imagebuilder.GetWorkflowExecutionInput{WorkflowExecutionId: "wf-1"})),
		"step":            second(r.GetWorkflowStepExecution(r.ctx, &imagebuilder.GetWorkflowStepExecutionInput{StepExecutionId: "x"})),
		"steps":           second(r.ListWorkflowStepExecutions(r.ctx, &imagebuilder.ListWorkflowStepExecutionsInput{WorkflowExecutionId: "x"})),
		"image":           second(r.ListWorkflowExecutions(r.ctx, &imagebuilder.ListWorkflowExecutionsInput{ImageBuildVersionArn: arn + "0"})),
	} {
		if ingot.CodeOf(err) != ingot.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTags(t *testing.T) {
	r := newRig(t)
	recipe, infra := r.recipe("web", "1.0.0", r.component("web", "1.0.0", "1")), r.infrastructure("infra")
	for _, arn := range []string{
		prefix + "component/web/1.0.0/1", recipe, infra, r.distribution("dist"), r.pipeline("pipe", recipe, infra, ""), r.image(recipe, infra),
	} {
		tag := func(tags map[string]string) error {
			return second(r.TagResource(r.ctx, &imagebuilder.TagResourceInput{ResourceArn: arn, Tags: tags}))
		}
		tags := func() map[string]string {
			return must[imagebuilder.ListTagsForResourceOutput](t)(r.ListTagsForResource(r.ctx, &imagebuilder.ListTagsForResourceInput{ResourceArn: arn})).Tags
		}
		if len(tags()) != 0 || tag(map[string]string{"a": "1", "b": "2"}) != nil || tag(map[string]string{"b": "3"}) != nil {
			t.Errorf("%s cannot be tagged", arn)
		}
		must[imagebuilder.UntagResourceOutput](t)(r.UntagResource(r.ctx, &imagebuilder.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a", "none"}}))
		if got := tags(); !maps.Equal(got, map[string]string{"b": "3"}) {
			t.Errorf("%s has the tags %v", arn, got)
		}
		many := map[string]string{}
		for n := range 50 {
			many[fmt.Sprint(n)] = ""
		}
		if err := tag(many); ingot.CodeOf(err) != ingot.InvalidParameter {
			t.Errorf("51 tags: %v", err)
		}
	}
	for arn, want := range map[string]ingot.Code{
		prefix + "component/web/1.0.0":    ingot.InvalidParameter,
		prefix + "image-recipe/x/x.x.x":   ingot.InvalidParameter,
		"nonsense":                        ingot.InvalidParameter,
		prefix + "component/none/1.0.0/1": ingot.NotFound,
		prefix + "image/none/1.0.0/1":     ingot.NotFound,
		"arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/12.0.0/1": ingot.Forbidden,
	} {
		if err := second(r.TagResource(r.ctx, &imagebuilder.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "b"}})); ingot.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", arn, err, want)
		}
	}
	if err := second(r.TagResource(r.ctx, &imagebuilder.TagResourceInput{ResourceArn: recipe, Tags: map[string]string{"aws:x": "b"}})); ingot.CodeOf(err) != ingot.InvalidParameter {
		t.Errorf("a reserved key: %v", err)
	}
	// The rest of a document is as it was.
	if c := must[imagebuilder.GetImageRecipeOutput](t)(r.GetImageRecipe(r.ctx, &imagebuilder.GetImageRecipeInput{ImageRecipeArn: recipe})).ImageRecipe; len(c.Components) != 1 || c.Tags["b"] != "3" {
		t.Errorf("the recipe is %+v", c)
	}
}

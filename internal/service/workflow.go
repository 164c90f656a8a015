package service

import (
	"context"
	"errors"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// ListWorkflowExecutions lists the workflows of an image in the order of their run.
func (s *Service) ListWorkflowExecutions(ctx context.Context, in *imagebuilder.ListWorkflowExecutionsInput) (*imagebuilder.ListWorkflowExecutionsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	a, err := r.ownBuild("imageBuildVersionArn", in.ImageBuildVersionArn, ingot.KindImage)
	if err != nil {
		return nil, err
	}
	image, err := r.image(a)
	if err != nil {
		return nil, err
	}
	all, err := store.Executions(ctx, r.q, r.Account, r.Region, image.Arn)
	if err != nil {
		return nil, err
	}
	items, next, err := page(r, paging{"ListWorkflowExecutions", in, in.MaxResults, in.NextToken}, all, func(e store.Execution) string { return e.ID })
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListWorkflowExecutionsOutput{
		NextToken: next, ImageBuildVersionArn: image.Arn, Message: image.State.Reason, WorkflowExecutions: []imagebuilder.WorkflowExecutionMetadata{},
	}
	for _, e := range items {
		out.WorkflowExecutions = append(out.WorkflowExecutions, imagebuilder.WorkflowExecutionMetadata{
			WorkflowExecutionId: e.ID, WorkflowBuildVersionArn: e.WorkflowARN, Type: e.Type, Status: string(e.Status), Message: e.Message,
			ParallelGroup: e.ParallelGroup, StartTime: e.Started, EndTime: e.Ended, TotalStepCount: pointer(e.Total),
			TotalStepsSucceeded: pointer(e.Succeeded), TotalStepsFailed: pointer(e.Failed), TotalStepsSkipped: pointer(e.Skipped),
		})
	}
	return out, nil
}

// execution reads one execution of the caller.
func (r *request) execution(id string) (store.Execution, error) {
	e, err := store.ExecutionByID(r.ctx, r.q, r.Account, r.Region, id)
	if errors.Is(err, store.ErrNoRows) {
		err = ingot.MissingOf("WorkflowExecution", id)
	}
	return e, err
}

// GetWorkflowExecution reads one execution.
func (s *Service) GetWorkflowExecution(ctx context.Context, in *imagebuilder.GetWorkflowExecutionInput) (*imagebuilder.GetWorkflowExecutionOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	e, err := r.execution(in.WorkflowExecutionId)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.GetWorkflowExecutionOutput{
		WorkflowExecutionId: e.ID, WorkflowBuildVersionArn: e.WorkflowARN, ImageBuildVersionArn: e.ImageARN, Type: e.Type,
		Status: string(e.Status), Message: e.Message, ParallelGroup: e.ParallelGroup, StartTime: e.Started, EndTime: e.Ended,
		TotalStepCount: pointer(e.Total), TotalStepsSucceeded: pointer(e.Succeeded), TotalStepsFailed: pointer(e.Failed),
		TotalStepsSkipped: pointer(e.Skipped),
	}, nil
}

// ListWorkflowStepExecutions lists the steps of an execution in their order.
func (s *Service) ListWorkflowStepExecutions(ctx context.Context, in *imagebuilder.ListWorkflowStepExecutionsInput) (*imagebuilder.ListWorkflowStepExecutionsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	e, err := r.execution(in.WorkflowExecutionId)
	if err != nil {
		return nil, err
	}
	all, err := store.Steps(ctx, r.q, r.Account, r.Region, e.ID)
	if err != nil {
		return nil, err
	}
	items, next, err := page(r, paging{"ListWorkflowStepExecutions", in, in.MaxResults, in.NextToken}, all, func(x store.StepExecution) string { return x.ID })
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListWorkflowStepExecutionsOutput{
		NextToken: next, WorkflowExecutionId: e.ID, WorkflowBuildVersionArn: e.WorkflowARN, ImageBuildVersionArn: e.ImageARN,
		Message: e.Message, Steps: []imagebuilder.WorkflowStepMetadata{},
	}
	for _, x := range items {
		out.Steps = append(out.Steps, imagebuilder.WorkflowStepMetadata{
			StepExecutionId: x.ID, Name: x.Name, Description: x.Description, Action: x.Action, Status: string(x.Status),
			RollbackStatus: x.RollbackStatus, Message: x.Message, Inputs: x.Inputs, Outputs: x.Outputs, StartTime: x.Started, EndTime: x.Ended,
		})
	}
	return out, nil
}

// GetWorkflowStepExecution reads one step.
func (s *Service) GetWorkflowStepExecution(ctx context.Context, in *imagebuilder.GetWorkflowStepExecutionInput) (*imagebuilder.GetWorkflowStepExecutionOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	x, err := store.StepByID(ctx, r.q, r.Account, r.Region, in.StepExecutionId)
	if errors.Is(err, store.ErrNoRows) {
		err = ingot.MissingOf("WorkflowStepExecution", in.StepExecutionId)
	}
	if err != nil {
		return nil, err
	}
	e, err := r.execution(x.ExecutionID)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.GetWorkflowStepExecutionOutput{
		StepExecutionId: x.ID, WorkflowExecutionId: x.ExecutionID, WorkflowBuildVersionArn: e.WorkflowARN, ImageBuildVersionArn: x.ImageARN,
		Name: x.Name, Description: x.Description, Action: x.Action, Status: string(x.Status), RollbackStatus: x.RollbackStatus,
		Message: x.Message, Inputs: x.Inputs, Outputs: x.Outputs, OnFailure: x.OnFailure, TimeoutSeconds: pointer(x.TimeoutSeconds),
		StartTime: x.Started, EndTime: x.Ended,
	}, nil
}
